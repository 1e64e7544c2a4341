"""对接触发预警服务的客户端，只用 Python 3.8 以上的标准库，可以直接拷贝到平台使用。

    export SUNLOT_URL=http://127.0.0.1:8000  SUNLOT_PLATFORM=ly-12345  SUNLOT_KEY=登记时显示的密钥
    python hotline.py order   工单.json               # 报送一件工单
    python hotline.py message 工单编号 消息.json       # 报送一条消息：催办、督办、补充、延期、回访、退单
    python hotline.py listen  --port 8091             # 接收答复，核验签名，逐条打印

文件名写 - 时从标准输入读取。退出码：0 成功，1 被拒绝，2 没有连通。
"""

import argparse
import hashlib
import hmac
import http.server
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SCHEME = "SUNLOT-HMAC-SHA256"
TOLERANCE = 300  # 秒


def signature(key, method, target, timestamp, nonce, body):
    """签名：六行文本的 HMAC-SHA256，十六进制小写。target 是路径，有查询参数时带上 ?…。"""
    lines = [SCHEME, method, target, timestamp, nonce, hashlib.sha256(body).hexdigest()]
    return hmac.new(key.encode("utf-8"), "\n".join(lines).encode("utf-8"), hashlib.sha256).hexdigest()


def target_of(url):
    """地址中参与签名的部分。"""
    parts = urllib.parse.urlsplit(url)
    return (parts.path or "/") + ("?" + parts.query if parts.query else "")


class Client:
    """一个平台。"""

    def __init__(self, url, platform, key, timeout=30):
        self.base = url.rstrip("/") + "/trigger/api/v1/platforms/" + urllib.parse.quote(platform, safe="")
        self.key = key
        self.timeout = timeout

    def order(self, order):
        """报送工单；返回 (HTTP 状态, 应答)。同一工单重复报送是安全的。"""
        return self.post(self.base + "/orders", order)

    def message(self, order_id, message):
        """报送消息；返回 (HTTP 状态, 应答)。同一消息重复报送是安全的。"""
        return self.post(self.base + "/orders/" + urllib.parse.quote(order_id, safe="") + "/messages", message)

    def post(self, url, content, timestamp=None, nonce=None, key=None):
        """签名并发送；后三个参数只在检验签名时使用。"""
        body = json.dumps(content, ensure_ascii=False).encode("utf-8")
        timestamp, nonce = timestamp or str(int(time.time())), nonce or secrets.token_hex(16)
        request = urllib.request.Request(url, data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        request.add_header("X-Sunlot-Timestamp", timestamp)
        request.add_header("X-Sunlot-Nonce", nonce)
        request.add_header(
            "X-Sunlot-Signature", signature(key or self.key, "POST", target_of(url), timestamp, nonce, body)
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return reply.status, json.loads(reply.read() or b"{}")
        except urllib.error.HTTPError as refused:
            try:
                return refused.code, json.loads(refused.read() or b"{}")
            except ValueError:
                return refused.code, {}


def genuine(key, target, headers, body):
    """答复是否由本系统在五分钟内签发。"""
    timestamp = headers.get("X-Sunlot-Timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    expected = signature(key, "POST", target, timestamp, headers.get("X-Sunlot-Nonce", ""), body)
    return hmac.compare_digest(expected, headers.get("X-Sunlot-Signature", ""))


def receiver(keys, port, take, host="127.0.0.1"):
    """接收答复的 HTTP 服务；take(答复) 对每条签名有效、先前没有收到过的答复调用一次。"""
    seen = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not any(genuine(key, self.path, self.headers, body) for key in keys):
                self.send_response(401)  # 本系统稍后重试
            else:
                answer = json.loads(body)
                if answer["answer_id"] not in seen:  # 重复推送的答复编号不变
                    take(answer)  # 先保存，后应答
                    seen.add(answer["answer_id"])
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """不写访问日志。"""

    return http.server.ThreadingHTTPServer((host, port), Handler)


def read(name):
    """JSON 文件或标准输入。"""
    if name == "-":
        return json.load(sys.stdin)
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def main():
    """命令行。"""
    parser = argparse.ArgumentParser(description="对接触发预警服务")
    parser.add_argument("--url", default=os.environ.get("SUNLOT_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--platform", default=os.environ.get("SUNLOT_PLATFORM", ""))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("order", help="报送一件工单").add_argument("file")
    message = commands.add_parser("message", help="报送一条消息")
    message.add_argument("order_id")
    message.add_argument("file")
    listen = commands.add_parser("listen", help="接收答复")
    listen.add_argument("--port", type=int, default=8091)
    listen.add_argument("--host", default="127.0.0.1")
    given = parser.parse_args()
    keys = os.environ.get("SUNLOT_KEY", "").split()
    if not keys or not given.platform:
        parser.error("请设置 SUNLOT_PLATFORM 和 SUNLOT_KEY（更换密钥期间可写两个，空格隔开，新的在前）")
    if given.command == "listen":

        def show(answer):
            print(json.dumps(answer, ensure_ascii=False), flush=True)

        with receiver(keys, given.port, show, given.host) as server:
            server.serve_forever()
    client = Client(given.url, given.platform, keys[0])
    try:
        if given.command == "order":
            status, said = client.order(read(given.file))
        else:
            status, said = client.message(given.order_id, read(given.file))
    except urllib.error.URLError as error:
        print("没有连通，请稍后以同一编号重新报送：%s" % error.reason, file=sys.stderr)
        return 2
    print(status, json.dumps(said, ensure_ascii=False))
    return 0 if status < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
