# chipemu: `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
KERNEL_TESTS := tests/parity tests/fixedpoint tests/mapping/place/test_kernels.py
# compiling these with checks takes minutes; interpreted they find the same indices
INTERPRETED_ONLY := --ignore tests/parity/test_cores.py --deselect tests/parity/test_injected.py::test_engines_with_full_timing_agree
CASES ?= 100000
PEERS := .peers
PEERS_PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 $(PYTHON); do $$p -c "" 2>/dev/null && echo $$p && break; done)
SCALES ?= 0.1
ROUNDS ?= 3
PYNN_VERSION := 0.13.0
PYNN := $(PEERS)/pynn-$(PYNN_VERSION)

.DEFAULT_GOAL := help
.PHONY: help .venv demo test lint docs parity parity-interpreted parity-checked soak bench bench-peers bench-scaling peers references browser pynn-scenarios pynn-peers work-counts clean

help: ## list the targets
	@sed -n 's/^\([a-z.-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

.venv: $(STAMP) ## create the virtual environment

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("chipemu needs Python 3.11 or newer, %s is %d.%d; try: make PYTHON=python3.11" % (sys.executable, v[0], v[1]))'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -qq --upgrade pip
	$(PIP) install -qq --constraint constraints.txt --group dev --editable .
	@touch $@

demo: $(STAMP) ## simulate a tenth of the cortical microcircuit for one second
	$(BIN)/chipemu run pd14 --scale 0.1 --time 1000 --force --output runs/demo

test: $(STAMP) ## run the tests, a file at a time on each of up to four processors
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

lint: $(STAMP) ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

parity: $(STAMP) ## run the kernel tests once more: interpreted, and with bounds checks
	$(MAKE) --jobs=2 --output-sync=target --no-print-directory parity-interpreted parity-checked

docs: $(STAMP) ## build the documentation into build/docs; warnings are errors
	$(BIN)/python -m sphinx -q -E -a -W -n --keep-going -c docs -d build/doctrees . build/docs
	@echo "open build/docs/index.html"

parity-interpreted:
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest $(KERNEL_TESTS)

parity-checked:
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest $(KERNEL_TESTS) $(INTERPRETED_ONLY)

soak: $(STAMP) ## hold fabrics and cores equal on CASES=100000 random machines each, for two hours
	CHIPEMU_CASES=$(CASES) $(BIN)/python -m pytest tests/parity/test_router.py -k agree
	CHIPEMU_CASES=$(CASES) $(BIN)/python -m pytest tests/parity/test_cores.py -k agree

bench: $(STAMP) ## measure speed, some five minutes; writes benchmarks/results
	$(BIN)/python -m pytest benchmarks -m bench -o python_files='bench_*.py' \
		--benchmark-json=benchmarks/results/bench.json

bench-peers: $(STAMP) peers ## compare with NEST and Brian2 at SCALES=0.1, in ROUNDS=3 rounds
	$(BIN)/python -m benchmarks.peers.compare --scales $(SCALES) --rounds $(ROUNDS)

bench-scaling: $(STAMP) ## measure how cost grows with synapses and spikes, some ten minutes
	$(BIN)/python -m benchmarks.scaling

references: $(STAMP) peers ## simulate the fourteen references of validation in NEST, half an hour
	$(BIN)/python -m benchmarks.peers.references $(PEERS)/references

peers: $(PEERS)/nest/.installed $(PEERS)/brian2/.installed ## install NEST and Brian2 beside

$(PEERS)/%/.installed: benchmarks/peers/requirements-%.txt
	$(PEERS_PYTHON) -m venv $(PEERS)/$*
	$(PEERS)/$*/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@

browser: ## install the browser that tests open reports in (Debian, as root)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium chromium-driver >/dev/null)

pynn-scenarios: $(STAMP) $(PYNN) ## run PyNN's own system scenarios, in float64 and in s16.15
	$(BIN)/python -m tests.system.pynn_scenarios $(PYNN)

$(PYNN): # PyNN's source distribution, by name; it is not part of this repository
	$(PIP) download -qq --no-deps --no-binary :all: --dest $(PEERS) pynn==$(PYNN_VERSION)
	tar -xzf $(PYNN).tar.gz -C $(PEERS)
	@touch $@

pynn-peers: peers ## add PyNN to the environments of NEST and Brian2
	$(PEERS)/nest/bin/python -m pip --disable-pip-version-check install -qq pynn==$(PYNN_VERSION)
	$(PEERS)/brian2/bin/python -m pip --disable-pip-version-check install -qq pynn==$(PYNN_VERSION)

work-counts: $(STAMP) ## renew the counts of work that tests expect
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m tests.system.work tests/data/work_counts.json

clean: ## remove the environment, caches and build products
	rm -rf $(VENV) $(PEERS)/nest $(PEERS)/brian2 build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
