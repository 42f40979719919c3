# The two commands that a newcomer needs are `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
CUSTOMERS ?= 1500
BIN := .venv/bin
UV := $(BIN)/uv

# Compiled modules are kept: every command and worker process starts in half the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test setup setup-dev check unit journeys faults lock messages vendor clean help

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## everything, on this machine, with a demo company
	@B2SHIFT_DEMO=$${B2SHIFT_DEMO-1} $(BIN)/python manage.py up --port $(PORT) --host $(HOST) --customers $(CUSTOMERS)

test: setup-dev ## the whole suite
	@scripts/test.sh all

setup: .venv/.run ## make .venv and install what the product needs

setup-dev: .venv/.dev

.venv/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "B2Shift needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make run PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv
	@echo "  Installing packages (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/.run: .venv/.uv requirements.txt locale/pt_BR/LC_MESSAGES/django.po
	@$(UV) pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/python scripts/compile_messages.py
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@$(UV) pip install --quiet --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

check: setup-dev ## the fast gate: style, types, structure, migrations, translations
	@scripts/test.sh check

unit: setup-dev ## unit tests, two processes
	@scripts/test.sh unit

journeys: setup-dev ## one browser journey per role
	@scripts/test.sh journeys

faults: setup-dev ## processes killed while they work
	@scripts/test.sh faults

lock: setup-dev ## pin the requirements anew
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt

messages: setup-dev ## collect texts for translation (needs gettext)
	@$(BIN)/python manage.py makemessages --locale pt_BR --no-obsolete --no-wrap --no-location --ignore '.venv/*' --ignore 'var/*'
	@$(BIN)/python scripts/compile_messages.py

vendor: setup ## fetch the front-end packages anew (needs npm)
	@$(BIN)/python scripts/vendor.py

clean: ## remove the environment and everything the product keeps here
	rm -rf .venv var
