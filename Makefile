# Each target sets up what it needs: the environment is made once and again when a requirements file changes.

VENV ?= .venv
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
HOST ?= 127.0.0.1
PORT ?= 7860
# Test files that run side by side; each uses one thread.
TESTS ?= 2

.PHONY: run test check demo demo-lora demo-board bench soak mini measure screenshots clean help

run: $(VENV)/.ready ## the studio with its demonstration project, on http://127.0.0.1:7860
	$(PY) app.py serve --demo --host $(HOST) --port $(PORT)

test: $(VENV)/.ready-dev ## every test
	$(PY) -m pytest -m "not soak" -n $(TESTS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.ready-dev ## style, types, and the rules of the house
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/test_house.py

demo: $(VENV)/.ready ## the whole job without a browser: import, caption, train, generate, measure; into demo-out/
	$(PY) app.py demo

demo-lora: $(VENV)/.ready ## train the LoRA of the demonstration project anew, into models/demo
	$(PY) app.py demo-lora

demo-board: $(VENV)/.ready ## draw the storyboard of the demonstration project anew, into models/demo
	$(PY) app.py demo-board

bench: $(VENV)/.ready-dev ## how fast the page opens, a picture is drawn, a step is trained, a data set is worked on
	for one in speed generate_overhead blend train_step captioning inspecting gallery memory learn_style learn_tokens learn_person board evaluate leaderboard; do \
		echo; echo "— $$one"; $(PY) -m benchmarks.$$one || exit 1; done
	$(PY) -m benchmarks.importing --count 2000

soak: $(VENV)/.ready-dev ## the long tests: many jobs, many kills
	$(PY) -m pytest -m soak

mini: $(VENV)/.ready ## train the bundled model family from scratch; goes on where it was interrupted
	$(PY) -m mini.make

measure: $(VENV)/.ready ## the table of the bundled family's model card
	$(PY) -m mini.measure

screenshots: $(VENV)/.ready-dev ## the pictures of the README
	$(PY) -m docs.screenshots

clean: ## remove the environment and what tools left behind; data/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache demo-out

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(PY):
	@test -n "$(PYTHON)" || { echo "The studio needs Python 3.11 or newer with venv; install it, or say PYTHON=/path/to/python3."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(PY)
	@echo "Setting up the environment in $(VENV); the first time takes some minutes …"
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt $(VENV)/.ready
	$(PIP) -r requirements-dev.txt
	@touch $@
