"""Tests of transforms/entities/__init__.py."""

from dataclasses import replace

import pytest
from apache_beam import Create
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.conftest import AS_OF, counters
from transforms.entities import (
    BATCH_ARTICLES,
    ExtractEntities,
    engine_factory,
    extract_entities,
    load_engine,
)
from transforms.records import Article

TEXT = "Vladimir Putin è arrivato a Pyongyang."


def article(text: str = TEXT, number: int = 0) -> Article:
    return Article(
        article_id=str(number),
        source="s",
        source_uri="s",
        text=text,
        language="it",
        event_at=AS_OF,
        content_hash="h",
    )


@pytest.mark.parametrize("name", ["builtin", "none"])
class TestEveryEngine:
    """The contract: engines find what stands in the text, in order, never twice."""

    @pytest.mark.parametrize(
        "text", ["", " ", "\0", "x" * 100_000, "ROMA", "שלום", "\ud800", "👩‍👩‍👧 Anna"]
    )
    def test_mentions_stand_where_they_say(self, name, text):
        (found,) = extract_entities([article(text)], load_engine(name))
        for entity in found.entities:
            assert entity.count == len(entity.mentions) > 0
            assert all(text[m.start : m.end] == m.text for m in entity.mentions)

    def test_no_articles_give_none(self, name):
        assert extract_entities([], load_engine(name)) == []


def test_none_finds_nothing():
    assert extract_entities([article()], load_engine("none")) == [article()]


@pytest.mark.parametrize("name", ["", "Builtin", "spacy", "spacy:", "builtin:x", "stanza:it"])
def test_unknown_engine_is_refused_when_the_pipeline_is_built(name):
    with pytest.raises(ValueError, match="known: builtin, none, spacy:MODEL"):
        ExtractEntities(name)


def test_spacy_is_not_imported_before_a_worker_needs_it():
    assert engine_factory("spacy:no_such_model")


def test_every_article_comes_out_once_whatever_the_batches():
    articles = [article(number=n) for n in range(2 * BATCH_ARTICLES + 5)]
    expected = extract_entities([article()], load_engine("builtin"))[0].entities
    pipeline = BeamPipeline()
    found = pipeline | Create(articles) | ExtractEntities()
    assert_that(found, equal_to([replace(a, entities=expected) for a in articles]))
    result = pipeline.run()
    result.wait_until_finish()
    assert counters(result)["PER"] == len(articles)
