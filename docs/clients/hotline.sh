#!/bin/sh
# 用 curl 和 openssl 报送工单和消息。
#
#   export SUNLOT_URL=http://127.0.0.1:8000 SUNLOT_PLATFORM=ly-12345 SUNLOT_KEY=登记时显示的密钥
#   ./hotline.sh order   工单.json
#   ./hotline.sh message 工单编号 消息.json
#
# 打印应答和 HTTP 状态；2xx 时退出码为 0，否则为 1。
set -eu

: "${SUNLOT_URL:?}" "${SUNLOT_PLATFORM:?}" "${SUNLOT_KEY:?}"

case "${1:-}" in
order) file=$2 target="/trigger/api/v1/platforms/$SUNLOT_PLATFORM/orders" ;;
message) file=$3 target="/trigger/api/v1/platforms/$SUNLOT_PLATFORM/orders/$2/messages" ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

# 测试时可以指定时间和随机数；平时不要设置。
timestamp=${SUNLOT_TIMESTAMP:-$(date +%s)}
nonce=${SUNLOT_NONCE:-$(openssl rand -hex 16)}
digest=$(openssl dgst -sha256 -r "$file" | cut -d ' ' -f 1)

# 六行，行间一个换行，末尾没有换行。
text() { printf 'SUNLOT-HMAC-SHA256\nPOST\n%s\n%s\n%s\n%s' "$target" "$timestamp" "$nonce" "$digest"; }
# 密钥以十六进制交给 openssl，其中有什么字符都不要紧。
hex=$(printf %s "$SUNLOT_KEY" | od -An -v -tx1 | tr -d ' \n')
signature=$(text | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hex" -r | cut -d ' ' -f 1)

if [ "${SUNLOT_SIGN_ONLY:-}" ]; then echo "$signature"; exit; fi

status=$(
    curl -sS -o /dev/fd/3 -w '%{http_code}' -X POST "$SUNLOT_URL$target" \
        -H 'Content-Type: application/json' \
        -H "X-Sunlot-Timestamp: $timestamp" \
        -H "X-Sunlot-Nonce: $nonce" \
        -H "X-Sunlot-Signature: $signature" \
        --data-binary "@$file"
) 3>&1
echo " $status"
case $status in 2*) exit 0 ;; *) exit 1 ;; esac
