#!/usr/bin/env bash
# Prints the path of a Chromium that the page tests can drive, installing one where it may; nothing if none can be had.
set -euo pipefail
cd "$(dirname "$0")/../.."

drives() { # Playwright starts this browser; it needs programs and libraries that a bare machine has not
  .venv/bin/python - "$1" 2>/dev/null <<'PY'
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = sys.argv[1] or playwright.chromium.executable_path
    playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"]).close()
print(path)
PY
}
on_machine() {
  local name path
  for name in ${SUNLOT_CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if path=$(command -v "$name") && drives "$path"; then return 0; fi
  done
  return 1
}
# Without Chinese fonts every page is boxes.
has_chinese() { ! command -v fc-list >/dev/null || [[ -n $(fc-list :lang=zh 2>/dev/null) ]]; }

if has_chinese && on_machine; then exit; fi
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "      installing Debian's chromium and Chinese fonts, 150 MB (正在安装浏览器和中文字体)" >&2
  export DEBIAN_FRONTEND=noninteractive
  # libatomic1 is for Playwright's own driver
  { apt-get -qq update && apt-get -qq install --no-install-recommends -y chromium fonts-noto-cjk libatomic1; } \
    >/dev/null 2>&1 || true
fi
if on_machine || drives ""; then exit; fi
echo "      no browser on this machine: asking Playwright for its own (本机没有浏览器，正在尝试下载)" >&2
timeout 300 .venv/bin/playwright install chromium >/dev/null 2>&1 || true
drives "" || true
