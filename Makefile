# Two commands do everything: `make run` (a demo to click through) and `make test`.
SHELL := /bin/bash
VENV ?= .venv
PYTHON := $(VENV)/bin/python
CORES := $(shell nproc 2>/dev/null || echo 2)
JOBS ?= $(if $(filter 1,$(CORES)),1,2)

.PHONY: help run test check lint format bench pictures migrations clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run ## a demo Organisation with real local peers, web server and worker, until Ctrl-C
	@$(PYTHON) manage.py demo

test: $(VENV)/.test check ## every test, with the peers this machine has (CI=true: all of them or fail)
	@$(PYTHON) -m pytest -n $(JOBS) -ra $(ARGS)

check: lint ## lint, types, migrations
	@DEBUG=true $(PYTHON) manage.py makemigrations --check --dry-run
	@DEBUG=true $(PYTHON) manage.py check --fail-level ERROR

lint: $(VENV)/.test ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy dflow_integrations organisations checks

format: $(VENV)/.test ## sort imports and mend what ruff can
	@$(VENV)/bin/ruff check --fix .

bench: $(VENV)/.test ## figures: pages, redactor, egress, runs of Git hosts; a table, and JSON in .data/bench.json
	@$(PYTHON) -m tests.bench

pictures: $(VENV)/.test ## screenshots of the demo's pages into .data/pictures
	@$(PYTHON) -m tests.browser.pictures

migrations: $(VENV)/.test ## write the migrations that the models ask for
	@DEBUG=true $(PYTHON) manage.py makemigrations

clean: ## remove the environment and everything that was made (your own databases stay)
	@rm -rf $(VENV) .data/demo .pytest_cache .mypy_cache .ruff_cache static_out

$(VENV)/bin/python:
	@.ci/packages run
	@echo "Making the Python environment in $(VENV) …"
	@python3 -m venv $(VENV)

$(VENV)/.run: requirements.txt checks/demo/requirements.txt | $(VENV)/bin/python
	@.ci/packages run
	@echo "Installing Python packages (about a minute the first time) …"
	@$(VENV)/bin/pip install -qq --disable-pip-version-check -r requirements.txt -r checks/demo/requirements.txt
	@touch $@

$(VENV)/.test: tests/requirements.txt tests/peers/requirements.txt $(VENV)/.run
	@.ci/packages test
	@echo "Installing the test tools (about a minute the first time) …"
	@$(VENV)/bin/pip install -qq --disable-pip-version-check -r requirements.txt -r checks/demo/requirements.txt -r tests/requirements.txt
	@$(VENV)/bin/pip install -qq --disable-pip-version-check --no-deps -r tests/peers/requirements.txt
	@touch $@
