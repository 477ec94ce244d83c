"""Tests of pipeline/iceberg.py with Iceberg's own REST catalog, a server of Java's on loopback."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from pipeline.__main__ import main
from pipeline.errors import BadUsage, RunFailed
from tests.conftest import AS_OF, ROOT
from tests.loopback import free_port, listens
from tests.outputs import a_copy, a_reject, a_row, publish

pytest.importorskip("pyiceberg", reason="the extra `iceberg` is not installed")

from pyiceberg.catalog import load_catalog

from pipeline.iceberg import Registered, _commit, register

JAR = ROOT / ".venv/java/iceberg-open-api-1.10.0.jar"
NEXT_DAY = AS_OF + timedelta(days=1)
START_SECONDS = 120

pytestmark = pytest.mark.skipif(
    not (JAR.exists() and shutil.which("java")),
    reason="no REST catalog of Iceberg's: `make test-deploy` asks Maven for it; Java is needed",
)


@contextmanager
def rest_catalog(folder) -> Iterator[tuple[str, subprocess.Popen]]:
    """Serve a catalog that keeps what it knows in a folder; give its URI and its process."""
    port = free_port()
    settings = {
        "CATALOG_REST_PORT": str(port),
        "CATALOG_URI": f"jdbc:sqlite:{folder}/catalog.db",
        "CATALOG_WAREHOUSE": f"file://{folder}/warehouse",
    }
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(
            ["java", "-jar", JAR], env=os.environ | settings, stdout=log, stderr=log
        ) as process,
    ):
        try:
            end = time.monotonic() + START_SECONDS
            while not listens(port):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, "it did not start"
                time.sleep(0.1)
            yield f"http://localhost:{port}", process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    with rest_catalog(tmp_path_factory.mktemp("catalog")) as (uri, _):
        yield uri


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "out"
    rows = [a_row("uno"), a_row("eins", language="de"), a_row("due", event_at=NEXT_DAY)]
    publish(root, rows, [a_copy("tre", "uno")], [a_reject("empty")])
    return root


def opened(uri: str, name: str):
    """Open a table as any other program would: it knows the catalog's URI."""
    return load_catalog("anything", uri=uri).load_table(name)


def titles(uri: str, name: str) -> list[str]:
    return sorted(opened(uri, name).scan().to_arrow()["title"].to_pylist())


def test_command_registers_what_was_published_and_then_has_nothing_to_do(uri, root, capsys):
    command = ["iceberg", str(root), "--catalog", uri, "--namespace", "command"]

    assert main(command) == 0
    told = capsys.readouterr().out
    assert main(command) == 0

    assert [line.split() for line in told.splitlines()[2:]] == [
        ["articles", "r1", "3", "0"],
        ["duplicates", "r1", "1", "0"],
        ["rejects", "r1", "1", "0"],
    ]
    assert capsys.readouterr().out == "all published files were registered already\n"
    assert titles(uri, "command.articles") == ["due", "eins", "uno"]
    assert titles(uri, "command.duplicates") == ["tre"]
    table = opened(uri, "command.articles")
    assert table.current_snapshot().summary["wirefold.run-id"] == "r1"
    assert [str(field.transform) for field in table.spec().fields] == ["day", "identity"]


def test_files_of_a_re_run_replace_those_before_in_one_snapshot(uri, root):
    register(str(root), uri, "again")
    shutil.rmtree(root / "articles/date=2024-06-21")
    shutil.rmtree(root / "articles/date=2024-06-20/lang=de")
    publish(root, [a_row("uno"), a_row("quattro", language="fr")])

    assert register(str(root), uri, "again") == [
        Registered("articles", "r1", 1, 2),
        Registered("duplicates", "r1", 0, 1),
        Registered("rejects", "r1", 0, 1),
    ]

    assert titles(uri, "again.articles") == ["quattro", "uno"]
    assert titles(uri, "again.duplicates") == []
    assert len(opened(uri, "again.articles").snapshots()) == 2


def test_table_with_another_schema_is_refused_and_named(uri, root):
    register(str(root), uri, "schema")
    with opened(uri, "schema.articles").update_schema() as update:
        update.delete_column("copies")

    with pytest.raises(BadUsage, match=r"schema\.articles has another schema: column 21, copies"):
        register(str(root), uri, "schema")


def test_other_writer_that_came_first_is_told_and_no_file_is_twice(uri, root):
    register(str(root), uri, "both")
    one, other = opened(uri, "both.articles"), opened(uri, "both.articles")
    (file,) = publish(root, [a_row("zwei", run_id="r2")], run_id="r2")["files"]
    _commit(one, [str(root / file["path"])], [], {})

    with pytest.raises(RunFailed, match="articles was changed by another writer: run this again"):
        _commit(other, [str(root / file["path"])], [], {})

    assert titles(uri, "both.articles") == ["due", "eins", "uno", "zwei"]


def test_catalog_that_goes_away_fails_the_command_and_the_next_call_is_right(root, tmp_path):
    with rest_catalog(tmp_path) as (uri, process):
        register(str(root), uri, "gone")
        table = opened(uri, "gone.articles")
        (file,) = publish(root, [a_row("zwei", run_id="r2")], run_id="r2")["files"]
        process.terminate()
        process.wait()
        with pytest.raises(RunFailed, match=r"gone\.articles: the catalog failed: .*; run this"):
            _commit(table, [str(root / file["path"])], [], {})

    with rest_catalog(tmp_path) as (uri, _):
        assert register(str(root), uri, "gone") == [Registered("articles", "r2", 1, 0)]
        assert titles(uri, "gone.articles") == ["due", "eins", "uno", "zwei"]
