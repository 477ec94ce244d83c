"""Tests of transforms/wirecopy/candidates.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.wirecopy.arrays import pack, unpack
from transforms.wirecopy.candidates import (
    FULL,
    KEY,
    NOBODY,
    RARE_KEY,
    SAMPLE,
    Holders,
    HotKeys,
    add_up,
    count_pairs,
    hot_keys,
    judge,
    merge,
    pairs_of_rare,
    split,
)


def holders(keys, articles):
    entries = pack(np.asarray(keys), np.asarray(articles))
    return merge([Holders(entries, NOBODY.hot, NOBODY.lost)])


def plain(found):
    return [part.tolist() for part in (found.entries, found.hot, found.lost)]


def pairs(shared):
    a, b = unpack(shared.pairs)
    return dict(zip(zip(a.tolist(), b.tolist(), strict=True), shared.weight.tolist(), strict=True))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90)), unique=True, max_size=200),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_holders_are_the_same_however_they_are_added_up(entries, parts, random):
    shuffled = random.sample(entries, len(entries))
    pieces = [
        holders(*zip(*piece, strict=True))
        for piece in (shuffled[k::parts] for k in range(parts))
        if piece
    ]
    tree = merge([merge(pieces[:2]), *pieces[2:]])
    whole = holders(*zip(*entries, strict=True)) if entries else merge([])
    assert plain(tree) == plain(whole)


def test_a_key_of_100_000_holders_keeps_its_lowest_and_a_count():
    found = merge(
        [holders(np.full(1000, 7), np.arange(k, k + 1000)) for k in range(0, 100_000, 1000)]
    )
    assert len(found.entries) == FULL + 1
    assert (found.hot.tolist(), found.lost.tolist()) == ([7], [100_000 - FULL - 1])
    assert len(hot_keys(found).pairs()) == 20
    assert sum(len(shared.pairs) for shared in pairs_of_rare(found)) == 0


def test_parts_hold_all_keys_once():
    found = holders(np.arange(1000) * 1_000_003 % (1 << 30), np.arange(1000))
    parts = split(found, 4)
    assert plain(merge(parts)) == plain(found)
    assert min(len(part.entries) for part in parts) > 150


def test_pairs_weigh_the_keys_they_share_and_rare_keys_more():
    keys = [1, 1, 2, 2, 3] + [4] * 13
    found = add_up(list(pairs_of_rare(holders(keys, [0, 1, 0, 1, 0, *range(13)]))))
    assert pairs(found)[0, 1] == 2 * RARE_KEY + KEY
    assert pairs(found)[3, 12] == KEY


def test_pairs_are_ordered_and_counted_once():
    found = count_pairs(np.array([5, 2, 2]), np.array([2, 5, 9]))
    assert pairs(found) == {(2, 5): 2, (2, 9): 1}


@pytest.mark.parametrize(
    ("stories", "boilerplate"), [(1, False), (4, False), (5, True), (16, True)]
)
def test_boilerplate_is_what_many_distinct_stories_share(stories, boilerplate):
    members = np.arange(SAMPLE)
    hot = HotKeys(np.array([7], np.uint32), members[None, :])
    a, b = (side.ravel() for side in np.meshgrid(members, members))
    near = (a < b) & (a % stories == b % stories)
    verdict = judge(hot, a[near], b[near])
    assert (7 in verdict.boilerplate) == boilerplate
    assert (7 in verdict.stories) != boilerplate


def test_a_first_look_leaves_open_the_keys_of_which_one_pair_is_near():
    hot = HotKeys(np.array([7, 8], np.uint32), np.arange(2 * SAMPLE).reshape(2, SAMPLE))

    first = hot.first_pairs()

    assert len(first) == SAMPLE  # six of each
    assert len(np.intersect1d(first, hot.pairs())) == SAMPLE
    assert hot.left_open(first[-1:]).keys.tolist() == [8]
    assert hot.left_open(first[:0]).keys.tolist() == []
