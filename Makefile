# The two commands are `make run` and `make test`; `make help` lists the others.

PYTHON ?= python3
BENCHMARK ?=
# Processes for the tests. Those that train for long come last, when nothing hurries any more.
TEST_PROCESSES ?= 2

VENV := .venv
BIN := $(VENV)/bin
# PyTorch is only measured against: it stays apart from what the project needs.
TORCH_VENV := .venv-torch

define install
@echo "Installing $<; the first time takes minutes and downloads some 800 MB."
$(BIN)/python -m pip install --disable-pip-version-check -r $<
endef

.DEFAULT_GOAL := help
.PHONY: help run test lint bench torch clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-6s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/installed  ## install what is needed and open the dashboard
	$(BIN)/python -m streamlit run dashboard.py

test: lint  ## install what is needed and pass every test
	$(BIN)/python -m pytest -m "not slow" -n $(TEST_PROCESSES) --dist loadfile
	$(BIN)/python -m pytest -m slow -n $(TEST_PROCESSES)

lint: $(VENV)/installed-dev  ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/installed  ## run a benchmark: make bench BENCHMARK=name
	$(BIN)/python -m benchmarks $(BENCHMARK)

torch: $(TORCH_VENV)/installed  ## install PyTorch, for the benchmark that compares with it

clean:  ## remove the virtual environments and all caches; recorded runs stay
	rm -rf $(VENV) $(TORCH_VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than the requirements that they stand for, or pip runs again.
$(VENV)/installed: requirements.txt | $(VENV)/created
	$(install)
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements.txt | $(VENV)/created
	$(install)
	@touch $@ $(VENV)/installed

$(TORCH_VENV)/installed: requirements-torch.txt | $(VENV)/created
	$(BIN)/python -m venv $(TORCH_VENV)
	$(TORCH_VENV)/bin/python -m pip install --disable-pip-version-check -r $<
	@touch $@

$(VENV)/created:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON): install Python 3.11, 3.12 or 3.13, or name it: make run PYTHON=python3.12" >&2; \
		exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1), needed is Python 3.11, 3.12 or 3.13:" \
			"install one of them and name it, for example: make run PYTHON=python3.12" >&2; \
		exit 1; }
	@"$(PYTHON)" -c 'import sys; from covnets import system; sys.exit(system.tensorflow_unsupported())'
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments:" \
			"on Debian and Ubuntu, install the package python3-venv." >&2; \
		exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	@touch $@
