"""Tests of the damage that the benchmark of wire copy does to texts."""

from difflib import SequenceMatcher

import pytest

from benchmarks.damage import COPIES, KINDS, LEAST, MOST, damaged
from tests.wirecopy.make import story

TEXTS = {f"article {k}": story(f"{k}", 6) for k in range(60)}


@pytest.mark.parametrize("kind", KINDS)
def test_seven_in_ten_are_damaged_in_two_to_twelve_per_cent_of_their_characters(kind):
    pairs = [(text, damaged(text, name, kind)) for name, text in TEXTS.items()]
    lost = [
        1
        - sum(block.size for block in SequenceMatcher(None, *pair, False).get_matching_blocks())
        / len(pair[0])
        for pair in pairs
        if pair[0] != pair[1]
    ]
    assert abs(len(lost) / len(pairs) - COPIES) < 0.15
    assert max(lost) < MOST * 1.5
    assert min(lost) > LEAST / 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_damage_of_a_text_depends_on_its_id_and_the_kind_alone(kind):
    name, text = next((n, t) for n, t in TEXTS.items() if damaged(t, n, kind) != t)
    assert damaged(text, name, kind) == damaged(text, name, kind)
    assert len({damaged(text, other, kind) for other in TEXTS}) > len(TEXTS) / 2


def test_a_scanner_confuses_what_looks_alike():
    texts = {damaged("rn" * 400, f"{k}", "ocr") for k in range(9)}
    assert any("m" in text for text in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_stays_empty(kind):
    assert {damaged("", f"{k}", kind) for k in range(9)} == {""}
