# What a newcomer runs. Needs Python 3.11+, git and make; everything else comes from uv.lock.
SHELL := /bin/bash
PYTHON ?= python3
# A distribution builds its Python with profile feedback; one that pyenv compiled has none unless it was asked to, and a
# record then costs a tenth more CPU (docs/explanation/figures.md). So where nobody says PYTHON=..., the system's own is
# taken if it is new enough and whole.
WHOLE := import ctypes, lzma, sqlite3, ssl, sys, zoneinfo; sys.exit(sys.version_info < (3, 11))
VENV_PYTHON = $(if $(filter file,$(origin PYTHON)),$(shell /usr/bin/python3 -c '$(WHOLE)' 2>/dev/null && echo /usr/bin/python3),$(PYTHON))
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
# A council's network often has a certificate authority of its own: use the system's.
export UV_SYSTEM_CERTS := true
export UV_NATIVE_TLS := true
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs clean

help: ## What there is to run
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.tools/bin/uv: deploy/uv-requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "MASH Hub needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .tools || { echo "Python's venv module is missing: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<

setup: $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv) ## Install everything from the lock file into .venv
	@$(UV) sync --locked --quiet --compile-bytecode $(addprefix --python ,$(VENV_PYTHON))
	@.venv/bin/mash triage assets >/dev/null || echo "The triage desk's pages cannot be drawn yet; everything else works."

demo: setup ## A synthetic county through the whole hub, ending with a case bundle
	@.venv/bin/mash demo

test: setup ## All tests, on a real Kafka
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: setup ## Formatting, lint, types, direction of imports
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup ## Measure this machine: writes bench/out/figures.json
	@.venv/bin/python -m bench.run

docs: setup ## Build the documentation into site/
	@.venv/bin/mkdocs build --strict --quiet

clean: ## Remove what was built or run here
	rm -rf .venv .tools var site bench/out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
