# Two commands for a fresh machine with Python 3.11 or later, git and make:
#   make first   sets up and writes a first derivation, first.md
#   make test    sets up and runs the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: first test check gallery bench clean

first: $(STAMP)
	$(BIN)/symconv derive conv --input 3x3 --filter 2x2 -o first.md
	@echo "Wrote first.md: open it in a Markdown viewer that shows mathematics."

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m symconv_gallery --check

gallery: $(STAMP)
	$(BIN)/python -m symconv_gallery

bench: $(STAMP)
	$(BIN)/python bench/run.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python -m compileall -q symconv
	@touch $@

clean:
	rm -rf $(VENV) .cache first.md
