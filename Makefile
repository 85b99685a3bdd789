# For a fresh machine with Python 3.11 or later, git and make:
#   make first   sets up and writes a first derivation, first.md
#   make test    sets up and runs the tests
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: first test check gallery bench clean

first: $(INSTALLED)
	$(BIN)/symconv derive conv --input 3x3 --filter 2x2 -o first.md
	@echo "Wrote first.md. Open it in a Markdown viewer that shows mathematics."

test: $(INSTALLED)
	$(BIN)/python $(COVERAGE) -m pytest -n auto $(PYTEST_FLAGS)

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python outputs/make.py --check

gallery: $(INSTALLED)
	$(BIN)/python outputs/make.py

bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable '.[dev,bench]'
	$(BIN)/python bench/run.py

# Compiled once here, so that a first call is as fast as the next.
$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python -m compileall -q symconv
	$(BIN)/symconv derive conv --input 3x3 --filter 2x2 >/dev/null
	$(BIN)/symconv derive conv --input 3x3 --filter 2x2 --to latex >/dev/null
	@touch $@

clean:
	rm -rf .venv .cache first.md
