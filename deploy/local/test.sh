#!/usr/bin/env bash
# Runs the tests on real servers and, where one can be had, a real browser: deploy/local/test.sh [pytest's arguments]
set -euo pipefail
cd "$(dirname "$0")/../.."
echo "Browser for the page tests (正在准备浏览器)"
SUNLOT_CHROMIUM=$(deploy/local/browser.sh) || true
export SUNLOT_CHROMIUM
.venv/bin/python -m deploy.local.servers start --test
# No browser: its tests are left out by their mark, and the last line says so.
without=()
[[ -n $SUNLOT_CHROMIUM ]] || without=(-m "not browser")
# Two at a time, a file with one of them; SUNLOT_TEST_WORKERS=0 runs everything in one process.
workers=(-n "${SUNLOT_TEST_WORKERS:-2}" --dist loadgroup)
code=0
.venv/bin/python -m pytest "${workers[@]}" ${without[@]+"${without[@]}"} "$@" || code=$?
if [[ -z $SUNLOT_CHROMIUM ]]; then
  echo "The browser tests did NOT run: no Chromium can be had here. Install it, or name one in SUNLOT_CHROMIUM (未运行浏览器测试：本机没有可用的 Chromium，请安装后重试)"
fi
exit "$code"
