"""Tests of pipeline/iceberg.py: real tables in a real SQLite catalog."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import BadUsage, RunFailed
from tests.conftest import AS_OF, ROOT
from tests.outputs import a_copy, a_reject, a_row, publish
from transforms.schemas import ARTICLES

pytest.importorskip("pyiceberg", reason="the extra `iceberg` is not installed")

from pyiceberg.catalog import load_catalog
from pyiceberg.expressions import EqualTo

from pipeline.iceberg import Registered, _commit, _held, register

NEXT_DAY = AS_OF + timedelta(days=1)


@pytest.fixture
def place(tmp_path):
    """Return an output folder with a run of all tables, and the URI of a catalog."""
    root = tmp_path / "out"
    rows = [a_row("uno"), a_row("eins", language="de"), a_row("due", event_at=NEXT_DAY)]
    publish(root, rows, [a_copy("tre", "uno")], [a_reject("empty")])
    return root, f"sqlite:///{tmp_path}/news.db"


def opened(uri: str, name: str):
    """Open a table as any other program would: it knows the catalog's URI and name."""
    return load_catalog("default", uri=uri).load_table(name)


def titles(uri: str, name: str = "wirefold.articles", **scan) -> list[str]:
    return sorted(opened(uri, name).scan(**scan).to_arrow()["title"].to_pylist())


def test_every_table_is_registered_where_its_files_lie(place):
    root, uri = place

    done = register(str(root), uri, "wirefold")

    assert done == [
        Registered("articles", "r1", 3, 0),
        Registered("duplicates", "r1", 1, 0),
        Registered("rejects", "r1", 1, 0),
    ]
    assert titles(uri) == ["due", "eins", "uno"]
    assert titles(uri, "wirefold.duplicates") == ["tre"]
    table = opened(uri, "wirefold.articles")
    assert all(
        task.file.file_path.startswith(f"{root}/articles/date=")
        for task in table.scan().plan_files()
    )
    summary = table.current_snapshot().summary
    assert summary["wirefold.run-id"] == "r1"
    assert summary["wirefold.as-of"] == AS_OF.isoformat()
    assert opened(uri, "wirefold.rejects").scan().to_arrow()["reason"].to_pylist() == ["empty"]


def test_tables_have_the_columns_of_the_contract_and_the_partitions_of_the_folders(place):
    root, uri = place
    register(str(root), uri, "wirefold")

    table = opened(uri, "wirefold.articles")

    assert [field.name for field in table.schema().fields] == ARTICLES.names
    assert [field.name for field in table.schema().fields if field.required] == [
        field.name for field in ARTICLES if not field.nullable
    ]
    assert [str(field.transform) for field in table.spec().fields] == ["day", "identity"]
    (only,) = table.scan(row_filter=EqualTo("language", "de")).plan_files()
    assert "lang=de" in only.file.file_path


@pytest.mark.parametrize("name", ["articles", "duplicates", "rejects"])
def test_properties_speak_of_columns_that_the_table_has(name, place):
    root, uri = place
    register(str(root), uri, "wirefold")

    table = opened(uri, f"wirefold.{name}")

    mode = "write.metadata.metrics.column."
    named = {key.removeprefix(mode) for key in table.properties if key.startswith(mode)}
    assert "run_id" in named
    assert named <= set(table.schema().column_names)


def test_run_that_is_registered_changes_nothing(place):
    root, uri = place
    register(str(root), uri, "wirefold")
    before = opened(uri, "wirefold.articles").metadata_location

    assert register(str(root), uri, "wirefold") == []

    assert opened(uri, "wirefold.articles").metadata_location == before


def test_new_run_is_one_snapshot_more(place):
    root, uri = place
    register(str(root), uri, "wirefold")
    publish(root, [a_row("zwei", run_id="r2")], run_id="r2", as_of=NEXT_DAY.isoformat())

    assert register(str(root), uri, "wirefold") == [Registered("articles", "r2", 1, 0)]

    assert titles(uri) == ["due", "eins", "uno", "zwei"]
    assert len(opened(uri, "wirefold.articles").snapshots()) == 2


def test_files_of_a_re_run_replace_those_before_in_one_snapshot(place):
    root, uri = place
    publish(root, [a_row("zwei", run_id="r2")], run_id="r2", as_of=NEXT_DAY.isoformat())
    register(str(root), uri, "wirefold")
    shutil.rmtree(root / "articles/date=2024-06-21")
    shutil.rmtree(root / "articles/date=2024-06-20/lang=de")
    publish(root, [a_row("uno"), a_row("quattro", language="fr")])

    assert register(str(root), uri, "wirefold") == [
        Registered("articles", "r1", 1, 2),
        Registered("duplicates", "r1", 0, 1),
        Registered("rejects", "r1", 0, 1),
    ]

    assert titles(uri) == ["quattro", "uno", "zwei"]
    assert titles(uri, "wirefold.duplicates") == []
    assert len(opened(uri, "wirefold.articles").snapshots()) == 3


def test_old_snapshot_still_tells_what_was_registered_then(place):
    root, uri = place
    register(str(root), uri, "wirefold")
    publish(root, [a_row("zwei", run_id="r2")], run_id="r2", as_of=NEXT_DAY.isoformat())
    register(str(root), uri, "wirefold")

    first = opened(uri, "wirefold.articles").snapshots()[0].snapshot_id

    assert titles(uri, snapshot_id=first) == ["due", "eins", "uno"]


