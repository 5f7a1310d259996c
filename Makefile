# Needs Python 3.11 or newer; the targets install the rest in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# The wheel is for Linux on x86-64 only. Tested by the shell, since make reads the folder before it is filled.
BIOME := $$(test -x $(BIN)/biome && echo $(BIN)/biome || echo npx --yes @biomejs/biome@2.3.11)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run train test lint quick check lock bench stop

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/shop: requirements-shop.txt constraints.txt
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing the shop (a download of 150 MB, once) ..."
	@$(BIN)/pip install --quiet --requirement requirements-shop.txt
	@touch $@

$(VENV)/training: requirements-shop.txt requirements.txt constraints.txt
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing what training needs (torch, once) ..."
	@$(BIN)/pip install --quiet --requirement requirements.txt
	@touch $(VENV)/shop $@

$(VENV)/dev: requirements-shop.txt requirements.txt requirements-dev.txt constraints.txt
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the tests need (torch and a browser driver, once) ..."
	@$(BIN)/pip install --quiet --requirement requirements-dev.txt
	@touch $(VENV)/shop $(VENV)/training $@

run: $(VENV)/shop ## start the shop on http://127.0.0.1:8000 (PORT=8080: another port; EMPTY=1: no demo)
	@$(BIN)/python manage.py up --port $(PORT) $(if $(EMPTY),--empty)

train: $(VENV)/training ## train a network: make train ARGS="--catalog product --out networks/mine"
	@$(BIN)/python manage.py train_network $(ARGS)

test: $(VENV)/dev ## run every test in random order; browser tests need Chromium
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

lint: $(VENV)/dev ## check formatting, style, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check $$(find templates -type f)
	$(BIN)/djlint templates --lint --quiet
	$(BIOME) check
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: lint ## lint, then run the tests that need no database, browser or training (90 s)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup -m 'not database and not browser and not slow'

check: export DEBUG = 1
check: lint ## run everything CI runs: lint, Django's checks and all tests, browser included
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	REQUIRE_BROWSER=1 $(MAKE) --no-print-directory test

lock: ## pin dependencies in constraints.txt (UPGRADE=--upgrade raises all versions)
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet "$$(grep -o '^uv==[^ ]*' requirements-dev.txt)"
	@mkdir -p var && grep -hv '^-[rc] ' requirements-shop.txt requirements.txt requirements-dev.txt > var/requirements.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --annotation-style line \
		--custom-compile-command 'make lock' $(UPGRADE) --output-file constraints.txt var/requirements.in

bench: $(VENV)/dev ## run the benchmarks and print their tables
	$(BIN)/python -m tests.benchmarks.bench_embedding
	$(BIN)/python -m tests.benchmarks.bench_runtimes
	$(BIN)/python -m tests.benchmarks.bench_search
	$(BIN)/python -m tests.benchmarks.bench_photo_search
	$(BIN)/python -m tests.benchmarks.bench_catalog
	$(BIN)/python -m tests.benchmarks.bench_typing
	$(BIN)/python -m tests.benchmarks.bench_pages
	$(BIN)/python -m tests.benchmarks.bench_purchases
	$(BIN)/python -m tests.benchmarks.bench_moderation

stop: $(VENV)/shop ## stop the embedded database
	@$(BIN)/python manage.py db stop
