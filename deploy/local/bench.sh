#!/usr/bin/env bash
# Measures on real servers and writes docs/benchmarks.md: deploy/local/bench.sh [arguments of tests.benchmarks]
set -euo pipefail
cd "$(dirname "$0")/../.."
peers=.local/bench/peers
if [[ $(cat "$peers/.lock" 2>/dev/null) != "$(<requirements-bench.lock)" ]]; then
  echo "Other ways to draw, for comparison (正在安装对照程序)"
  # Beside our own libraries, not among them. Without them the comparison has a line less.
  if .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade \
    --target "$peers" -r requirements-bench.lock; then
    cp requirements-bench.lock "$peers/.lock"
  fi
fi
settings=$(.venv/bin/python -m deploy.local.servers env --test)
eval "$settings"
exec .venv/bin/python -m tests.benchmarks "$@"
