#!/usr/bin/env bash
# Writes the four lock files again (lock.sh --upgrade takes newer versions): every version with its hashes, for Linux and macOS, Python 3.11 and later.
#   requirements.lock        what the five services need, and nothing else (also what the images install)
#   requirements-local.lock  what one machine needs to install and run them from a checkout
#   requirements-bench.lock  what `make bench` compares with, installed into a folder of its own
#   requirements-dev.lock    all of these, the tests and the checks
set -euo pipefail
cd "$(dirname "$0")/../.."
compile() {
  # The index is the user's own setting and never written into a lock.
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-package sunlot-common "$@" >/dev/null
}
projects=(libs/common/pyproject.toml services/*/pyproject.toml)
compile "${projects[@]}" -o requirements.lock "$@"
compile --group local -o requirements-local.lock "$@"
compile --group bench -o requirements-bench.lock "$@"
compile "${projects[@]}" --group dev -c requirements.lock -c requirements-local.lock -o requirements-dev.lock "$@"
