"""Tests of pipeline/verify.py: each kind of damage is named."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.output import OutputFolder, write_json
from pipeline.run import run
from pipeline.verify import verify
from tests.test_run import config, row, story, write_rows


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    home = tmp_path_factory.mktemp("verify")
    write_rows(home / "in.jsonl", [row("a", story(1)), row("b", story(2))])
    run(config(home / "in.jsonl", home / "out"))
    return home / "out"


@pytest.fixture
def published(once, tmp_path):
    return Path(shutil.copytree(once, tmp_path / "out"))


def only_file(published) -> Path:
    (path,) = published.glob("articles/**/*.parquet")
    return path


def change(published, edit):
    path = OutputFolder(str(published)).manifest("r1")
    manifest = json.loads(Path(path).read_text())
    edit(manifest)
    write_json(path, manifest)


def test_what_was_just_published_is_well(published):
    assert verify(str(published)) == []


def test_a_missing_file(published):
    only_file(published).unlink()
    assert [p for p in verify(str(published)) if p.endswith("is missing")]


def test_a_changed_byte(published):
    data = bytearray(only_file(published).read_bytes())
    data[100] ^= 1
    only_file(published).write_bytes(data)
    assert "its content is not what was published" in verify(str(published))[0]


def test_a_file_that_no_manifest_names(published):
    (only_file(published).parent / "part-x.parquet").write_bytes(b"x")
    (problem,) = verify(str(published))
    assert problem.endswith("part-x.parquet: no manifest names it")


def test_counts_that_do_not_add_up(published):
    change(published, lambda manifest: manifest["counts"].update(read=9))
    assert verify(str(published)) == ["run r1: read 9 items, but tells of 2"]


def test_rows_that_differ_from_the_manifest(published):
    change(published, lambda manifest: manifest["files"][0].update(rows=7))
    problems = verify(str(published))
    assert "run r1: counts 2 articles, but its files hold 7" in problems
    assert [p for p in problems if p.endswith("holds 2 rows, not 7")]


def test_links_to_what_is_not_published(published):
    """As after a re-run of an earlier run with other input."""
    path = only_file(published)
    table = pq.ParquetFile(path).read()
    rows = table.to_pylist()
    link = {"article_id": "gone", "kind": "near", "coverage": 1.0, "coverage_other": 1.0}
    rows[0] |= {"story_id": "gone", "reuse_of": [link]}
    pq.write_table(table.from_pylist(rows, schema=table.schema), path)
    problems = verify(str(published))
    wanted = rows[0]["article_id"]
    assert f"story_id of {wanted} points to gone, which is not published" in problems
    assert f"reuse_of of {wanted} points to gone, which is not published" in problems
