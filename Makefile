# make setup | run | test | lint | bench | bench-speed | screenshots | clean. See README.md.
# Variables: PYTHON (3.11 or newer), TORCH_INDEX (where to take torch from), ARGS (for pytest and the benches),
# COPYDESK_PORT and the other COPYDESK_* settings.

PYTHON ?= python3
TORCH_INDEX ?=
ARGS ?=
BIN := .venv/bin
BOOTSTRAP = "$(PYTHON)" -I rag/bootstrap.py --torch-index="$(TORCH_INDEX)" --cxx="$(CXX)"

.PHONY: help setup setup-dev run test lint bench bench-speed screenshots clean python
.DEFAULT_GOAL := help

help:  ## list the targets
	@echo "make setup   create .venv, install the pinned packages, fetch the models, index seeds/"
	@echo "make run     the same, then serve on http://127.0.0.1:7860 (another port: COPYDESK_PORT=7861 make run)"
	@echo "make test    the same with the test tools, then run all tests (some of them: make test ARGS=tests/test_chunk.py)"
	@echo "make lint    ruff, mypy and the import contracts"
	@echo "make bench   what an archive costs and how it grows, in out/bench.html; needs COPYDESK_BENCH_DIR (sizes: ARGS='--sizes 1000,1000000')"
	@echo "make bench-speed  how long a reader waits, beside LlamaIndex, in out/speed.html (fewer questions: ARGS='--n 24 --peer-n 8')"
	@echo "make screenshots  the README's pictures anew, from the real server; with runs to show: ARGS='--evals FOLDER'"
	@echo "make clean   remove .venv and caches here; models and archives stay"
	@echo
	@echo "Linux without an NVIDIA GPU: make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu"

python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Copydesk needs Python 3.11 or newer, and '$(PYTHON)' is not one." >&2; \
	  echo "Install it, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }

setup: python
	@$(BOOTSTRAP)

setup-dev: python
	@$(BOOTSTRAP) --dev

run: setup
	@exec $(BIN)/copydesk serve

test: setup-dev
	@$(BIN)/python -m pytest $(ARGS)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@mkdir -p out
	@$(BIN)/python -m eval.cost --html out/bench.html $(ARGS)

bench-speed: setup
	@mkdir -p out
	@$(BIN)/python -c 'import llama_index.core' 2>/dev/null || $(BIN)/python -m pip install -q -c constraints.txt -e '.[bench]' || true
	@$(BIN)/python -m eval.speed --html out/speed.html $(ARGS)

screenshots: setup-dev
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
