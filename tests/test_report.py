"""Tests of pipeline/report.py."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipeline.report import sources_failed, summary

MANIFEST = {
    "run_id": "20240620T120000Z",
    "as_of": "2024-06-20T12:00:00+00:00",
    "runner": "FnApiRunner",
    "counts": {
        "read": 1234,
        "articles": 1200,
        "duplicates": 20,
        "unchanged": 4,
        "rejects": 10,
        "rejects_by_reason": {"empty": 2, "bad_json": 5, "binary": 3},
        "languages": {f"l{n:02}": n for n in range(1, 15)},
        "entities_by_label": {"PER": 9},
        "stories": 1190,
    },
    "sources": [
        {"uri": "/in", "kind": "folder", "status": "partial", "items": 1234, "new": 1220},
        {
            "uri": "https://me:pw@a.example/rss",
            "kind": "feed",
            "status": "failed",
            "items": 1,
            "new": 0,
        },
    ],
    "files": [
        {"table": "articles", "path": "articles/x", "rows": 1200, "bytes": 1_500_000, "sha256": "0"}
    ],
    "seconds": {"pipeline": 9.0, "DetectLanguage": 3.21, "FoldWireCopy": 1.0},
    "highlights": {
        "stories": [
            {"article_id": "a", "title": "A bridge [b]\x1b[1m", "source": "ansa", "copies": 12}
        ],
        "entities": [{"name": "Kim", "label": "PER", "articles": 5}],
    },
}


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_table_of_a_run():
    assert summary(MANIFEST, "out") == "\n".join(
        [
            "run           20240620T120000Z, as of 2024-06-20T12:00:00+00:00, FnApiRunner",
            "read          1,234",
            "articles      1,200",
            "duplicates    20",
            "unchanged     4",
            "rejects       10: bad_json 5, binary 3, empty 2",
            "stories       1,190",
            "languages     l14 14, l13 13, l12 12, l11 11, l10 10, l09 9, l08 8, l07 7, l06",
            "              6, l05 5, l04 4, l03 3 and 2 more",
            "copied most   12 × A bridge [b]\\x1b[1m (ansa)",
            "names         Kim (PER) 5",
            "slowest step  DetectLanguage, 3.2 s",
            "not read      https://***@a.example/rss",
            "files         1 (1.5 MB) below out",
            'next          wirefold query out "SELECT title, copies FROM articles ORDER BY',
            '              copies DESC"',
        ]
    )


def test_hint_is_what_a_person_would_type():
    last = summary(MANIFEST, "my out", "python -m pipeline").splitlines()[-2:]

    assert last[0].startswith("next          python -m pipeline query 'my out' \"SELECT title")


def test_run_without_anything():
    manifest = copy.deepcopy(MANIFEST) | {"sources": [], "files": [], "seconds": {}}
    del manifest["highlights"]
    numbers = dict.fromkeys(
        ("read", "articles", "duplicates", "unchanged", "rejects", "stories"), 0
    )
    manifest["counts"] = numbers | {"rejects_by_reason": {}, "languages": {}}

    lines = summary(manifest, "out").splitlines()

    assert "rejects     0" in lines
    assert "languages   none" in lines
    assert not [line for line in lines if line.startswith(("copied most", "slowest", "not read"))]


@given(width=st.integers(40, 200))
def test_no_line_is_wider_than_the_terminal(width):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        lines = summary(MANIFEST, "out").splitlines()

    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("source", "failed"),
    [
        ({"kind": "feed", "uri": "https://a.example", "status": "failed"}, True),
        ({"kind": "page", "uri": "https://a.example", "status": "failed"}, True),
        ({"kind": "glob", "uri": "gs://bucket/*", "status": "failed"}, True),
        ({"kind": "feed", "uri": "https://a.example", "status": "partial"}, False),
        ({"kind": "feed", "uri": "https://a.example", "status": "not_modified"}, False),
        ({"kind": "file", "uri": "/in/broken.json", "status": "failed"}, False),
        ({"kind": "folder", "uri": "/in", "status": "partial"}, False),
    ],
)
def test_only_feeds_pages_and_remote_sources_can_fail_a_run(source, failed):
    assert sources_failed({"sources": [source]}) == ([source["uri"]] if failed else [])
