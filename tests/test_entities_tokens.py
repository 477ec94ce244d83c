"""Tests of transforms/tagger/tokens.py."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.tagger.tokens import LONGEST_SENTENCE, tokenise


def words(text: str) -> list[str]:
    return tokenise([text]).words


def sentences(text: str) -> list[str]:
    tokens = tokenise([text])
    edges = [*tokens.sentences.tolist(), len(tokens.words)]
    return [" ".join(tokens.words[a:b]) for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'Aquila, dell’accordo", ["L'", "Aquila", ",", "dell’", "accordo"]),
        ("Putin's O'Brien", ["Putin", "'s", "O'", "Brien"]),
        ("Kim Jong-un", ["Kim", "Jong-un"]),
        ("the U.S. and J. Smith", ["the", "U.S.", "and", "J.", "Smith"]),
        ("1.200,50 euro, il 5%", ["1.200,50", "euro", ",", "il", "5%"]),
        ("«pieno sostegno»", ["«", "pieno", "sostegno", "»"]),
        ("उत्तर कोरिया", ["उत्तर", "कोरिया"]),
        ("می‌روم", ["می‌روم"]),
        ("\0a\0", ["a"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("È finita. Mosca tace.", ["È finita .", "Mosca tace ."]),
        ("Il dott. Rossi e J. Smith.", ["Il dott . Rossi e J. Smith ."]),
        ("«Mai!» Poi tacque.", ["« Mai ! »", "Poi tacque ."]),
        ("Titolo\nTesto", ["Titolo", "Testo"]),
        ("v. 3.2 ok", ["v .", "3.2 ok"]),
        ("ecc. e poi", ["ecc . e poi"]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_a_sentence_is_never_longer_than_the_work_it_may_cost():
    tokens = tokenise(["a " * 1000])
    assert tokens.sentences.tolist() == list(range(0, 1000, LONGEST_SENTENCE))


@given(st.lists(st.text(max_size=40), max_size=4))
@example(["", "a", ""])
@example(["👩‍👩‍👧 é\u0301 שלום 北朝鮮 \ud800 \r\n x"])
def test_every_word_stands_where_it_says(texts):
    tokens = tokenise(texts)
    for word, start, end, number in zip(
        tokens.words, tokens.starts, tokens.ends, tokens.documents, strict=True
    ):
        assert texts[number].replace("\0", " ")[start:end] == word
    assert (tokens.documents[1:] >= tokens.documents[:-1]).all()
    kept = "".join(tokens.words)
    assert kept == "".join("".join(t.replace("\0", " ").split()) for t in texts)
