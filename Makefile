# Every target builds the virtual environment it needs; only Python 3.11+ and make are expected.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXAMPLE ?= walkthrough

.PHONY: help dev demo demo-kafka test lint fix bench wheel docs clean

help: ## what can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

dev: $(STAMP) ## the virtual environment, with every tool

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Accord needs Python 3.11 or newer (try: make PYTHON=python3.12 ...)'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[kafka,postgres]' --group dev --group real
	@touch $@

demo: dev ## the whole path in one process: emit, seal, publish, verify, project, show
	$(BIN)/accord demo --example $(EXAMPLE)

demo-kafka: dev ## the same over a real Kafka and PostgreSQL, started and ended here
	$(BIN)/python -m tests.real.demo_kafka

test: dev ## all tests
	$(BIN)/pytest -n 2

lint: dev ## style, types, the direction of imports, schemas against generated models
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/accord schemas check

fix: dev ## mend what can be mended mechanically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev ## events per second beside two peers, in one run
	$(BIN)/python -m tests.bench

wheel: dev ## build the wheel and run it from an empty environment elsewhere
	sh tests/real/wheel_smoke.sh $(PYTHON)

docs: dev ## run the examples in the documents and check every link
	$(BIN)/pytest tests/docs

clean: ## remove what can be rebuilt
	rm -rf $(VENV) dist build demo .import_linter_cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
