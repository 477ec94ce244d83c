"""Tests of transforms/revisions.py."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import AS_OF
from tests.records import an_article, digest
from transforms.records import Unchanged
from transforms.revisions import resolve_revisions
from transforms.schemas import KEPT, VERSIONS
from transforms.stage import write_staged


@pytest.fixture
def staged(tmp_path):
    def stage(*batches):
        return [write_staged(batch, str(tmp_path)) for batch in batches]

    return stage


@pytest.fixture
def known(tmp_path):
    def write(*versions):
        path = str(tmp_path / f"{len(versions)}.versions.parquet")
        rows = [
            {
                "article_id": digest(name),
                "content_hash": digest(text),
                "revision": revision,
                "story_id": story,
            }
            for name, text, revision, story in versions
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=VERSIONS), path)
        return path

    return write


def versions(resolved):
    """Return {(article, content): revision}, which no order of the input may change."""
    rows = resolved.kept.to_pylist()
    return {(row["article_id"], row["content_hash"]): row["revision"] for row in rows}


def test_new_items_are_first_revisions(staged):
    resolved = resolve_revisions(staged([an_article("a")], [an_article("b")]), [])
    assert resolved.kept.schema == KEPT
    assert set(resolved.kept["revision"].to_pylist()) == {1}
    assert set(resolved.kept["story_id"].to_pylist()) == {None}
    assert resolved.unchanged == Unchanged(0)


def test_the_same_version_counts_once_in_a_run(staged):
    files = staged([an_article("a")], [an_article("a"), an_article("b")])
    resolved = resolve_revisions(files, [])
    assert resolved.unchanged == Unchanged(1)
    assert sum(len(one.skip) for one in resolved.sketches) == 1
    assert len(versions(resolved)) == 2


def test_other_content_is_the_next_revision_in_the_order_of_reading(staged):
    rows = [an_article("a", f"text {n}", source_uri=f"/in/x.jsonl#{n}") for n in (9, 10, 2)]
    resolved = resolve_revisions(staged(rows[:1], rows[1:]), [])
    expected = {2: 1, 9: 2, 10: 3}
    assert versions(resolved) == {
        (digest("a"), digest(f"text {n}")): revision for n, revision in expected.items()
    }


def test_event_time_orders_revisions_before_the_place(staged):
    late = an_article("a", "late", source_uri="/in/x.jsonl#1")
    early = an_article("a", "early", source_uri="/in/x.jsonl#2", event_at=AS_OF - timedelta(days=5))
    found = versions(resolve_revisions(staged([late, early]), []))
    assert found == {(digest("a"), digest("early")): 1, (digest("a"), digest("late")): 2}


def test_what_an_earlier_run_published_is_unchanged_or_revised(staged, known):
    path = known(("a", "one", 1, "s"), ("a", "two", 2, "s"), ("z", "zzz", 5, "z"))
    files = staged([an_article("a", "one"), an_article("a", "three"), an_article("b")])
    resolved = resolve_revisions(files, [path])
    assert resolved.unchanged == Unchanged(1)
    rows = {row["article_id"]: row for row in resolved.kept.to_pylist()}
    assert (rows[digest("a")]["revision"], rows[digest("a")]["story_id"]) == (3, "s")
    assert (rows[digest("b")]["revision"], rows[digest("b")]["story_id"]) == (1, None)


def test_the_split_into_files_changes_nothing(staged):
    articles = [
        an_article(f"{n % 7}", f"text {n % 5}", source_uri=f"/in/x.jsonl#{n}") for n in range(40)
    ]
    one, many = staged(articles), staged(*([article] for article in reversed(articles)))
    assert versions(resolve_revisions(one, [])) == versions(resolve_revisions(many, []))


def test_a_guid_that_is_a_very_long_number_is_no_trouble(staged):
    article = an_article("a", source_uri=f"https://a.example/feed#{'9' * 400}")
    assert resolve_revisions(staged([article]), []).kept.num_rows == 1


def test_nothing_staged_is_nothing_kept():
    assert resolve_revisions([], []).kept.num_rows == 0
