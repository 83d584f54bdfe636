# A fresh clone, Python 3.10 or newer and pip are all that these need; what they install stays in .venv.
#
#   make demo    check a small training program that has several things wrong with it
#   make test    everything that must hold: style, types, bpcheck on its own code, all tests
#   make lint    style and types only
#   make bench   how long bpcheck takes
#   make evidence   measure on CPU what each practice is worth, and make the page of evidence (20 minutes on 2 cores)
#   make clean   remove .venv and what the tools leave behind
#
# PYTHON=python3.12 picks another Python, PYTEST_ARGS="-m 'not slow' -k BP305" a part of the tests.

PYTHON ?= python3
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable
DEMO := fixtures/programs/flawed_classifier

# One failure hides no other: the tests run though the style is wrong. make fails in the end all the same.
MAKEFLAGS += --keep-going
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test lint style types self pytest bench evidence clean

help:
	@sed -n 's/^#   //p' Makefile

# bpcheck ends with 1 where it finds something, which is the point here; 2 means that it could not do its work.
demo: $(VENV)/installed
	@echo '==> bpcheck $(DEMO)'
	@$(BIN)/bpcheck $(DEMO) || [ $$? -eq 1 ]
	@echo
	@echo 'The "# expect" comments are marks for the tests. bpcheck does not read them.'
	@echo 'Next: $(BIN)/bpcheck explain BP403, or $(BIN)/bpcheck path/to/your/train.py'

# pytest comes last, so that its summary is the last word.
test: style types self pytest

lint: style types

style: $(VENV)/installed-dev
	@echo '==> ruff check'
	@$(BIN)/ruff check .

types: $(VENV)/installed-dev
	@echo '==> mypy --strict'
	@$(BIN)/mypy

self: $(VENV)/installed-dev
	@echo '==> bpcheck on its own code'
	@$(BIN)/bpcheck reference_impl checker rules tests

pytest: $(VENV)/installed-dev
	@echo '==> pytest'
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(VENV)/installed-dev
	@echo '==> tests/benchmarks/speed.py'
	@$(BIN)/python tests/benchmarks/speed.py

# What an interrupted call has measured is not measured again.
evidence: $(VENV)/installed-dev
	@echo '==> python -m bpcheck_reference.experiments'
	@$(BIN)/python -m bpcheck_reference.experiments run all --again
	@$(BIN)/python -m bpcheck_reference.experiments report
	@$(BIN)/python tests/documents/generated.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .bpcheck_cache
	find checker rules reference_impl tests fixtures -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: installed again only when pyproject.toml is newer. Code needs no second installation, it is used in place.
$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "bpcheck needs Python 3.10 or newer, and $(PYTHON) is " + sys.version.split()[0] + ": try make PYTHON=python3.12")'
	@echo '==> creating $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: pyproject.toml | $(VENV)/created
	@echo '==> installing bpcheck into $(VENV)'
	@$(INSTALL) .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/created
	@echo '==> installing bpcheck and what its tests need into $(VENV) (PyTorch is large: this can take minutes)'
	@$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/installed
