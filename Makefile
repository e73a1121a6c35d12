# Everything a checkout needs, from a machine with Python 3.11 to 3.13 and make. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON ?=
PREPARE := PYTHON="$(PYTHON)" tools/bootstrap.sh
# The tests that need Node.js find the one from the wheel here when the machine has none.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test test-deep check bench bench-matching bench-reminders bench-slots lock format help clean

run: ## Start Coterie on the demonstration database; HOST and PORT choose where
	@$(PREPARE) run
	@exec $(BIN)/coterie demo

test: ## Run the suite on SQLite and PostgreSQL, then the browser journeys
	@$(PREPARE) test
	@$(BIN)/python tools/suite.py

test-deep: ## Run the long property tests; takes many minutes
	@$(PREPARE) test
	@$(BIN)/python -m pytest -m deep

check: ## Check format, lint, types, import contracts and architecture
	@$(PREPARE) check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python -m pytest -q tests/architecture

format: ## Put the code into the house format
	@$(PREPARE) check
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: ## Measure queries and time per page, imports, PDFs and publishing
	@$(PREPARE) test
	@$(BIN)/python -m tests.benchmarks.product

bench-matching: ## Measure the matching engine and its peers; ONLY="--populations normal-50" for a part
	@$(PREPARE) bench
	@$(BIN)/python -m tests.benchmarks.bench_matching $(ONLY)

bench-reminders: ## Measure reminders due at once with real workers; ONLY="--circles 20000 --postgresql" for more
	@$(PREPARE) test
	@$(BIN)/python -m tests.benchmarks.bench_reminders $(ONLY)

bench-slots: ## Measure the search for a weekly time
	@$(PREPARE) test
	@$(BIN)/python -m tests.benchmarks.bench_slots

lock: ## Resolve requirements/*.in anew into the locked requirements/*.txt, and package.json into its lock
	@$(PREPARE) check
	@$(BIN)/python tools/lock.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

clean: ## Remove everything that set-up and tests made; never your data
	rm -rf .venv .make node_modules app/static/vendor build ./*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
