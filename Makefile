# Five commands: demo, test, check, bench, lock. What they make lies in .venv/ and .local/, both below this folder.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: help demo test bench check format lock articles schemas run-env dev-env stop clean

help:
	@printf '%s\n' \
	  'make demo          start everything on this machine and run the main job (ONCE=1: end when it is verified)' \
	  'make test          run all tests (PYTEST_ARGS="-k draw" for some)' \
	  'make bench         measure speed, memory and fairness, write docs/benchmarks.md (SIZE=1m, 10m or all)' \
	  'make check         style, types, import contracts, dependencies' \
	  'make format        put the code into shape' \
	  'make lock          write the lock files again (UPGRADE=1: take newer versions)' \
	  'make articles      write docs/articles.md from the tests, make schemas the events'"'"' schemas, AsyncAPI and contracts' \
	  'make stop          stop the private servers' \
	  'make clean         stop them and remove .local/ and .venv/'

run-env:
	@deploy/local/bootstrap.sh run

dev-env:
	@deploy/local/bootstrap.sh dev

demo: run-env
	@$(PY) -m deploy.local.demo $(if $(ONCE),--once)

test: dev-env
	@deploy/local/test.sh $(PYTEST_ARGS)

bench: dev-env
	@deploy/local/bench.sh --size $(or $(SIZE),1m) $(BENCH_ARGS)

check: dev-env
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy libs services deploy tests
	.venv/bin/lint-imports --no-logo
	@for project in libs/common services/*; do \
	  echo "deptry $$project"; .venv/bin/deptry --config $$project/pyproject.toml $$project; \
	done
	$(PY) -m deploy.gateway.nginx --check

format: dev-env
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: dev-env
	deploy/local/lock.sh $(if $(UPGRADE),--upgrade)

articles: dev-env
	$(PY) -m deploy.articles

schemas: dev-env
	$(PY) -m deploy.schemas
	$(PY) -m deploy.asyncapi
	$(PY) -m tests.contracts.write

stop:
	@if [[ -x $(PY) ]]; then $(PY) -m deploy.local.servers stop; $(PY) -m deploy.local.servers stop --test; fi

clean: stop
	rm -rf .local .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