def test_folders_without_languages_make_tables_by_day(tmp_path):
    root, uri = tmp_path / "out", f"sqlite:///{tmp_path}/news.db"
    manifest = publish(root, [a_row("uno")])
    (file,) = manifest["files"]
    flat = root / "articles/date=2024-06-20/part-0.parquet"
    os.rename(root / file["path"], flat)
    publish(root, files=[file | {"path": str(flat.relative_to(root))}])

    register(str(root), uri, "wirefold")

    (key,) = opened(uri, "wirefold.articles").spec().fields
    assert str(key.transform) == "day"
    assert titles(uri) == ["uno"]


def test_namespace_may_be_another(place):
    root, uri = place

    register(str(root), uri, "press")

    assert titles(uri, "press.articles") == ["due", "eins", "uno"]


def test_metadata_lies_in_the_warehouse_that_was_named(place, tmp_path):
    root, uri = place

    register(str(root), uri, "wirefold", str(tmp_path / "warehouse"))

    assert list((tmp_path / "warehouse").rglob("*.metadata.json"))
    assert not (tmp_path / "wirefold").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda schema: schema.remove(24), "column 25, run_id, is missing"),
        (
            lambda schema: schema.set(20, pa.field("copies", pa.int64(), nullable=False)),
            "copies is required long, not required int",
        ),
        (
            lambda schema: schema.append(pa.field("desk", pa.string(), nullable=False)),
            "desk is required and is none of ours",
        ),
    ],
)
def test_table_with_another_schema_is_refused_and_named(change, told, place):
    root, uri = place
    catalog = load_catalog("default", uri=uri, warehouse=str(root.parent))
    catalog.create_namespace("wirefold")
    catalog.create_table("wirefold.articles", change(ARTICLES))

    with pytest.raises(BadUsage, match=f"wirefold.articles has another schema: {told}"):
        register(str(root), uri, "wirefold")


def test_folder_that_was_moved_is_refused(place):
    root, uri = place
    register(str(root), uri, "wirefold")
    moved = root.with_name("moved")
    root.rename(moved)

    with pytest.raises(BadUsage, match=f"which is not below {moved}: choose another --namespace"):
        register(str(moved), uri, "wirefold")


def test_file_that_does_not_fit_the_partitions_is_named_and_nothing_is_changed(place):
    root, uri = place
    register(str(root), uri, "wirefold")
    manifest = publish(root, [a_row("a", run_id="r2"), a_row("b", run_id="r2")], run_id="r2")
    path = root / manifest["files"][0]["path"]
    rows = [a_row("a", run_id="r2"), a_row("b", run_id="r2", language="sv")]
    pa.parquet.write_table(pa.Table.from_pylist(rows, ARTICLES), path)

    with pytest.raises(BadUsage, match=f"{path} does not fit wirefold.articles: Cannot infer"):
        register(str(root), uri, "wirefold")

    assert titles(uri) == ["due", "eins", "uno"]


@pytest.mark.parametrize(
    ("catalog", "told"),
    [
        ("nobody", "'nobody': URI missing"),
        ("ftp://here", "'ftp://here': Could not infer the catalog type"),
        ("sqlite:////no/such/folder/news.db", "unable to open database file"),
        ("sqlite://", "a catalog in memory is gone at the end of the command: name a file"),
        ("http://127.0.0.1:9", "Connection refused"),
    ],
)
def test_catalog_that_does_not_answer_is_named(catalog, told, place):
    with pytest.raises(BadUsage, match=f"^--catalog .*{told}"):
        register(str(place[0]), catalog, "wirefold")


def test_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(BadUsage, match="no run has published anything here"):
        register(str(tmp_path), f"sqlite:///{tmp_path}/news.db", "wirefold")


@pytest.mark.parametrize("removes", [False, True])
def test_other_writer_that_came_first_is_told_and_no_file_is_twice(removes, place):
    root, uri = place
    register(str(root), uri, "wirefold")
    one, other = opened(uri, "wirefold.articles"), opened(uri, "wirefold.articles")
    (file,) = publish(root, [a_row("zwei", run_id="r2")], run_id="r2")["files"]
    added = [] if removes else [str(root / file["path"])]
    removed = list(_held(one)["r1"].values()) if removes else []
    _commit(one, added, removed, {})

    with pytest.raises(RunFailed, match="articles was changed by another writer: run this again"):
        _commit(other, added, removed, {})

    assert titles(uri) == ([] if removes else ["due", "eins", "uno", "zwei"])


def test_command_says_what_was_done(place):
    root, uri = place
    command = [sys.executable, "-m", "pipeline", "iceberg", str(root), "--catalog", uri]

    first, second = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(2)
    )

    assert [line.split() for line in first.stdout.splitlines()[2:]] == [
        ["articles", "r1", "3", "0"],
        ["duplicates", "r1", "1", "0"],
        ["rejects", "r1", "1", "0"],
    ]
    assert second.stdout == "all published files were registered already\n"
    assert first.stderr == second.stderr == ""
    assert sorted(path.name for path in Path(root.parent).iterdir()) == [
        "news.db",
        "out",
        "wirefold",
    ]
