"""Tests of pipeline/decision.py: the rules of a run, asked again."""

import random
from dataclasses import replace

import numpy as np
import pytest

from pipeline import decision
from pipeline.decision import decide
from tests.outputs import a_row
from transforms.wirecopy.rules import NO_PAIRS

WORDS = [f"{a}{b}{c}" for a in "blumen" for b in "aeiou" for c in ("rto", "nda", "sil", "mek")]


def sentences(seed: int, count: int = 20) -> list[str]:
    pick = random.Random(seed)
    return [" ".join(pick.choices(WORDS, k=12)).capitalize() + "." for _ in range(count)]


def an_item(name: str, *parts: list[str], **fields):
    return a_row(name, text=" ".join(sentence for part in parts for sentence in part), **fields)


ONE, TWO, THREE = sentences(1), sentences(2), sentences(3)


def test_the_same_text_is_an_exact_copy():
    found = decide(an_item("a", ONE), an_item("b", ONE))
    assert (found.kind, found.same_content, found.turns) == ("exact", True, ())
    assert found.copy is not None


def test_a_shortened_copy_and_what_would_turn_the_decision():
    found = decide(an_item("a", ONE, TWO), an_item("b", ONE, TWO[:8]))
    assert (found.kind, found.same_content) == ("near", False)
    assert found.measured.coverage[0] < 0.75
    assert found.measured.coverage[1] > 0.95
    (turn,) = found.turns
    assert (turn.what, turn.now) == ("shared", found.measured.covered[1])
    assert 0.5 < turn.then / found.measured.letters[1] < 0.8
    assert turn.kind == "partial"


def test_common_passages_of_two_stories():
    found = decide(an_item("a", ONE, TWO[:6]), an_item("b", TWO[:6], THREE))
    assert (found.kind, found.copy) == ("partial", None)
    kinds = {(turn.kind, turn.then > turn.now) for turn in found.turns}
    assert kinds == {("none", False), ("near", True)}


def test_nothing_in_common():
    found = decide(an_item("a", ONE), an_item("b", TWO))
    assert (found.kind, found.turns, found.measured.covered) == ("none", (), (0, 0))


def test_an_article_of_an_earlier_run_is_never_folded():
    earlier, later = an_item("a", ONE), an_item("b", ONE, TWO[:4])
    assert decide(earlier, later, (True, False)).copy == 1
    assert decide(later, earlier, (False, True)).copy == 0


@pytest.mark.parametrize("names", ["ab", "ba", "cd", "dc", "ef"])
def test_sides_are_told_as_they_were_given(names):
    """The register orders articles by a hash; what is said of A must be of A."""
    found = decide(an_item(names[0], ONE), an_item(names[1], ONE, TWO))
    assert found.measured.letters[0] < found.measured.letters[1]
    assert found.measured.coverage[0] > 0.95 > found.measured.coverage[1]
    swapped = decide(an_item(names[1], ONE, TWO), an_item(names[0], ONE))
    assert swapped.measured == replace(
        found.measured,
        letters=found.measured.letters[::-1],
        covered=found.measured.covered[::-1],
    )
    assert (swapped.kind, swapped.copy) == (found.kind, 1 - found.copy)


def test_more_in_common_is_never_more_than_there_is():
    ones = {name: np.array([100.0]) for name in NO_PAIRS.__dataclass_fields__}
    pairs = replace(NO_PAIRS, **ones)
    more = decision._with_shared(pairs, 3)
    assert (more.covered_a[0], more.covered_b[0], more.longest[0]) == (100, 100, 300)
