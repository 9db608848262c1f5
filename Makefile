# Two commands: `make demo` runs the main job, `make test` passes the tests. Everything lives in ./.venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet
ARGS ?=
# Tests mostly wait for processes they started: three at a time suit two cores. A file's tests share what the file sets up.
JOBS ?= 3

.PHONY: setup setup-dev console console-types demo test check format bench audit clean lock help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.run  ## make .venv with what running needs

setup-dev: $(VENV)/.dev  ## make .venv with what developing needs too

$(VENV)/.run: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Placewatch needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	@echo "setting up $(VENV): about 150 MB from the package index, a minute or two ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "adding the developers' tools to $(VENV) ..."
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

console: setup  ## build the console, when its sources are newer than the build
	@$(BIN)/python -m scripts.build_console

console-types: setup-dev  ## renew the console's types from the API
	@$(BIN)/python -m scripts.build_console --types

demo: setup console  ## cameras, broker, box and centre on this machine (ARGS="--for 60 --report out.json")
	@$(BIN)/placewatch demo $(ARGS)

test: setup-dev console  ## the tests (ARGS="-k name", JOBS=1 for one at a time)
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS) || { \
		code=$$?; [ $$code -eq 1 ] || exit $$code; \
		echo "some failed while others ran beside them: those once more, by themselves (twice is a failure) ..."; \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS); }

check: setup-dev  ## format, lint, types; the console's types and unit tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/python -m scripts.build_console --check

format: setup-dev  ## format and mend what ruff can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: setup-dev  ## decode and inference figures of this machine
	@$(BIN)/placewatch bench $(ARGS)

audit: setup-dev  ## ask the vulnerability service about every locked package (needs a network)
	@$(BIN)/python -m scripts.audit_packages

lock: setup-dev  ## renew requirements/*.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements/run.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements/dev.lock
	$(BIN)/uv pip compile --group pyproject.toml:node --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements/node.lock
	$(BIN)/uv pip compile --group pyproject.toml:av --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements/av.lock

clean:  ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build out central/console/dist central/console/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
