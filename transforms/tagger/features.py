"""What the tagger looks at: hashed features of words and of words in their context.

Features of a word alone are computed once per distinct word (`word_features`), those that join
neighbours for every word of a text (`joint_features`). All are hashes: a weight is found at the
hash's lowest bits. Trainer and tagger call these functions, so they cannot drift apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from transforms.tagger.gazetteer import PHRASE, SINGLE_BITS, Gazetteer
from transforms.tagger.hashes import (
    Codes,
    Hashes,
    code_points,
    hash_codes,
    hash_words,
    mix,
    plain,
)

LONGEST: Final = 64  # letters of a word that are looked at
LONGEST_AFFIX: Final = 5
OFFSETS: Final = (0, -1, 1, -2, 2)  # word_features' sets: which neighbour a set speaks of
_EDGE: Final = np.uint32(0xB0B0B0B0)  # stands for the word before the first and after the last
_LOWER, _UPPER, _LETTER, _DIGIT = 1, 2, 4, 8
_KNOWN: Final = 0x3000  # code points from here on count as letters without case
_KINDS: Final = np.array(
    [
        _LOWER * c.islower()
        + _UPPER * (c.isupper() or c.istitle())
        + _LETTER * c.isalpha()
        + _DIGIT * c.isdigit()
        for c in map(chr, range(_KNOWN))
    ]
    + [_LETTER],
    np.uint8,
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What the joint features and the rules need of every word: one array entry per word."""

    word: Hashes
    lower: Hashes  # of the word in small letters, with its language
    shape: Hashes
    bits: Hashes  # of the gazetteer
    capital: Hashes  # 1: begins with a capital
    cluster: Hashes  # fine word cluster, 0 when unknown

    def take(self, rows: NDArray[np.int64]) -> "Traits":
        """Return the traits of some words, in the order of `rows`."""
        return Traits(*(getattr(self, name)[rows] for name in self.__slots__))

    def put(self, rows: slice, traits: "Traits") -> None:
        """Write `traits` over the rows."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(traits, name)

    def doubled(self) -> "Traits":
        """Return traits with room for twice as many words."""
        return Traits(
            *(
                np.concatenate([a, np.zeros_like(a)])
                for a in map(self.__getattribute__, self.__slots__)
            )
        )


def word_features(
    words: Sequence[str], language: str, gazetteer: Gazetteer
) -> tuple[list[Hashes], Traits]:
    """Return the features of distinct `words` (at least one) and their traits.

    One array (words x features) for each of OFFSETS: what a word says of itself, of the word after
    it (offset -1 there), before it, and so on.
    """
    written = plain([word[:LONGEST] for word in words])
    spelt = code_points(written)
    small = code_points([word.lower() for word in written])
    small = _zeros(small, _KINDS[np.minimum(small.points, _KNOWN)] & _DIGIT > 0)
    shape, capital, shouted = _shapes(spelt)
    tongue = np.full(len(words), hash_words([language])[0], np.uint32)
    word, lower = hash_codes(spelt), hash_codes(small)
    bits = gazetteer.word_bits(word)
    if shouted.any():  # ROMA is looked up as Roma
        bits[shouted] |= gazetteer.word_bits(_capitalised(written, shouted))
    clusters = _clusters(written, spelt, lower, shouted, gazetteer)
    fine, coarse = clusters & np.uint32(1023), clusters >> np.uint32(10)
    fine_or_shape = np.where(clusters == 0, mix(9, shape), fine)
    vector, brown = gazetteer.published(lower), gazetteer.published(mix(50, tongue, word))
    vector = np.where(vector == 0, mix(51, shape), vector)
    brown = np.where(brown == 0, mix(52, shape), mix(53, tongue, brown))
    heads, tails = _affixes(small)
    lower_here, tail_here = mix(5, tongue, lower), mix(6, tongue, tails[2])
    known = bits & SINGLE_BITS
    length = np.minimum(spelt.lengths, 12).astype(np.uint32)

    own = [word, lower, lower_here, shape, mix(7, length, shape), *tails, *heads[1:]]
    own += [known, mix(8, known, shape), tail_here]
    own += [known & np.uint32(1 << bit) for bit in range(13)]
    own += [fine_or_shape, mix(9, coarse, capital)]
    own += [vector, mix(54, vector, capital), mix(55, vector, tongue), brown, mix(56, brown, shape)]
    near = [lower, shape, tails[2], known, lower_here, fine_or_shape, coarse, vector, brown]
    far = [lower, shape, coarse]
    sets = [
        np.stack([mix(100 * number + j, values) for j, values in enumerate(features)], 1)
        for number, features in enumerate((own, near, near, far, far), 1)
    ]
    return sets, Traits(word, lower_here, shape, bits, capital, fine)


def _zeros(codes: Codes, digits: NDArray[np.bool_]) -> Codes:
    return codes._replace(points=np.where(digits, np.uint32(ord("0")), codes.points))


def _capitalised(words: list[str], chosen: NDArray[np.bool_]) -> Hashes:
    return hash_words([w.capitalize() for w, c in zip(words, chosen, strict=True) if c])


def _clusters(
    words: list[str],
    spelt: Codes,
    lower: Hashes,
    shouted: NDArray[np.bool_],
    gazetteer: Gazetteer,
) -> Hashes:
    """Look every word up as it is, then in small letters, a shouted one also as a name."""
    digits = spelt.points - np.uint32(ord("0")) < 10
    found = gazetteer.clusters(hash_codes(_zeros(spelt, digits)))
    found = np.where(found == 0, gazetteer.clusters(lower), found)
    if shouted.any():
        found[shouted] = np.where(
            found[shouted] == 0, gazetteer.clusters(_capitalised(words, shouted)), found[shouted]
        )
    return found


def _affixes(small: Codes) -> tuple[list[Hashes], list[Hashes]]:
    """Return the hashes of the first and of the last 1, 2, ... 5 letters of every word."""
    padded = np.append(small.points, np.zeros(LONGEST_AFFIX, np.uint32))
    last = np.maximum(small.lengths, 1) - 1
    head = tail = np.zeros(len(last), np.uint32)
    heads, tails = [], []
    for j in range(LONGEST_AFFIX):
        reaches = j < small.lengths
        at = np.minimum(j, last)
        head = mix(4, head, np.where(reaches, padded[small.starts + at], np.uint32(0)))
        tail = mix(3, tail, np.where(reaches, padded[small.starts + last - at], np.uint32(0)))
        heads.append(head)
        tails.append(tail)
    return heads, tails


def _shapes(spelt: Codes) -> tuple[Hashes, Hashes, NDArray[np.bool_]]:
    """Return each word's shape (a small number), 1 for a capital first, and who is all capitals."""
    points, starts, lengths = spelt
    kinds = _KINDS[np.minimum(points, _KNOWN)]
    low, up, letter, digit = (kinds & kind > 0 for kind in (_LOWER, _UPPER, _LETTER, _DIGIT))
    inside = np.concatenate(([False], letter[:-1]))

    def count(where: NDArray[np.bool_]) -> NDArray[np.int32]:
        return np.add.reduceat(where.astype(np.int32), starts)

    lows, ups, letters, numbers = count(low), count(up), count(letter), count(digit)
    camel, small_start = count(up & inside), count(low & ~inside)
    first, last = points[starts], points[starts + lengths - 1]
    capital, only_letters, one = up[starts], letters == lengths, lengths == 1
    dotted = count(points == ord(".")) > 0
    small, big = (lows > 0) & (ups == 0), (ups > 0) & (lows == 0)
    title = capital & (camel == 0) & (small_start == 0)
    cases = [
        small & only_letters,
        small,
        big & only_letters & one,
        big & only_letters,
        big & dotted,
        big,
        (numbers == lengths) & (lengths == 4),  # a year
        (numbers == lengths) & (lengths <= 2),
        numbers == lengths,
        title & only_letters,
        title & (last == ord("'")),
        title,
        capital,
        numbers > 0,
        only_letters,
        one,  # a sign: its own shape
    ]
    values = [np.uint32(i) for i in range(1, 16)] + [np.uint32(100) + first]
    shape = np.select(cases, values, np.uint32(16)).astype(np.uint32)
    return shape, capital.astype(np.uint32), big & only_letters & (lengths > 2)


