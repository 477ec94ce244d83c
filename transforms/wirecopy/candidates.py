"""Which pairs of articles to compare: those that share rare keys, in bounded work per key.

A key that many articles hold is a story reprinted everywhere, or boilerplate. Which of the two is
told by comparing a bounded sample of its holders: how many distinct stories are they?
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.sketch import INDEX_LIMIT, Sketches
from transforms.wirecopy.arrays import HIGH, LOW, Array, Index, components, contained, pack, runs

FULL: Final = 24  # holders of a key among whom all pairs are candidates
FEW: Final = 12  # holders of a rare key
KEY, RARE_KEY = 2, 3  # weights: a pair of 4 shares two keys, of 6 three or two rare ones
SAMPLE: Final = 12  # holders of a hotter key that are compared
PAIRS: Final = 4_000_000  # made at once, to bound memory
PIVOTS: Final = 6  # members of a hot story to whom its other members are compared
# A hot key whose sample is of so many distinct stories is boilerplate. On the development corpus a
# sample of one story counts 1 to 3, one of which no story has half the holders 3 to 12.
STORIES: Final = 5
_STEPS: Final = np.array([(i, i + d) for d in (1, 3) for i in range(SAMPLE - d)]).T
# At first every holder is compared with one other. Of 1,522 keys of boilerplate in the development
# corpus 833 have no near pair among these six, of 324 keys of stories two.
_FIRST: Final = np.array([(i, i + 1) for i in range(0, SAMPLE, 2)]).T


@dataclass(frozen=True)
class Holders:
    """The articles that hold each key: the FULL + 1 lowest numbers, and how many more there are.

    `entries` are (key, article), packed and sorted; `lost` counts those of the `hot` keys that are
    not in `entries`.
    """

    entries: Array
    hot: Array
    lost: Array


NOBODY: Final = Holders(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.int64))


def holders_of(sketches: Sketches, numbers: Index) -> Holders:
    """Return the index keys of articles and who holds them."""
    owner = np.repeat(numbers, np.diff(sketches.offsets))
    key = sketches.hashes < INDEX_LIMIT
    return merge([Holders(pack(sketches.hashes[key], owner[key]), NOBODY.hot, NOBODY.lost)])


def merge(parts: Sequence[Holders]) -> Holders:
    """Add up holders: associative and commutative, so any grouping gives the same."""
    parts = [NOBODY, *parts]
    entries = np.concatenate([part.entries for part in parts])
    entries.sort()
    start, size = runs(entries >> HIGH)
    place = np.arange(len(entries)) - np.repeat(start, size)
    over = size > FULL + 1
    keys = (entries[start[over]] >> HIGH).astype(np.uint32)
    hot = np.concatenate([*(part.hot for part in parts), keys])
    lost = np.concatenate([*(part.lost for part in parts), size[over] - FULL - 1])
    order = np.argsort(hot, kind="stable")
    first, _ = runs(hot[order])
    return Holders(
        entries[place <= FULL],
        hot[order][first],
        np.add.reduceat(lost[order], first) if len(first) else lost,
    )


def split(holders: Holders, parts: int) -> list[Holders]:
    """Return the holders in parts by ranges of keys, ready to be merged each with its like."""
    bounds = [INDEX_LIMIT * k // parts for k in range(1, parts)]
    entries = np.split(holders.entries, np.searchsorted(holders.entries, [b << 32 for b in bounds]))
    cuts = np.searchsorted(holders.hot, bounds)
    return [
        Holders(*part)
        for part in zip(
            entries, np.split(holders.hot, cuts), np.split(holders.lost, cuts), strict=True
        )
    ]


@dataclass(frozen=True)
class Shared:
    """Pairs of articles, packed, the lower number first, ascending; the weight of their keys."""

    pairs: Array
    weight: Array


def pairs_of_rare(holders: Holders) -> Iterator[Shared]:
    """Yield all pairs among the holders of each key that at most FULL articles hold."""
    start, size = runs(holders.entries >> HIGH)
    rare = (size > 1) & (size <= FULL)
    start, size = start[rare], size[rare]
    made = np.cumsum(size * (size - 1) // 2)
    cuts = np.searchsorted(made, np.arange(PAIRS, made[-1] if len(made) else 0, PAIRS))
    article = (holders.entries & LOW).astype(np.int64)
    for some, sizes in zip(np.split(start, cuts), np.split(size, cuts), strict=True):
        few = sizes <= FEW
        yield add_up(
            [
                _pairs_among(article, some[few], sizes[few], RARE_KEY),
                _pairs_among(article, some[~few], sizes[~few], KEY),
            ]
        )


def _pairs_among(article: Index, start: Index, size: Index, weight: int) -> Shared:
    a, b = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for members in np.unique(size):
        i, j = np.triu_indices(members, 1)
        first = start[size == members][:, None]
        a.append(article[(first + i).ravel()])
        b.append(article[(first + j).ravel()])
    return count_pairs(np.concatenate(a), np.concatenate(b), weight)


def count_pairs(a: Index, b: Index, weight: int = 1) -> Shared:
    """Return each pair once, with a weight for each time it came."""
    packed = pack(np.minimum(a, b), np.maximum(a, b))
    packed.sort()
    start, times = runs(packed)
    return Shared(packed[start], (times * weight).astype(np.uint32))


def add_up(parts: Sequence[Shared]) -> Shared:
    """Return each pair once, with its keys of all parts."""
    pairs = np.concatenate([np.empty(0, np.uint64), *(part.pairs for part in parts)])
    weight = np.concatenate([np.empty(0, np.uint32), *(part.weight for part in parts)])
    order = np.argsort(pairs, kind="stable")
    start, _ = runs(pairs[order])
    return Shared(
        pairs[order][start], np.add.reduceat(weight[order], start) if len(start) else weight
    )


@dataclass(frozen=True)
class HotKeys:
    """The keys that more than FULL articles hold, each with its SAMPLE lowest holders."""

    keys: Array
    samples: Index

    def __getitem__(self, at: Array | slice) -> "HotKeys":
        return HotKeys(self.keys[at], self.samples[at])

    def first_pairs(self) -> Array:
        """Return the pairs of a first look, packed, each once: six of a sample."""
        return self._pairs(_FIRST)

    def left_open(self, near: Array) -> "HotKeys":
        """Return the keys that may be of stories, given the packed pairs that are near."""
        return self[contained(self._pack(_FIRST), np.sort(near)).sum(axis=1) > 0]

    def pairs(self) -> Array:
        """Return the pairs to compare, packed, each once: 20 of the 66 of a sample tell enough."""
        return self._pairs(_STEPS)

    def _pairs(self, steps: Index) -> Array:
        return np.unique(self._pack(steps))

    def _pack(self, steps: Index) -> Array:
        one, two = self.samples[:, steps[0]], self.samples[:, steps[1]]
        return pack(np.minimum(one, two), np.maximum(one, two))


def hot_keys(holders: Holders) -> HotKeys:
    """Return the keys that more than FULL articles hold."""
    keys = holders.entries >> HIGH
    start, size = runs(keys)
    start = start[size > FULL]
    article = (holders.entries & LOW).astype(np.int64)
    return HotKeys(keys[start].astype(np.uint32), article[start[:, None] + np.arange(SAMPLE)])


def join_hot(parts: Sequence[HotKeys]) -> HotKeys:
    """Return all hot keys, ascending."""
    keys = np.concatenate([np.empty(0, np.uint32), *(part.keys for part in parts)])
    samples = np.concatenate([np.empty((0, SAMPLE), np.int64), *(part.samples for part in parts)])
    order = np.argsort(keys)
    return HotKeys(keys[order], samples[order])


@dataclass(frozen=True)
class Verdict:
    """What the hot keys are: boilerplate, or those of stories, with PIVOTS members of each."""

    boilerplate: Array
    stories: Array
    pivots: Index


def judge(hot: HotKeys, a: Index, b: Index) -> Verdict:
    """Tell stories from boilerplate, given the pairs (a[i], b[i]) of the samples that are near.

    Two holders are of one story when a chain of near pairs joins them, in whatever sample these
    were compared: noisy reprints find each other so.
    """
    nodes, flat = np.unique(hot.samples, return_inverse=True)
    label = components(len(nodes), np.searchsorted(nodes, a), np.searchsorted(nodes, b))
    labels = label[flat].reshape(hot.samples.shape)
    distinct = 1 + (np.diff(np.sort(labels, axis=1), axis=1) > 0).sum(axis=1)
    story = distinct < STORIES
    labels = labels[story]
    fellows = (labels[:, :, None] == labels[:, None, :]).sum(axis=2)
    best = np.argsort(-fellows, axis=1, kind="stable")[:, :PIVOTS]
    pivots = np.take_along_axis(hot.samples[story], best, axis=1)
    return Verdict(hot.keys[~story], hot.keys[story], pivots)


def pairs_with_pivots(sketches: Sketches, numbers: Index, verdict: Verdict) -> Shared:
    """Return the pairs of articles with the pivots of the hot stories whose keys they hold."""
    owner = np.repeat(numbers, np.diff(sketches.offsets))
    key = np.flatnonzero(sketches.hashes < INDEX_LIMIT)
    held = key[contained(sketches.hashes[key], verdict.stories)]
    pivots = verdict.pivots[np.searchsorted(verdict.stories, sketches.hashes[held])]
    a, b = pivots.ravel(), np.repeat(owner[held], pivots.shape[1])
    other = a != b
    return count_pairs(a[other], b[other], KEY)
