# Everything runs in a virtual environment that these targets make: Python 3.10 or newer with pip is all that has to be there.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint types bench clean

## Run bpcheck on a realistic flawed project and show what it finds.
demo: $(VENV)/installed
	$(BIN)/bpcheck check fixtures/programs/flawed_classifier || test $$? -eq 1

## Everything: lint, types, bpcheck on its own reference code, and all tests.
test: lint types
	$(BIN)/bpcheck check reference_impl checker
	$(BIN)/python -m pytest -q

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

## How fast bpcheck is, as multiples of starting Python and of parsing.
bench: $(VENV)/installed-dev
	$(BIN)/python tests/benchmarks/speed.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
