# Lanyard. `make demo` to try it, `make test` to trust it.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Debian's and other systems' Chromium; Playwright's own download is the last resort.
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
LOCAL_SLACK := node_modules/local-slack-linux-x64/bin/local-slack

.PHONY: help install demo test check soak mutants bench sheets pictures lock browser clean

help:
	@echo "make demo    try Lanyard with an invented school; needs no account"
	@echo "make test    run every test: SQLite, PostgreSQL, browser"
	@echo "make check   format, lint, types, layers, dependencies, then the tests"
	@echo "make soak    ten thousand payloads that Slack never sends, a database that goes away under load, a school year"
	@echo "make mutants a sample of small changes to the rules: does a test notice each of them?"
	@echo "make bench   measure, as ratios to floors"
	@echo "make sheets  contact sheets of all that each role sees, in sheets/"
	@echo "make pictures take the pictures of the documentation anew"
	@echo "make install only make the environment in $(VENV)/"

$(VENV)/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lanyard needs Python 3.11 or newer: set PYTHON=python3.11"; exit 2; }
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && VIRTUAL_ENV=$(VENV) uv pip install --quiet --compile-bytecode --require-hashes -r requirements.txt; \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt; \
	fi
	@touch $@

# Compiled once here, so that no start compiles it again: a service often may not write beside the code it runs.
install: $(VENV)/installed
	@$(BIN)/python -m compileall -q bot handlers storage

$(LOCAL_SLACK):
	@command -v npm >/dev/null || { echo "The local Slack comes with npm, which is missing: install npm, then try again."; exit 2; }
	@npm install --silent --no-save --no-package-lock --no-audit --no-fund local-slack-linux-x64@0.1.8

browser: $(VENV)/installed
ifeq ($(CHROMIUM),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
	  $(BIN)/playwright install chromium || { echo "The browser tests need Chromium: install it (Debian: apt-get install chromium)."; exit 2; }; \
	fi
endif

demo: $(VENV)/installed $(LOCAL_SLACK)
	@$(BIN)/python -m tests.demo

test: $(VENV)/installed $(LOCAL_SLACK) browser
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/installed $(LOCAL_SLACK) browser
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .
	@$(BIN)/bandit -q -c pyproject.toml -r bot handlers storage 2>/dev/null
	@$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(VENV)/installed
	@$(BIN)/python -m tests.soak
	@$(BIN)/python -m tests.soak.kills
	@$(BIN)/python -m pytest -n auto --dist worksteal -m soak

mutants: $(VENV)/installed
	@$(BIN)/python -m tests.mutants

bench: $(VENV)/installed
	@$(BIN)/python -m tests.bench --write

sheets: $(VENV)/installed browser
	@$(BIN)/python -m tests.renderer.sheets sheets

pictures: $(VENV)/installed browser
	@$(BIN)/python -m tests.renderer.pictures docs/screenshots

# uv.lock holds registry addresses and is never committed; this hashed export does not.
lock:
	uv lock --quiet --upgrade
	uv export --quiet --frozen --no-header --no-emit-project --no-annotate --output-file requirements.txt

clean:
	rm -rf $(VENV) node_modules .demo sheets
