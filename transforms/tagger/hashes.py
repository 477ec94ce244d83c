"""Hashes of many words at once: 32-bit numbers that stand for strings in every table of the model.

All arithmetic is modulo 2**32 on numpy arrays, so that the trainer and the running tagger, on any
machine, get the same numbers. A collision only adds noise to one weight.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

# Typographic quotes and dashes count as the plain ones.
_PLAIN: Final = {"'": "’`", '"': "“”«»„", "-": "–—"}


def mix(seed: int, *arrays: Hashes) -> Hashes:
    """Return one hash per row of the `arrays`, different for every `seed`."""
    start = (seed * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF
    found = np.full(np.shape(arrays[0]), start, np.uint32)
    for values in arrays:
        found ^= values
        found *= np.uint32(0x01000193)
        found ^= found >> np.uint32(15)
        found *= np.uint32(0x2C1B3C6D)
        found ^= found >> np.uint32(12)
    return found


class Codes(NamedTuple):
    """The code points of some words in one array, with the place of each word."""

    points: Hashes  # all words, one NUL between two
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def code_points(words: Sequence[str]) -> Codes:
    """Spell `words` (at least one, none with a NUL; lone surrogates are welcome)."""
    points = np.frombuffer("\0".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    cuts = np.flatnonzero(points == 0)
    starts = np.concatenate(([0], cuts + 1))
    return Codes(points, starts, np.append(cuts, len(points)) - starts)


def hash_codes(codes: Codes) -> Hashes:
    """Return the hash of every word: the order of its letters counts."""
    if not len(codes.points):  # the one word is empty
        return mix(2, np.zeros(1, np.uint32), np.zeros(1, np.uint32))
    within = (
        np.arange(len(codes.points))
        - np.repeat(codes.starts, codes.lengths + 1)[: len(codes.points)]
    )
    letters = mix(1, codes.points ^ (within.astype(np.uint32) * np.uint32(0x85EBCA77)))
    letters[codes.points == 0] = 0
    sums = np.add.reduceat(letters, np.minimum(codes.starts, len(letters) - 1))
    sums[codes.lengths == 0] = 0
    return mix(2, sums.astype(np.uint32), codes.lengths.astype(np.uint32))


def country_key(name: str) -> int:
    """Return the hash of one folded name: for one at a time numpy is slow."""
    return crc32(name.encode("utf-8", "surrogatepass"))


def plain(words: Sequence[str]) -> list[str]:
    """Return the words (none with a NUL) with typographic quotes and dashes made plain."""
    joined = "\0".join(words)  # one search through all of them: a call for each is ten times that
    for sign, others in _PLAIN.items():
        for other in others:
            joined = joined.replace(other, sign)
    return joined.split("\0") if words else []


def hash_words(words: Sequence[str]) -> Hashes:
    """Return the hash of every word, typographic quotes made plain."""
    if not words:
        return np.zeros(0, np.uint32)
    return hash_codes(code_points(plain(words)))
