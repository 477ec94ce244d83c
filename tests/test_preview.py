"""Tests of pipeline/preview.py: the dry run."""

import json
from datetime import timedelta

import pytest

from pipeline.config import Config
from pipeline.preview import preview, preview_table
from tests.conftest import AS_OF


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for name, text in {"a.txt": "abc", "b.txt": "de", "c.JSONL": "{}", ".hidden": ""}.items():
        (source / name).write_text(text)
    return source


def config(folder, **settings):
    given = {"sources": (str(folder),), "output": str(folder / "out"), "as_of": AS_OF}
    return Config(**given | settings)


def test_files_are_counted_by_suffix(folder):
    assert preview(config(folder))["sources"] == [
        {
            "uri": str(folder),
            "kind": "folder",
            "files": 3,
            "bytes": 7,
            "suffixes": {".txt": 2, ".jsonl": 1},
        }
    ]


def test_nothing_is_fetched_and_no_secret_is_shown(folder):
    (source,) = preview(config(folder, sources=("https://me:pw@a.example/rss",)))["sources"]

    assert source == {"uri": "https://***@a.example/rss", "kind": "feed"}


def test_earlier_runs_are_those_before_its_time(folder):
    for days in (-1, 1, 3, 9):
        as_of = (AS_OF - timedelta(days=days)).isoformat()
        path = folder / "out" / "_runs" / f"r{days}" / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"run_id": f"r{days}", "as_of": as_of}))

    plan = preview(config(folder))

    assert (plan["earlier_runs"], plan["searched_for_copies"]) == (3, 2)


def test_nothing_is_written(folder):
    preview(config(folder))

    assert not (folder / "out").exists()


def test_table(folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    lines = preview_table(preview(config(folder, run_id="a/b"))).splitlines()

    assert lines == [
        "run           a/b, as of 2024-06-20T12:00:00+00:00",
        f"would read    {folder}: 3 files, 0.0 MB: .txt 2, .jsonl 1",
        f"would write   articles/, duplicates/ and rejects/run=a%2Fb below {folder / 'out'}",
        "earlier runs  0, 0 of them searched for copies",
        "done          nothing: this was a dry run",
    ]
