"""Reports that quote the same speaker are not linked; a borrowed paragraph is (rules.py)."""

import numpy as np
import pytest

from transforms.wirecopy.rules import Pairs, tell


def partial(covered: float, grams: float, letters: float = 3000.0) -> bool:
    """Tell whether a pair of articles from one day, equally long, is a partial copy."""
    values = {
        "a": 0,
        "b": 1,
        "letters_a": letters,
        "letters_b": letters,
        "stock": 0,
        "grams": grams,
        "same": grams * 8 / letters,
        "bend": 0.0,
        "covered_a": covered,
        "covered_b": covered,
        "longest": 168,
        "numbers": 0,
        "agree": 0,
        "rest_a": letters,
        "rest_b": letters,
    }
    pairs = Pairs(**{name: np.array([value]) for name, value in values.items()})
    return bool(tell(pairs, np.array([0]), np.array([False])).partial[0])


@pytest.mark.parametrize(
    ("covered", "grams", "linked"),
    [
        (288, 16, False),  # two quotations with other words between them
        (288, 36, True),  # a paragraph as it was
        (1200, 66, True),  # thin, but much of the article: a rewrite, or damaged text
    ],
)
def test_quotations_alone_are_no_reuse(covered, grams, linked):
    assert partial(covered, grams) is linked
