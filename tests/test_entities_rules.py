"""Tests of transforms/tagger/rules.py."""

import numpy as np
import pytest

from transforms.tagger.crf import TAGS, Tagged
from transforms.tagger.features import Traits
from transforms.tagger.gazetteer import BODY, COUNTRY, Phrase
from transforms.tagger.rules import find_names
from transforms.tagger.tokens import tokenise


def found(*texts: str, phrases: list[Phrase] | None = None, bits: dict[int, int] | None = None):
    """Tag "Anna|PER" and "Kim|PER Jong|+" as written, and return the names after all rules."""
    plain = [" ".join(w.partition("|")[0] for w in t.split(" ")) for t in texts]
    marks = [w.partition("|")[2] for t in texts for w in t.split(" ")]
    tags, label = [], ""
    for mark in marks:
        label = label if mark == "+" else mark
        tags.append(TAGS.index(f"{'I' if mark == '+' else 'B'}-{label}") if mark else 0)
    tokens = tokenise(plain)
    n = len(tokens.words)
    zeros = np.zeros(n, np.uint32)
    known = zeros.copy()
    for at, bit in (bits or {}).items():
        known[at] = bit
    capital = np.array([w[:1].isupper() for w in tokens.words], np.uint32)
    shape = np.array([1 if w.upper() != w.lower() else 15 for w in tokens.words], np.uint32)
    traits = Traits(zeros, zeros, shape, known, capital, zeros)
    first = np.zeros(n, bool)
    first[tokens.sentences] = True
    tagged = Tagged(np.array(tags, np.int8), traits, phrases or [], first)
    return [
        [(" ".join(tokens.words[a:b]), label) for a, b, label in names]
        for names in find_names(tokens, tagged, len(texts))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna|PER va", [("Anna", "PER")]),
        ("la|LOC casa|+", []),  # a name needs a capital
        ("Anna|PER , Anna|ORG , Anna|PER", [("Anna", "PER")] * 3),  # one label
        ("Kim|PER Jong|+ Un , Kim|PER Jong|+ Un", [("Kim Jong Un", "PER")] * 2),  # it grows
        ("Kim|PER Jong|+ Un hanno", [("Kim Jong Un", "PER")]),
        ("Kim|PER Jong|+ . Un uomo", [("Kim Jong", "PER")]),
        ("Kim|PER Jong|+ Un|+ e Kim|PER Jong|+ Un", [("Kim Jong Un", "PER")] * 2),  # cut short
        ("Anna|PER parla con Anna", [("Anna", "PER")] * 2),  # found again
        ("Anna|PER Rossi|+ e Rossi|ORG", [("Anna Rossi", "PER"), ("Rossi", "PER")]),  # a surname
        ("Rai|ORG Rai|PER Rai|ORG", [("Rai", "ORG")] * 3),
        (",|ORG Rai|+ Inc|+ .|+ ,|+", [("Rai Inc .", "ORG")]),
        ("Anna|PER ,|+ (|LOC", [("Anna", "PER")]),
        ("Anna|PER Rossi|+ va . Poi Rossi tace", [("Anna Rossi", "PER"), ("Rossi", "PER")]),
        ("Anna|PER Rossini|+ va . Rossini tace", [("Anna Rossini", "PER"), ("Rossini", "PER")]),
        ("Anna|PER Grande|+ è grande . Grande sala", [("Anna Grande", "PER")]),
        ("Anna|PER Un|+ va con te , Un", [("Anna Un", "PER")]),
        ("in piazza Anna|PER Rossi|+", [("piazza Anna Rossi", "LOC")]),
        ("Anna|PER Bari|LOC", [("Anna", "PER"), ("Bari", "LOC")]),
    ],
)
def test_rules(text, expected):
    assert found(text) == [expected]


def test_countries_and_bodies_win_over_what_they_touch():
    names = found(
        "la Corea|LOC del Nord|PER e la Onu", phrases=[Phrase(1, 4, COUNTRY)], bits={6: BODY}
    )
    assert names == [[("Corea del Nord", "LOC"), ("Onu", "ORG")]]


def test_a_longer_name_keeps_the_country_within_it():
    names = found("Banca|ORG di|+ Corea|+ del|+ Nord|+", phrases=[Phrase(2, 5, COUNTRY)])
    assert names == [[("Banca di Corea del Nord", "ORG")]]


def test_a_country_without_capitals_needs_no_tag():
    assert found("روسيا اليوم", bits={0: COUNTRY}) == [[("روسيا", "LOC")]]
    assert found("mali estremi", bits={0: COUNTRY}) == [[]]


def test_articles_do_not_mix():
    assert found("Anna|PER va", "Anna viene", "") == [[("Anna", "PER")], [], []]
