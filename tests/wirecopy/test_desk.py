"""Tests of transforms/wirecopy/desk.py."""

import numpy as np
import pytest

from tests.wirecopy.make import rows, story, write
from transforms.wirecopy.desk import lay_out
from transforms.wirecopy.fold import NOTHING
from transforms.wirecopy.register import number_articles
from transforms.wirecopy.shelf import Shelf

A, B = story("a"), story("b")


@pytest.fixture
def compared(tmp_path):
    """Compare five articles, all pairs of them, until those that `joins` says are connected."""
    files = [write(tmp_path / "run.arrow", rows(A, A + " One.", A + " Two.", A + " Three.", B))]
    register = number_articles(files)
    desk = lay_out(Shelf(files), register, NOTHING, np.arange(5))

    def compare(joins):
        a, b = np.triu_indices(5, 1)
        found = list(desk.compare_until_joined(a, b, register.turn, joins))
        return [
            [tuple(sorted(register.row[[a, b]])) for a, b in zip(some.a, some.b, strict=True)]
            for some in found
        ], desk

    return compare


def test_every_pair_is_compared_once_when_none_is_joined(compared):
    rounds, _ = compared(lambda some: np.zeros(len(some), bool))

    every = [pair for some in rounds for pair in some]

    assert sorted(every) == [(a, b) for a in range(5) for b in range(a + 1, 5)]


def test_members_of_a_story_are_compared_with_its_first_alone(compared):
    rounds, _ = compared(lambda some: np.minimum(some.share_a, some.share_b) > 0.5)

    assert sorted(rounds[0]) == [(0, 1), (0, 2), (0, 3), (0, 4)]
    assert sorted(pair for some in rounds[1:] for pair in some) == [(1, 4), (2, 4), (3, 4)]


def test_what_pairs_share_does_not_depend_on_their_fellows(compared):
    _, desk = compared(lambda some: np.zeros(len(some), bool))
    a, b = np.triu_indices(5, 1)

    together = desk.compare(a, b)

    for k in range(len(a)):
        alone = desk.compare(a[k : k + 1], b[k : k + 1])
        assert vars(alone) == {name: column[k : k + 1] for name, column in vars(together).items()}


def test_no_pairs_no_evidence(compared):
    _, desk = compared(lambda some: np.zeros(len(some), bool))

    assert len(desk.compare(np.empty(0, np.int64), np.empty(0, np.int64))) == 0
