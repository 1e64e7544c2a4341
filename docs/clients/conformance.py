"""自检：平台一方的程序员用自己的测试密钥检验对接是否正确，逐项打印“通过”或“不通过”和处理办法。

只用 Python 3.8 以上的标准库，和 hotline.py 放在同一文件夹：

    export SUNLOT_URL=http://127.0.0.1:8000  SUNLOT_PLATFORM=ly-test  SUNLOT_KEY=测试平台的密钥
    python conformance.py --port 8091

请管理员先登记一个测试平台，回推地址指向本程序：http://本机地址:8091/answers。自检报送的工单不写单位，最后全部撤回。
退出码：0 全部通过，1 有不通过的项，2 没有连通。
"""

import argparse
import os
import queue
import secrets
import sys
import threading
import time
import urllib.error
from datetime import datetime, timedelta, timezone

from hotline import Client, receiver

CHINA = timezone(timedelta(hours=8))
BETWEEN = 30  # 等待一条答复的秒数


class Check:
    """逐项检验，记下不通过的项数。"""

    def __init__(self, client, kind, answers, wait):
        self.client = client
        self.kind = kind
        self.answers = answers
        self.wait = wait
        self.failed = 0
        self.mark = datetime.now(CHINA).strftime("CHECK-%Y%m%d%H%M%S-") + secrets.token_hex(3)
        self.early = {}

    def say(self, good, what, otherwise=""):
        """打印一行。"""
        self.failed += not good
        print(("通过    " if good else "不通过  ") + what + ("" if good else "：" + otherwise), flush=True)

    def order(self, name):
        """一件合格的测试工单。"""
        return {
            "order_id": self.mark + "-" + name,
            "channel": "对接自检",
            "accepted_at": (datetime.now(CHINA) - timedelta(minutes=1)).isoformat(timespec="seconds"),
            "kind": self.kind,
            "categories": ["对接自检"],
            "content": "对接自检工单，请勿办理",
        }

    def message(self, kind, name, **more):
        """一条合格的测试消息。"""
        at = datetime.now(CHINA).isoformat(timespec="seconds")
        return dict({"message_id": self.mark + "-" + name, "kind": kind, "at": at}, **more)

    def orders(self):
        """工单：收下、重复报送、内容有误。"""
        good = self.order("A")
        status, said = self.client.order(good)
        self.say(
            status == 201, "合格的工单被收下（201）",
            "得到 %s：%s（401 请核对编号、密钥、签名串和时钟；422 按 errors 修改）" % (status, said.get("detail", "")),
        )  # fmt: skip
        again, same = self.client.order(good)
        self.say(
            again == 200 and same.get("signal_id") == said.get("signal_id"),
            "同一工单重复报送得到 200 和同一线索编号", "得到 %s；重复报送时工单编号和内容都不要改变" % again,
        )  # fmt: skip
        status, said = self.client.order(dict(self.order("B"), accepted_at="2026-11-22 09:00"))
        self.say(
            status == 422 and any(e["field"] == "accepted_at" for e in said.get("errors", [])),
            "没有时区的时间被指出（422）", "得到 %s；时间请带时区，如 2026-11-22T09:00:00+08:00" % status,
        )  # fmt: skip

    def signatures(self):
        """签名：错误的、过时的、重复使用的都被拒绝。"""
        url = self.client.base + "/orders"
        status, _ = self.client.post(url, self.order("C"), key="wrong-" + self.client.key)
        self.say(status == 401, "错误的签名被拒绝（401）", "得到 %s，请告知系统管理员" % status)
        old = str(int(time.time()) - 600)
        status, _ = self.client.post(url, self.order("C"), timestamp=old)
        self.say(
            status == 401,
            "十分钟前的时间戳被拒绝（401）",
            "得到 %s，请核对本机时钟（应与标准时间相差 5 分钟以内）" % status,
        )
        nonce = secrets.token_hex(16)
        first, _ = self.client.post(url, self.order("D"), nonce=nonce)
        status, _ = self.client.post(url, self.order("E"), nonce=nonce)
        self.say(
            first == 201 and status == 401, "重复使用的随机数被拒绝（401）",
            "两次分别得到 %s 和 %s；每次请求（包括重试）都要用新的随机数" % (first, status),
        )  # fmt: skip

    def messages(self):
        """消息：先于工单、重复、内容不同。"""
        order_id = self.mark + "-F"
        urge = self.message("urge", "M1")
        status, said = self.client.message(order_id, urge)
        self.say(
            status == 202 and said.get("status") == "kept", "先于工单到达的消息被保存（202）",
            "得到 %s：%s" % (status, said.get("detail", "")),
        )  # fmt: skip
        status, order = self.client.order(self.order("F"))
        self.say(
            status == 201 and order.get("signal_id") == said.get("signal_id"), "工单到达后与先到的消息归为一件",
            "得到 %s；消息地址中的工单编号要与工单的 order_id 完全相同" % status,
        )  # fmt: skip
        status, said = self.client.message(order_id, urge)
        self.say(
            status == 200 and said.get("status") == "applied", "同一消息重复报送得到 200，且已生效",
            "得到 %s；重复报送时消息编号和内容都不要改变" % status,
        )  # fmt: skip
        status, _ = self.client.message(order_id, dict(urge, text="另一内容"))
        self.say(status == 409, "同一消息编号不同内容被拒绝（409）", "得到 %s；新的消息请用新的编号" % status)
        status, _ = self.client.message(order_id, self.message("revisit", "M2"))
        self.say(status == 422, "没有结果的回访被指出（422）", "得到 %s；回访须填写 result" % status)

    def replies(self):
        """答复：按序号到达，签名有效。"""
        got = self.of_order(self.mark + "-A", 1)
        self.say(
            bool(got) and got[0]["stage"] == "accepted", "收到第一条答复（accepted），签名有效",
            "%s 秒内没有收到；请核对登记的回推地址能从服务器连通，并用最新一个密钥核验签名" % self.wait,
        )  # fmt: skip
        for name in "ADF":
            self.client.message(self.mark + "-" + name, self.message("withdraw", "W" + name, text="自检结束"))
        got = self.of_order(self.mark + "-A", 2)
        self.say(
            [answer["sequence"] for answer in got] == [1, 2] and got[-1]["stage"] == "withdrawn",
            "撤回工单后收到第二条答复（withdrawn），序号连续",
            "%s 秒内没有收到；前一条答复没有得到 2xx 应答时，后一条不会推送" % self.wait,
        )  # fmt: skip

    def of_order(self, order_id, number):
        """等到一件工单的前几条答复。"""
        limit = time.monotonic() + self.wait
        while len(self.early.get(order_id, [])) < number:
            try:
                answer = self.answers.get(timeout=max(0.01, limit - time.monotonic()))
            except queue.Empty:
                break
            self.early.setdefault(answer["order_id"], []).append(answer)
        return self.early.get(order_id, [])


