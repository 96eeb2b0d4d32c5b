# Each target makes its own environment in .venv; git, make and a python3 with venv are all that is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_FLAGS := $(if $(HEADLESS),--headless --yes) $(if $(DIRECTORY),--directory $(DIRECTORY))

.PHONY: demo test check crash properties mutants bench agents agents-all docs screenshots clean

demo: $(VENV)/.installed
	$(BIN)/prdrunner demo $(DEMO_FLAGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 2 tests

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/unit/test_imports.py
	$(BIN)/python -m prdrunner_tui.config.reference --check
	$(BIN)/python -m prdrunner_tui.cli.reference --check docs/cli.md
	$(BIN)/python -m prdrunner_tui.tui.keysdoc --check
	$(BIN)/python -m prdrunner_tui.workers.acp.reference --check

crash: $(VENV)/.dev
	$(BIN)/python -m tests.crash $(if $(SAMPLE),--sample $(SAMPLE))

properties: $(VENV)/.dev
	$(BIN)/python -m tests.properties $(if $(SEED),--seed $(SEED))

mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutation $(ONLY)

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks $(if $(ROW),--row $(ROW))

agents: $(VENV)/.dev
	$(BIN)/python -m tests.agents.install
	PRDRUNNER_REAL_AGENTS=1 $(BIN)/python -m pytest -q tests/agents

agents-all: $(VENV)/.dev
	$(BIN)/python -m tests.agents.install all
	PRDRUNNER_REAL_AGENTS=all $(BIN)/python -m pytest -q tests/agents

docs: $(VENV)/.dev
	$(BIN)/python -m prdrunner_tui.config.reference > docs/.made && mv docs/.made docs/configuration.md
	$(BIN)/python -m prdrunner_tui.cli.reference > docs/.made && mv docs/.made docs/cli.md
	$(BIN)/python -m prdrunner_tui.tui.keysdoc > docs/.made && mv docs/.made docs/keys.md
	$(BIN)/python -m prdrunner_tui.workers.acp.reference --write

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.screenshots

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants build dist
