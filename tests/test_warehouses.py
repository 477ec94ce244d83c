"""Tests of docs/warehouses.md: what it says was run is run here, over the seeds."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.config import Config
from pipeline.run import run
from tests.conftest import ROOT, SEEDS

PAGE = (ROOT / "docs/warehouses.md").read_text("utf-8")
RUN, NOT_RUN = PAGE.split("## Run by a test")[1].split("## Not executed")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Publish the seeds; return the folder and the manifest's counts."""
    output = str(tmp_path_factory.mktemp("warehouse") / "out")
    as_of = datetime(2025, 1, 15, 6, tzinfo=UTC)
    manifest = run(Config(sources=(str(SEEDS),), output=output, as_of=as_of, run_id="seeds"))
    return output, manifest["counts"]


def blocks(engine: str, folder: str) -> list[str]:
    """Return the code blocks of an engine's section, with the folder put in."""
    (section,) = re.findall(rf"^### {engine}\n(.+?)(?=^###? |\Z)", RUN, re.S | re.M)
    return [
        block.replace("DIR", folder) for block in re.findall(r"```\w*\n(.+?)```", section, re.S)
    ]


def test_duckdb(published):
    duckdb = pytest.importorskip("duckdb", reason="the extra `query` is not installed")
    folder, counts = published
    ask, load = blocks("DuckDB", folder)
    database = duckdb.connect()

    rows = database.sql(ask).fetchall()
    database.execute(load)
    database.execute(load)

    assert sum(articles for _, _, articles, _ in rows) == counts["articles"]
    assert sum(copies for *_, copies in rows) == counts["duplicates"]
    assert all(isinstance(day, date) for day, *_ in rows)
    assert database.sql("SELECT count(*) FROM articles").fetchall() == [(counts["articles"],)]


CLICKHOUSE = """
import json
from chdb.session import Session
ask, *load = json.loads(input())
database = Session()
def rows(statement):
    return [json.loads(line) for line in str(database.query(statement, "JSONEachRow")).splitlines()]
found = rows(ask)
for statement in load * 2:
    database.query(statement)
loaded = "SELECT language, count() AS articles FROM articles GROUP BY 1"
names = "SELECT sum(length(entities)) AS entities FROM articles"
print(json.dumps([found, rows(loaded), rows(names)]))
"""


def test_clickhouse(published):
    python = ROOT / ".venv/clickhouse/bin/python"
    if not python.exists():
        pytest.skip("chDB is not installed: make test-deploy")
    folder, counts = published
    ask, load = blocks("ClickHouse", folder)
    statements = json.dumps([ask, *(one for one in load.split(";") if one.strip())])

    done = subprocess.run(
        [python, "-c", CLICKHOUSE], input=statements, text=True, check=True, capture_output=True
    )

    found, loaded, (entities,) = json.loads(done.stdout)
    assert sum(int(row["articles"]) for row in found) == counts["articles"]
    assert sum(int(row["copies"]) for row in found) == counts["duplicates"]
    assert {row["language"]: int(row["articles"]) for row in loaded} == counts["languages"]
    assert int(entities["entities"]) == sum(counts["entities_by_label"].values())


@pytest.mark.parametrize("engine", ["pyarrow", "polars"])
def test_python(engine, published):
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    folder, counts = published
    (block,) = blocks(engine, folder)
    found = {}

    exec(block, found)

    articles = found["articles"]
    assert len(articles) == counts["articles"]
    assert Counter(map(str, articles["lang"])) == counts["languages"]


SPARK = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
{block}
counts = {{row["lang"]: row["count"] for row in articles.groupBy("lang").count().collect()}}
with open("found.json", "w") as file:
    json.dump([counts, articles.schema["date"].dataType.typeName()], file)
"""


def test_spark(published, tmp_path):
    python = ROOT / ".venv/spark/bin/python"
    if not (python.exists() and shutil.which("java")):
        pytest.skip("pyspark is not installed: make test-deploy; Java 17 is needed")
    folder, counts = published
    (block,) = blocks("Spark", folder)
    program = "import json\n" + SPARK.format(block=block)

    subprocess.run(
        [python, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
        check=True,
        capture_output=True,
    )

    assert json.loads((tmp_path / "found.json").read_text()) == [counts["languages"], "date"]


@pytest.fixture
def psql():
    """Run PostgreSQL in a folder of its own, behind a socket there; give a psql for it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not (found and shutil.which("psql")):
        pytest.skip("no PostgreSQL server is installed")
    with tempfile.TemporaryDirectory(prefix="wirefold-pg-") as folder:
        owner: list[str] = []
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres")
            owner = ["runuser", "-u", "postgres", "--"]
        control = [*owner, str(found[-1]), "-D", f"{folder}/data", "-s", "-w"]
        start = ["-o", f"-k {folder} -c listen_addresses=", "-l", f"{folder}/log", "start"]
        subprocess.run([*control, "-o", "-A trust -U postgres", "initdb"], check=True, cwd=folder)
        subprocess.run([*control, *start], check=True, cwd=folder)
        try:
            yield ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres"]
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], check=True, cwd=folder)


def test_postgresql(published, psql, tmp_path, capfdbinary):
    pytest.importorskip("duckdb", reason="the extra `query` is not installed")
    folder, counts = published
    export, load = blocks("PostgreSQL", folder)
    table = tmp_path / "EXPORT.csv"

    assert main(shlex.split(export)[1:]) == 0
    table.write_bytes(capfdbinary.readouterr().out)
    for _ in range(2):
        subprocess.run(psql, input=load.encode(), cwd=tmp_path, check=True)
    question = "SELECT language, count(*) FROM articles GROUP BY 1 ORDER BY 1"
    answer = subprocess.run([*psql, "-c", question], capture_output=True, text=True, check=True)

    found = dict(line.split("|") for line in answer.stdout.split())
    assert {name: int(number) for name, number in found.items()} == counts["languages"]


def test_iceberg(published, tmp_path, capsys):
    pytest.importorskip("pyiceberg", reason="the extra `iceberg` is not installed")
    folder, counts = published
    call, read = (
        block.replace("CATALOG", f"{tmp_path}/news.db") for block in blocks("Iceberg", folder)
    )
    found = {}

    assert main(call.split()[1:]) == 0
    assert main(call.split()[1:]) == 0
    exec(read, found)

    assert capsys.readouterr().out.endswith("all published files were registered already\n")
    assert Counter(found["articles"]["language"].to_pylist()) == counts["languages"]
    assert (
        len(found["catalog"].load_table("wirefold.duplicates").scan().to_arrow())
        == (counts["duplicates"])
    )


def test_all_that_a_test_runs_is_told_apart_from_what_none_has():
    assert re.findall(r"^### (.+)$", RUN, re.M) == [
        "DuckDB",
        "ClickHouse",
        "pyarrow",
        "polars",
        "Spark",
        "PostgreSQL",
        "Iceberg",
    ]
    assert "Nobody has run them" in NOT_RUN
