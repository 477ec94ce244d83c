"""What the model knows of names: tables of hashes, without a single string.

Compiled by tools/train_entities.py; see docs/entities.md for what is in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.tagger.hashes import Hashes, mix

# Bits of a word. A phrase's kind is one of the same bits.
COUNTRY, BODY, CITY, BIG_CITY, TOWN, GIVEN, FAMILY, MONTH, ORGANISATION, REGION = (
    1 << bit for bit in range(10)
)
# Common nouns beside names: a club, a river, a singer.
OF_ORGANISATION, OF_PLACE, OF_PERSON = (1 << bit for bit in range(10, 13))
PHRASE: Final = 1 << 13  # some phrase begins with this word
SINGLE_BITS: Final = np.uint32(PHRASE - 1)
LONGEST_PHRASE: Final = 6  # words


class Table:
    """A sorted array of hashes with a number for each."""

    def __init__(self, keys: Hashes, values: NDArray[Any]) -> None:
        self._keys, self._values = keys, values

    def __len__(self) -> int:
        return len(self._keys)

    def __call__(self, hashes: Hashes) -> Hashes:
        """Return the number of every hash, 0 for those that are not there."""
        if not len(self._keys):
            return np.zeros(len(hashes), np.uint32)
        at = np.minimum(np.searchsorted(self._keys, hashes), len(self._keys) - 1)
        return np.where(self._keys[at] == hashes, self._values[at], 0).astype(np.uint32)


class Phrase(NamedTuple):
    """A known name of several words, by the numbers of its words."""

    start: int
    end: int
    kind: int  # COUNTRY, BODY, ...


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names of countries, cities, people and organisations, and word clusters."""

    word_bits: Table
    phrase_kinds: Table
    clusters: Table  # of our own sentences: fine (1..1023) + 1024 x coarse cluster
    published: Table  # of published vectors: by word in small letters, or by language and word

    def phrases(self, words: Hashes, bits: Hashes, sentence: NDArray[np.int64]) -> list[Phrase]:
        """Find the known phrases among `words`: the longest first, none across sentences."""
        n = len(words)
        heads = np.flatnonzero(bits & np.uint32(PHRASE))
        found: list[tuple[int, int, int]] = []
        for length in range(LONGEST_PHRASE, 1, -1):
            at = heads[heads + length <= n]
            at = at[sentence[at] == sentence[at + length - 1]]
            if len(at):
                kinds = self.phrase_kinds(mix(length, *(words[at + j] for j in range(length))))
                hits = np.flatnonzero(kinds).tolist()
                found += [(int(at[i]), -length, int(kinds[i])) for i in hits]
        phrases, end = [], 0
        for start, minus_length, kind in sorted(found):
            if start >= end:
                end = start - minus_length
                phrases.append(Phrase(start, end, kind))
        return phrases


def load_gazetteer(arrays: Mapping[str, NDArray[Any]]) -> Gazetteer:
    """Read the tables of a model file."""
    names = ("word", "phrase", "cluster", "published")
    return Gazetteer(*(load_table(arrays, name) for name in names))


def load_table(arrays: Mapping[str, NDArray[Any]], name: str) -> Table:
    """Read one table of a model file."""
    return Table(unpack_keys(arrays[f"{name}_keys"]), arrays[f"{name}_values"])


def pack_keys(keys: Hashes) -> NDArray[np.uint8]:
    """Return sorted keys as the bytes of their differences, lowest bytes first: half the size."""
    steps = np.diff(keys, prepend=np.uint32(0)).astype("<u4")
    return np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 4).T)


def unpack_keys(planes: NDArray[np.uint8]) -> Hashes:
    """Undo `pack_keys`."""
    steps = np.ascontiguousarray(planes.T).view("<u4").ravel()
    return np.cumsum(steps, dtype=np.uint32)
