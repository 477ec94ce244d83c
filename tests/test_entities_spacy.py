"""Tests of transforms/entities/spacy_engine.py, with a small real pipeline."""

import pytest

from transforms.entities import load_engine
from transforms.tagger.spans import Span


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> str:
    spacy = pytest.importorskip("spacy", reason="the extra `spacy` is not installed")
    nlp = spacy.blank("it")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "GPE", "pattern": "Corea del Nord"},
            {"label": "PERSON", "pattern": "Putin"},
            {"label": "DATE", "pattern": "ieri"},
        ]
    )
    folder = tmp_path_factory.mktemp("spacy") / "pipeline"
    nlp.to_disk(folder)
    return f"spacy:{folder}"


def test_any_installed_pipeline_is_an_engine(pipeline):
    engine = load_engine(pipeline)
    texts = ["👩‍👩‍👧 Putin ieri in Corea del Nord", "", "Putin"]
    assert engine(texts, ["it"] * 3) == [
        [Span(6, 11, "PER"), Span(20, 34, "LOC")],
        [],
        [Span(0, 5, "PER")],
    ]


def test_a_long_text_is_no_error(pipeline):
    assert len(load_engine(pipeline)(["Putin " * 200_000], ["it"])[0]) == 200_000


def test_an_unknown_pipeline_is_an_error():
    pytest.importorskip("spacy", reason="the extra `spacy` is not installed")
    with pytest.raises(OSError, match="no_such_model"):
        load_engine("spacy:no_such_model")
