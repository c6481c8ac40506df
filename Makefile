# Each target sets up what it needs in its own virtual environment; Python 3.11 or later is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SOURCES := deepspectrum_features cli baselines tests data docs
# Two tests at a time, so one thread each: more would only wait for one another. What Python compiles
# is kept: hundreds of processes import it.
PYTEST := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -rs -n 2 --dist worksteal

.PHONY: demo test check docs clients coverage lint benchmark benchmark-gpu benchmark-scale pitch transfer ablation clean

demo: $(VENV)/core
	$(BIN)/dsf extract data/demo demo.h5 --overwrite
	$(BIN)/dsf info demo.h5
	@echo
	@echo 'demo.h5 holds a row of features for each of 48 recordings. Next, for example:'
	@echo '    . $(BIN)/activate'
	@echo '    dsf corpus recordings/                         # a folder of yours: what is in it'
	@echo '    dsf extract recordings/ recordings.h5          # features of all of it'
	@echo 'docs/tutorial.md goes on from there; dsf help lists all commands.'

test: lint
	$(PYTEST)

check: $(VENV)/dev
	$(PYTEST) -m "not slow and not corpora"

# The site, then every block of its pages that is not marked `not run`.
docs: $(VENV)/docs
	$(BIN)/sphinx-build -q -E -W --keep-going -c docs -d build/doctrees . build/docs
	$(PYTEST) tests/pages

# What is missing is skipped, with its package's name.
clients: $(VENV)/dev build/clients/node_modules
	$(BIN)/pytest -q -rs tests/clients

coverage: $(VENV)/dev
	$(PYTEST) --cov --cov-report= tests/test_cli*.py
	$(BIN)/coverage report --include='cli/*' --skip-covered --show-missing --fail-under=95

lint: $(VENV)/dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/codespell $(SOURCES) *.md
	rm -rf build/types && mkdir -p build/types/deepspectrum_features
	ln -sfn "$(CURDIR)"/deepspectrum_features/* "$(CURDIR)"/cli "$(CURDIR)"/baselines build/types/deepspectrum_features/
	$(BIN)/mypy

benchmark: $(VENV)/dev
	$(BIN)/python tests/benchmarks/extraction_speed.py
	$(BIN)/python tests/benchmarks/extraction_shares.py

# Needs onnxruntime-gpu in place of onnxruntime (docs/how-to/gpu.md); else it says so and measures nothing.
benchmark-gpu: $(VENV)/dev
	$(BIN)/python tests/benchmarks/gpu_speed.py

benchmark-scale: $(VENV)/dev
	$(BIN)/python tests/benchmarks/scale.py

pitch: $(VENV)/dev
	$(BIN)/python tests/benchmarks/pitch_accuracy.py

# Exit code 3: some folder there is no labelled corpus, and is named.
transfer: $(VENV)/dev
	@test -d "$(DSF_CORPORA)" || { echo "DSF_CORPORA is '$(DSF_CORPORA)', need the folder of the labelled corpora" >&2; exit 1; }
	$(BIN)/dsf transfer build/transfer "$(DSF_CORPORA)"/*/ || test $$? -eq 3
	cp build/transfer/transfer.md build/transfer/transfer.png docs/results/

ablation: $(VENV)/dev
	@test -d "$(DSF_CORPORA)/emodb" || { echo "DSF_CORPORA is '$(DSF_CORPORA)', need the folder that emodb/ is in" >&2; exit 1; }
	$(BIN)/dsf ablate "$(DSF_CORPORA)/emodb" build/ablation --layout emodb
	mkdir -p docs/results/ablation
	cp build/ablation/results/ablation.md build/ablation/results/ablation.png docs/results/ablation/

clean:
	rm -rf $(VENV) build dist *.egg-info demo.h5 demo.h5.parts .coverage*

build/clients/node_modules:
	mkdir -p $@
	-npm install --silent --prefix build/clients h5wasm@0.10.3

$(VENV)/core: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed (make PYTHON=...)")'
	@echo 'Making $(VENV) and installing into it, half a minute or so'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/dev: $(VENV)/core
	$(INSTALL) torch==2.13.0
	$(INSTALL) -e '.[dev]'
	touch $@

$(VENV)/docs: $(VENV)/dev
	$(INSTALL) -e '.[docs]'
	touch $@
