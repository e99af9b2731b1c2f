# `make demo` and `make test` each set up everything they need; versions are those of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The fast tests without those that need Dagster's own code or other tools, whose dependencies have bounds of their own.
LEFT_OUT := test_properties.py test_schema.py test_launch_model.py scripts/test_config_schema.py \
	api/test_asset_selection.py api/test_doctor.py cli/test_help.py integration
FAST := -q -n 2 -m "not integration and not slow" $(LEFT_OUT:%=--ignore dagster_ops_cli_tests/%)
FAST_TOOLS := pytest pytest-timeout pytest-xdist syrupy trustme hypothesis jsonschema junitparser xmlschema markdown-it-py promql-parser

# Most of the time tests wait for a Dagster, so there are more workers than processors.
WORKERS ?= 4

# A download that fails is tried again, for minutes.
export PIP_RETRIES := 10
export PIP_DEFAULT_TIMEOUT := 60
export UV_HTTP_RETRIES := 10
export UV_HTTP_TIMEOUT := 120

.PHONY: help demo test check thorough versions compat faults fuzz chaos lint format record pictures lock clean

help: ## Show what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.demo ## Start a real Dagster, run its examples and look at them
	$(BIN)/ops demo

test: $(VENV)/.test $(VENV)/.proxy ## Run the tests, those against a real Dagster included; takes minutes
	$(BIN)/pytest -q -n $(WORKERS) -m "not thorough and not compat" $(ARGS)

check: lint test thorough versions compat ## Run everything that CI runs

thorough: $(VENV)/.test $(VENV)/.proxy $(VENV)/.chromium ## Run the tests that `make test` leaves out
	$(BIN)/pytest -q -n $(WORKERS) -m "thorough and not compat" $(ARGS)

versions: $(VENV)/.test $(VENV)/.uv ## Run the fast tests on the newest and on the oldest versions that pyproject.toml allows
	for kind in highest lowest-direct; do \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-$$kind && \
		$(BIN)/uv pip install --quiet --python $(VENV)-$$kind --resolution $$kind --editable . && \
		$(BIN)/uv pip install --quiet --python $(VENV)-$$kind --constraint constraints.txt $(FAST_TOOLS) && \
		$(VENV)-$$kind/bin/python -m pytest $(FAST) || exit 1; \
	done

compat: $(VENV)/.test $(VENV)/.uv ## Check every operation on many versions of Dagster, and walk through the oldest and the newest
	$(BIN)/python -m dagster_ops_cli_tests.compat
	$(BIN)/pytest -q -m compat

faults: $(VENV)/.test $(VENV)/.proxy ## Write the tables of faults in docs/ anew
	FAULT_TABLES=1 $(BIN)/pytest -q dagster_ops_cli_tests/integration/test_faults.py \
		dagster_ops_cli_tests/integration/test_faults_at_work.py

fuzz: $(VENV)/.test ## Try 10,000 inputs of each kind
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -n 2 -q dagster_ops_cli_tests/test_properties.py dagster_ops_cli_tests/test_launch_model.py

chaos: $(VENV)/.test $(VENV)/.proxy ## Launch backfills twenty times on a real Dagster where nothing can be relied on
	OPS_CHAOS_ROUNDS=20 $(BIN)/pytest -s -q dagster_ops_cli_tests/integration/test_launch_chaos.py

lint: $(VENV)/.test ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.test ## Format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

record: $(VENV)/.test ## Record all scenarios anew from a real Dagster, and their snapshots
	$(BIN)/python -m dagster_ops_cli_tests.record
	$(BIN)/pytest -q dagster_ops_cli_tests/test_recordings.py --snapshot-update
	$(BIN)/python -m dagster_ops_cli_tests.readme

pictures: $(VENV)/.test ## Draw the pictures of the documents anew
	$(BIN)/python -m dagster_ops_cli_tests.pictures

lock: $(VENV)/.test $(VENV)/.uv ## Pin the newest versions in constraints.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --all-extras --no-annotate --no-header \
		--no-emit-package dagster-ops-cli --output-file constraints.txt pyproject.toml

clean: ## Remove what the other commands made
	rm -rf $(VENV) $(VENV)-highest $(VENV)-lowest-direct dist build *.egg-info .mypy_cache .pytest_cache .ruff_cache

# The tests put faults on the way to Dagster with mitmproxy, whose dependencies are not those of Dagster.
$(VENV)/.proxy: $(VENV)/.test
	$(PYTHON) -m venv $(VENV)/mitmproxy
	$(VENV)/mitmproxy/bin/python -m pip install --quiet --disable-pip-version-check mitmproxy==11.0.2
	touch $@

# The tests open HTML reports in a real browser.
$(VENV)/.chromium: $(VENV)/.test dagster_ops_cli_tests/install_chromium.sh
	sh dagster_ops_cli_tests/install_chromium.sh
	touch $@

$(VENV)/.uv: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	touch $@

# A stamp for each set of extras, made anew when what is to be installed has changed.
$(VENV)/.%: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'
	touch $@
