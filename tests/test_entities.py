"""Tests of transforms/entities/__init__.py."""

from dataclasses import replace
from itertools import pairwise

import pytest
from apache_beam import Create
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import AS_OF, counters
from transforms.entities import (
    BATCH_ARTICLES,
    ExtractEntities,
    engine_factory,
    extract_entities,
    load_engine,
)
from transforms.records import Article

LABELS = {"PER", "LOC", "ORG", "MISC"}
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


# Names in many scripts, with all that may stand around them.
PIECES = st.sampled_from(
    ["Vladimir Putin", "Corea del Nord", "l’Onu", "PAPA FRANCESCO IN BRASILE", "北朝鮮を訪問", "-",
     "روسيا", "Владимиром Путиным", "👩‍👩‍👧", "é\u0301", "\ud800", "\0", " ", "\n", ". ",
     "Ankara'da", "שלום", "«Rai»"]
)  # fmt: skip


@pytest.mark.parametrize("name", ["builtin", "none"])
class TestEveryEngine:
    """The contract: engines find what stands in the text, in order, never twice."""

    @given(texts=st.lists(st.lists(PIECES | st.text(max_size=9)).map("".join), max_size=3))
    @example(texts=["", " " * 1_000_000, "x" * 1_000_000])
    @example(texts=["ROMA " * 5000, "a" * 99 + "́" * 99, "Ä" * 70 + " di " + "北" * 70])
    def test_mentions_stand_where_they_say(self, name, texts):
        found = extract_entities([article(text) for text in texts], load_engine(name))
        for text, entities in zip(texts, (a.entities for a in found), strict=True):
            mentions = [m for e in entities for m in e.mentions]
            assert all(text[m.start : m.end] == m.text != "" for m in mentions)
            assert all(e.count == len(e.mentions) and e.label in LABELS for e in entities)
            assert all(e.country is None or e.label == "LOC" for e in entities)
            places = sorted((m.start, m.end) for m in mentions)
            assert all(a[1] <= b[0] for a, b in pairwise(places))

    def test_an_article_is_tagged_alike_in_any_batch(self, name):
        articles = [article(text) for text in (TEXT, "", "PUTIN A ROMA", "北朝鮮", TEXT + TEXT)]
        engine = load_engine(name)
        alone = [extract_entities([a], engine)[0] for a in articles]
        assert extract_entities(articles, engine) == alone


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
