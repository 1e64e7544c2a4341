#!/usr/bin/env bash
# Prints the path of a Chromium for the page tests, installing one where it may; prints nothing when none can be had.
set -euo pipefail
cd "$(dirname "$0")/../.."

on_machine() {
  local name path
  for name in ${SUNLOT_CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if path=$(command -v "$name"); then
      printf '%s\n' "$path"
      return 0
    fi
  done
  return 1
}
own() { # what Playwright downloaded, if it did
  .venv/bin/python - <<'PY'
import os
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
print(path if os.path.exists(path) else "", end="")
PY
}
has_chinese() { ! command -v fc-list >/dev/null || [[ -n $(fc-list :lang=zh 2>/dev/null) ]]; }

if on_machine >/dev/null && has_chinese; then on_machine; exit; fi
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "      installing Debian's chromium and Chinese fonts, 150 MB (正在安装浏览器和中文字体)" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install --no-install-recommends -y chromium fonts-noto-cjk; } >/dev/null 2>&1 || true
fi
if on_machine; then exit; fi
found=$(own 2>/dev/null || true)
if [[ -z $found ]]; then
  echo "      no browser on this machine: asking Playwright for its own (本机没有浏览器，正在尝试下载)" >&2
  timeout 300 .venv/bin/playwright install chromium-headless-shell chromium >/dev/null 2>&1 || true
  found=$(own 2>/dev/null || true)
fi
printf '%s' "$found"
