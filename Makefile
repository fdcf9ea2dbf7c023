PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Darkroom needs Python 3.11 or newer: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

# The maker of bundles comes from npm; where that is missing, the tests that need it say that they are skipped.
MCPB := .cache/bundle/node_modules/.bin/mcpb
$(MCPB):
	if command -v npm >/dev/null; then \
		npm install --silent --no-audit --no-fund --prefix .cache/bundle \
		@anthropic-ai/mcpb@2.1.2 @gleanwork/mcp-config-schema@5.2.0 || true; fi

.PHONY: readme bundle help setup demo test lint types fix snapshots bench peers faults soak

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(VENV)/installed ## install everything into .venv

demo: setup ## make pictures on the sandbox through a real MCP session
	$(BIN)/darkroom demo

test: setup $(MCPB) lint types ## every check: format, lint, types, import rules, tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: setup ## format, lint and import rules
	$(BIN)/ruff format --check server tests
	$(BIN)/ruff check server tests
	$(BIN)/lint-imports

types: setup ## pyright, strict
	$(BIN)/pyright

fix: setup ## format and mend what can be mended
	$(BIN)/ruff format server tests
	$(BIN)/ruff check --fix server tests

snapshots: setup ## accept the tool list as it is now
	UPDATE_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/tools/test_snapshots.py

readme: setup ## write the generated parts of README, docs/hosts.md and manifest.json anew
	$(BIN)/python tests/readme_tables.py

bundle: setup $(MCPB) ## make dist/darkroom.mcpb for Claude Desktop (needs Node 20)
	mkdir -p dist
	$(MCPB) validate manifest.json
	$(MCPB) pack . dist/darkroom.mcpb

bench: setup ## print the numbers of docs/benchmarks.md
	$(BIN)/python bench/run.py

peers: setup ## the same work for Darkroom and for other image servers, side by side; installs them
	$(BIN)/python bench/peers/run.py

faults: setup ## the matrix: every fault on every model, POSTs, charges and pictures as a table
	PYTHONPATH=tests $(BIN)/python -m faults

soak: setup ## 500 jobs while fronts and worker are killed at random for 3 minutes
	PYTHONPATH=tests $(BIN)/python -m faults.soak
