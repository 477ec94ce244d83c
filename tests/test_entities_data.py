"""Tests of tools/ner_data.py."""

import pytest

from tools.ner_data import clean, cut, spans


def test_words_are_cut_as_the_tagger_cuts_them():
    assert cut(["O'Brien", "l'", "U.S."], ["B-PER", "O", "B-LOC"]) == (
        ["O'", "Brien", "l'", "U.S."],
        ["B-PER", "I-PER", "O", "B-LOC"],
    )


@pytest.mark.parametrize(
    ("words", "tags", "expected"),
    [
        ("Corea del Nord", "B-ORG I-ORG I-ORG", "B-LOC I-LOC I-LOC"),
        ("aeroporto di Pyongyang", "B-LOC I-LOC I-LOC", "O O B-LOC"),
        ("Banca di Corea", "B-ORG I-ORG I-ORG", "B-ORG I-ORG I-ORG"),
    ],
)
def test_conventions(words, tags, expected):
    countries = frozenset({"corea del nord"})
    assert clean(words.split(), tags.split(), countries)[1] == expected.split()


def test_spans():
    tags = ["B-PER", "I-PER", "B-PER", "O", "I-LOC", "I-ORG"]
    assert list(spans(tags)) == [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC"), (5, 6, "ORG")]
