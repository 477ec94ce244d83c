"""Tests of transforms/verdicts.py."""

import pyarrow as pa

from tests.records import an_article, digest
from transforms.revisions import resolve_revisions
from transforms.schemas import DECIDED, VERDICTS
from transforms.stage import write_staged
from transforms.verdicts import apply_verdicts


def decide(tmp_path, names, verdicts):
    kept = resolve_revisions([write_staged([an_article(n) for n in names], str(tmp_path))], []).kept
    rows = apply_verdicts(kept, verdicts)
    assert rows.schema == DECIDED
    return {row["article_id"]: row for row in rows.to_pylist()}


def test_a_row_without_a_verdict_is_an_original_of_its_own_story(tmp_path):
    rows = decide(tmp_path, "a", [])
    row = rows[digest("a")]
    assert (row["story_id"], row["duplicate_of"], row["reuse"]) == (digest("a"), None, "original")
    assert (row["reuse_of"], row["copies"]) == ([], 0)


def test_a_verdict_finds_its_row_whatever_the_order(tmp_path):
    link = {"article_id": digest("a"), "kind": "near", "coverage": 0.5, "coverage_other": 1.0}
    copy = {
        "article_id": digest("b"),
        "content_hash": digest("b"),
        "story_id": digest("a"),
        "duplicate_of": digest("a"),
        "reuse": "near",
        "reuse_of": [link],
        "copies": 0,
    }
    first = copy | {
        "article_id": digest("a"),
        "content_hash": digest("a"),
        "duplicate_of": None,
        "reuse": "original",
        "reuse_of": [],
        "copies": 1,
    }
    tables = [pa.Table.from_pylist([row], schema=VERDICTS) for row in (copy, first)]
    rows = decide(tmp_path, "abc", tables)
    assert rows[digest("b")]["duplicate_of"] == digest("a")
    assert rows[digest("b")]["reuse_of"] == [link]
    assert rows[digest("a")]["copies"] == 1
    assert rows[digest("c")]["reuse"] == "original"


def test_a_revision_stays_in_the_story_of_its_item_unless_it_joins_another(tmp_path):
    kept = resolve_revisions([write_staged([an_article("a")], str(tmp_path))], []).kept
    index = kept.schema.get_field_index("story_id")
    kept = kept.set_column(index, kept.schema.field(index), pa.array(["earlier"]))
    assert apply_verdicts(kept, [])["story_id"].to_pylist() == ["earlier"]
