"""Tests of transforms/wirecopy/rules.py: each rule by the pair it was made for."""

import numpy as np
import pytest

from transforms.wirecopy.rules import NO_PAIRS, Pairs, join_pairs, tell

COPY = {
    "a": 0, "b": 1, "letters_a": 1000, "letters_b": 1000, "stock": 0.0, "grams": 110, "same": 0.9,
    "covered_a": 950, "covered_b": 950, "longest": 900, "bend": 1.0, "numbers": 8, "agree": 8,
    "rest_a": 1000, "rest_b": 1000,
}  # fmt: skip


def kind(days=0.5, same_title=False, **changes):
    pairs = Pairs(**{name: np.array([value]) for name, value in (COPY | changes).items()})
    found = tell(pairs, np.array([days]), np.array([same_title]))
    return next(
        (name for name in ("exact", "mutual", "contained", "partial") if getattr(found, name)[0]),
        "nothing",
    )


def passage(letters, **more):
    return {
        "covered_a": letters,
        "covered_b": letters,
        "longest": letters,
        "grams": letters / 8,
    } | more


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("exact", {"same": 1.0, "covered_a": 1000, "covered_b": 1000}),
        ("mutual", {}),
        ("mutual", {"agree": 5}),  # OCR damages numbers
        ("nothing", {"numbers": 12, "agree": 4}),  # one form filled in anew
        ("contained", {"rest_b": 3000, "letters_b": 3000}),  # a truncated copy
        ("partial", passage(660)),
        ("mutual", passage(660, same_title=True)),
        ("partial", passage(125)),
        ("nothing", passage(125, grams=8)),
        ("partial", passage(135, grams=8)),
        ("nothing", passage(110)),
        ("partial", passage(110, same_title=True)),
        ("nothing", passage(200, grams=4)),  # dots on one diagonal by chance
        ("nothing", passage(300, days=6)),  # background of a running story
        ("partial", passage(450, days=6)),
        ("mutual", {"days": 6}),
        ("nothing", {"days": 7, "agree": 5}),  # the same form a week later
        ("nothing", passage(150, stock=0.7, rest_a=200, rest_b=200, numbers=0, agree=0)),
        ("mutual", passage(190, stock=0.7, rest_a=200, rest_b=200, numbers=4, agree=4)),
        ("nothing", passage(90, rest_a=90, rest_b=90, numbers=0, agree=0)),  # a byline is left
        ("mutual", passage(620, grams=14)),  # damage hides the rest
        ("partial", passage(620, grams=14, numbers=2, agree=0)),
        ("partial", passage(620, grams=14, stock=0.2)),
        ("partial", passage(620, grams=11)),
        ("mutual", passage(800, grams=50, bend=4)),  # damaged
        ("nothing", passage(800, grams=50, bend=6)),  # other words between those of a form
        ("mutual", passage(800, grams=60, bend=6)),
        ("partial", passage(620, grams=30)),
        ("partial", passage(620, grams=14, days=6)),
        ("contained", passage(620, grams=14, rest_b=1300, letters_b=1300)),
        ("partial", passage(240, stock=0.7)),  # beside a footer
        ("nothing", passage(240, stock=0.7, grams=15)),  # what damage left of the footer
        ("nothing", passage(240, stock=0.7, longest=90)),
    ],
)
def test_kind_of_a_pair(said, changes):
    assert kind(**changes) == said


def test_pairs_are_joined_in_the_order_of_their_articles():
    one = Pairs(**{name: np.array([value]) for name, value in COPY.items()})
    other = Pairs(**{name: np.array([value]) for name, value in (COPY | {"b": 0}).items()})
    assert join_pairs([one, NO_PAIRS, other]).b.tolist() == [0, 1]
    assert len(join_pairs([])) == 0
