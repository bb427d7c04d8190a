# Everything a machine with only Python >= 3.11, make and a package index needs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   ?= demo-hard-carbon
ALLOY  ?= demo-alloy

.PHONY: demo test lint docs-check bench bench-cell bench-battery bench-process bench-study bench-kills agreement random-cells calibration-study published-points coverage-study fuzz oracles clean

demo: $(STAMP)
	$(BIN)/negatrode demo hard-carbon -o $(DEMO)
	$(BIN)/negatrode demo alloy -o $(ALLOY)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "negatrode needs Python 3.11 or newer; give one with PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,hypermap]'
	touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/negatrode warm
	$(BIN)/python -m pytest -n 2

bench: $(STAMP)
	$(BIN)/python benchmarks/speed.py

# Converged references are made at the first run (an hour) and kept in build/references.
bench-cell: $(STAMP)
	$(BIN)/python -m benchmarks.cell.side_by_side

agreement: $(STAMP)
	$(BIN)/python -m benchmarks.cell.agreement

random-cells: $(STAMP)
	$(BIN)/python benchmarks/random_cells.py
	$(BIN)/python benchmarks/random_cells.py 1000 0 steep

bench-process: $(STAMP)
	$(BIN)/python -m benchmarks.process

bench-study: $(STAMP)
	$(BIN)/python -m benchmarks.studies

# Half an hour to an hour: 500 kills of sweeps of 1000 points.
bench-kills: $(STAMP)
	$(BIN)/python -m benchmarks.kills

bench-battery: $(STAMP)
	$(BIN)/python -m benchmarks.battery

calibration-study: $(STAMP)
	$(BIN)/python -m benchmarks.calibration

published-points: $(STAMP)
	$(BIN)/python -m benchmarks.published

coverage-study: $(STAMP)
	$(BIN)/python benchmarks/coverage_study.py

fuzz: $(STAMP)
	$(BIN)/python benchmarks/fuzz.py

# Peers used as oracles; a separate environment because they pin other versions.
oracles: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[oracles]'
	$(BIN)/python -m pytest -n 2 tests/oracles tests/files/test_cyclers_neware.py

clean:
	rm -rf $(VENV) demo-hard-carbon demo-alloy