def joint_features(
    traits: Traits,
    phrases: Hashes,
    first: NDArray[np.bool_],
    last: NDArray[np.bool_],
) -> list[Hashes]:
    """Return the features that join words with their neighbours: a list of arrays, one per feature.

    `first` and `last` mark the words at the edges of sentences, `phrases` those in a known phrase.
    """

    def before(values: Hashes) -> Hashes:
        found = np.empty_like(values)
        found[1:] = values[:-1]
        found[first] = _EDGE
        return found

    def after(values: Hashes) -> Hashes:
        found = np.empty_like(values)
        found[:-1] = values[1:]
        found[last] = _EDGE
        return found

    lower, shape, cluster = traits.lower, traits.shape, traits.cluster
    known = traits.bits & ~np.uint32(PHRASE)
    lower_before, lower_after = before(lower), after(lower)
    shape_before, shape_after = before(shape), after(shape)
    cluster_before, cluster_after = before(cluster), after(cluster)
    return [
        mix(10, shape_before, shape),
        mix(11, shape, shape_after),
        mix(12, shape_before, shape, shape_after),
        mix(13, lower_before, shape),
        mix(14, shape, lower_after),
        mix(15, lower_before, lower),
        mix(16, lower, lower_after),
        mix(17, before(known), known, shape),
        mix(18, known, after(known), shape),
        mix(19, phrases, shape),
        mix(20, before(lower_before), lower_before, shape),
        mix(21, before(shape_before), shape_before, shape, shape_after, after(shape_after)),
        mix(22, cluster_before, shape, known),
        mix(23, cluster_after, shape, known),
        mix(24, cluster_before, cluster),
        mix(25, cluster, cluster_after),
    ]
