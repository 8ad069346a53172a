# `make demo` and `make test` set up all they need. `make setup` alone makes .venv with `pioneer` in it.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: setup demo test lint clean bench-cold-start bench-training-speed bench-gate-table bench-trace-import bench-triage bench-deployments bench-gate-rounds bench-diagnose-scale bench-adaptft

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/pioneer demo --workspace demo

test: setup lint
	$(BIN)/pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench-cold-start: setup
	$(BIN)/python benchmarks/cold_start.py --setup
	$(BIN)/python benchmarks/cold_start.py

bench-training-speed: setup
	$(BIN)/python benchmarks/training_speed.py

bench-gate-table: setup
	$(BIN)/python benchmarks/gate_table.py

bench-trace-import: setup
	$(BIN)/python benchmarks/trace_import.py --output benchmarks/results/trace_import.json

bench-triage: setup
	$(BIN)/python benchmarks/triage.py

bench-deployments: setup
	$(BIN)/python benchmarks/deployments.py

bench-gate-rounds: setup
	$(BIN)/python benchmarks/gate_rounds.py

bench-diagnose-scale: setup
	$(BIN)/python benchmarks/diagnose_scale.py --output benchmarks/results/diagnose_scale.json

bench-adaptft: setup
	PIONEER_CATALOGUE="$${PIONEER_CATALOGUE:-../shared/data}" $(BIN)/pioneer bench adaptft run cpu-suite --output benchmarks/results/adaptft

clean:
	rm -rf $(VENV) demo build src/*.egg-info
