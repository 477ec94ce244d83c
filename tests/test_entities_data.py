"""Tests of tools/ner_data.py."""

import pytest

from tools.ner_data import clean, cut, spans
from tools.ner_measure import report
from transforms.tagger import load_tagger


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


def test_a_report_has_every_file_and_the_means():
    words = ["Angela", "Merkel", "besuchte", "Paris", "."]
    right = (words, ["B-PER", "I-PER", "O", "B-LOC", "O"])
    wrong = (words, ["B-PER", "I-PER", "O", "B-ORG", "O"])
    lines = list(report(load_tagger(), {"de.right": [right], "pl.pudproj": [right, wrong]}))
    assert [line.split("all")[0].strip() for line in lines] == [
        "de.right", "pl.pudproj", "mean", "mean of sources not trained on",
    ]  # fmt: skip
    assert [line.split()[-11:-9] for line in lines[:2]] == [["all", "100.0"], ["all", "75.0"]]
