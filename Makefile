# Every target does its own set-up; a finished one costs a tenth of a second.
# PYTHON= chooses the Python that .venv is made with, GPU=1 TensorFlow's CUDA build: `make lab GPU=1`.
# -E: what another Python has left in the environment (PYTHONHOME, PYTHONPATH) is not for this one.

# Any Python 3 will do to begin with: set_up.py looks for a suitable one. (A lone `python` on Linux is Python 2.)
ifeq ($(OS),Windows_NT)
PYTHONS := python3 python py
VENV_PYTHON := .venv/Scripts/python -E
else
PYTHONS := python3 python3.13 python3.12 python3.11
VENV_PYTHON := .venv/bin/python -E
endif
export PYTHON GPU
# What is called so in the environment is a cluster's: the course's is said to make, as in `make lab PORT=9000`.
asked = $(if $(filter command,$(origin $(1))),$(2)"$($(1))")
ifneq ($(origin ARGS),command line)
override ARGS :=
endif
ifeq ($(origin BACKEND),command line)
export COURSE_BACKEND := $(BACKEND)
endif

.PHONY: help set-up lab test notebooks widgets bench mutants requirements format lint
.DEFAULT_GOAL := help

help:
	@echo "make lab           opens the course in JupyterLab (PORT=9000 chooses the port, GPU=1 uses a GPU, BACKEND=jax Keras' backend)"
	@echo "make test          runs all tests (ARGS=tests/test_layers.py runs some, PYTHON=python3.12 on another Python)"
	@echo "make notebooks     builds the notebooks whose source changed"
	@echo "make widgets       measures how fast the widgets answer, in a real browser"
	@echo "make bench         measures our implementations beside Keras'"
	@echo "make mutants       changes every solution in many ways, and reports what the checks catch"
	@echo "make requirements  chooses the exact versions in requirements.txt anew, within pyproject.toml's ranges"
	@echo "make format        formats the code"
	@echo "make lint          checks the code's form"
	@echo "make set-up        only prepares .venv, as all the others do first"

set-up:
	@for python in $(PYTHONS) "$$PYTHON"; do \
		if "$$python" -E -c "import sys; sys.exit(sys.version_info < (3, 6))" >/dev/null 2>&1; then \
			exec "$$python" -E course_lib/lab/set_up.py $(call asked,GPU); \
		fi; \
	done; \
	echo "No Python was found: install Python 3.11, 3.12 or 3.13." >&2; exit 1

lab: set-up
	@$(VENV_PYTHON) -m course_lib.lab $(call asked,PORT,--port ) $(ARGS)

# In the order of the folders: else what takes longest, files of few tests, would come last and keep one core waiting.
test: set-up
	@$(VENV_PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

notebooks: set-up
	@$(VENV_PYTHON) -m course_lib.building $(ARGS)

widgets: set-up
	@$(VENV_PYTHON) -m tests.browser.latency $(ARGS)

bench: set-up
	@$(VENV_PYTHON) -m tests.bench $(ARGS)

mutants: set-up
	@$(VENV_PYTHON) -m tests.mutants $(ARGS)

requirements: set-up
	@$(VENV_PYTHON) -m uv pip compile pyproject.toml --extra develop --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements.txt
	@echo "-e ." >> requirements.txt

format: set-up
	@$(VENV_PYTHON) -m ruff format $(ARGS)
	@$(VENV_PYTHON) -m ruff check --fix $(ARGS)
	@.ci/biome check --write

lint: set-up
	@$(VENV_PYTHON) -m ruff check --quiet $(ARGS)
	@$(VENV_PYTHON) -m ruff format --check --quiet $(ARGS)
	@.ci/biome check --error-on-warnings
	@.ci/actionlint