def main():
    """命令行。"""
    parser = argparse.ArgumentParser(description="对接自检")
    parser.add_argument("--url", default=os.environ.get("SUNLOT_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--platform", default=os.environ.get("SUNLOT_PLATFORM", ""))
    parser.add_argument("--kind", default="投诉举报", help="与该平台约定的一种工单类型")
    parser.add_argument("--port", type=int, default=8091, help="本机接收答复的端口")
    parser.add_argument("--host", default="127.0.0.1", help="本机接收答复的地址，对外时写 0.0.0.0")
    parser.add_argument("--wait", type=float, default=BETWEEN, help="等待一条答复的秒数")
    given = parser.parse_args()
    keys = os.environ.get("SUNLOT_KEY", "").split()
    if not keys or not given.platform:
        parser.error("请设置 SUNLOT_PLATFORM 和 SUNLOT_KEY（两个密钥都在用时以空格隔开，新的在前）")
    answers = queue.Queue()
    with receiver(keys, given.port, answers.put, given.host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check = Check(Client(given.url, given.platform, keys[0]), given.kind, answers, given.wait)
        try:
            check.orders()
            check.signatures()
            check.messages()
            check.replies()
        except urllib.error.URLError as error:
            print("没有连通 %s，请核对地址：%s" % (given.url, error.reason), file=sys.stderr)
            return 2
        finally:
            server.shutdown()
    print("全部通过" if not check.failed else "%s 项不通过" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
