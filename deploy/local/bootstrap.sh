#!/usr/bin/env bash
# Makes .venv from the locks and puts the six projects into it, in place.
#   deploy/local/bootstrap.sh run   what `make demo` needs
#   deploy/local/bootstrap.sh dev   that, the tests and the checks
# A second run finds its stamp and does nothing. Your own package index is used: PIP_INDEX_URL, UV_DEFAULT_INDEX
# or pip's settings.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:-run}
projects=(libs/common services/registry services/trigger services/draw services/inspection services/publicity)
case $kind in
  run) locks=(requirements-local.lock requirements.lock) ;;
  dev) locks=(requirements-local.lock requirements-dev.lock) ;;
  *) echo "usage: bootstrap.sh run|dev" >&2; exit 2 ;;
esac

# Everything that decides what .venv holds; cksum is on every machine and takes a millisecond.
fingerprint() { cat pyproject.toml requirements*.lock "${projects[@]/%//pyproject.toml}" "$0" | cksum; }
stamp="$(fingerprint) $PWD"
for have in dev "$kind"; do
  if [[ -x .venv/bin/python && $(cat ".venv/.stamp-$have" 2>/dev/null) == "$stamp" ]]; then exit 0; fi
done

say() { printf '[%s/4] %s\n' "$1" "$2"; }
fail() { printf '\n%s\n%s\n' "$1" "$2" >&2; exit 1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "需要 Python 3.11 或更高版本（含 venv）。Debian/Ubuntu：apt-get install python3-venv；macOS：brew install python@3.13" \
       "Python 3.11 or later with venv is needed. Debian/Ubuntu: apt-get install python3-venv; macOS: brew install python@3.13"
}

python=$(find_python)
say 1 "Python environment .venv (正在建立运行环境, $("$python" --version))"
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  rm -rf .venv
  "$python" -m venv .venv || fail \
    "无法建立 .venv：缺少 venv 模块。Debian/Ubuntu：apt-get install python3-venv" \
    "Could not make .venv: the venv module is missing. Debian/Ubuntu: apt-get install python3-venv"
fi
rm -f .venv/.stamp-*
# The machine's own certificates: an office's network may have one of its own.
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_SYSTEM_CERTS=1 VIRTUAL_ENV="$PWD/.venv"

# pip verifies the installer itself by its hash, then the installer (5–10 times as quick as pip) does the rest.
say 2 "Installer and build tools (正在安装安装器)"
.venv/bin/pip install --quiet --no-deps --only-binary :all: --require-hashes -r "${locks[0]}" || fail \
  "软件包下载失败。请检查网络；如需使用镜像源，请设置 PIP_INDEX_URL 后重试" \
  "Packages could not be downloaded. Check the network; set PIP_INDEX_URL to use a mirror, and try again"

# A user's mirror is usually in pip's settings only, and uv does not read those.
if [[ -z ${UV_DEFAULT_INDEX:-} ]]; then
  index=${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || true)}
  [[ -z $index ]] || export UV_DEFAULT_INDEX=$index
fi
say 3 "Libraries, each verified by its hash (正在安装依赖并逐一核对哈希)"
.venv/bin/uv pip install --quiet --no-deps --require-hashes -r "${locks[1]}" 2>.venv/uv.log ||
  .venv/bin/pip install --quiet --no-deps --require-hashes -r "${locks[1]}" || fail \
  "软件包下载失败。请检查网络；如需使用镜像源，请设置 PIP_INDEX_URL 后重试" \
  "Packages could not be downloaded. Check the network; set PIP_INDEX_URL to use a mirror, and try again"

say 4 "The library and the five services, in place (正在安装公共库和五个服务)"
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation "${projects[@]/#/--editable=}"

echo "$stamp" >".venv/.stamp-$kind"
