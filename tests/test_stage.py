"""Tests of transforms/stage.py."""

from datetime import timedelta

from apache_beam import Create
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline

from tests.conftest import AS_OF, counters
from tests.records import an_article
from transforms.records import Entity, Mention, ReuseLink
from transforms.rows import read_columns
from transforms.schemas import ARTICLES, SKETCHES
from transforms.stage import Stage, articles_table, write_staged

KIM = Entity(
    name="Kim", label="PER", country=None, count=1, mentions=(Mention(text="Kim", start=0, end=3),)
)
LINK = ReuseLink(article_id="x", kind="partial", coverage=0.25, coverage_other=0.5)


def test_a_row_says_what_the_article_says():
    article = an_article("a", authors=("A", "B"), entities=(KIM,), reuse_of=(LINK,))
    (row,) = articles_table([article]).to_pylist()
    assert list(row) == ARTICLES.names
    assert row["authors"] == ["A", "B"]
    assert row["entities"] == [
        {
            "name": "Kim",
            "label": "PER",
            "country": None,
            "count": 1,
            "mentions": [{"text": "Kim", "start": 0, "end": 3}],
        }
    ]
    assert row["reuse_of"] == [
        {"article_id": "x", "kind": "partial", "coverage": 0.25, "coverage_other": 0.5}
    ]


def test_rows_rest_by_date_language_time_and_id_with_their_sketches_beside_them(tmp_path):
    late, early = AS_OF, AS_OF - timedelta(hours=2)
    articles = [
        an_article("c", event_at=late, language="it"),
        an_article("b", event_at=late, language="en"),
        an_article("a", event_at=early, language="it"),
        an_article("d", event_at=early - timedelta(days=3), language="it"),
    ]
    staged = write_staged(articles, str(tmp_path))
    assert staged.rows == 4
    assert read_columns(staged.articles, ["text"])["text"].to_pylist() == ["d", "b", "a", "c"]
    sketches = read_columns(staged.sketches, SKETCHES.names)
    assert sketches["article_id"] == read_columns(staged.articles, ["article_id"])["article_id"]
    assert sketches["length"].to_pylist() == [1, 1, 1, 1]


def test_every_article_of_a_bundle_is_put_to_rest(tmp_path):
    pipeline = BeamPipeline()
    pipeline | Create([an_article(str(n)) for n in range(10)]) | Stage(str(tmp_path))
    result = pipeline.run()
    rows = [
        read_columns(str(path), ["article_id"]).num_rows for path in tmp_path.glob("*.articles.*")
    ]
    assert sum(rows) == 10
    assert counters(result)["articles"] == 10
