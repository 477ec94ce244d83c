"""A hashed linear-chain conditional random field, run with numpy only.

The score of a label for a word is a sum of int8 weights, one for each of the word's hashed
features (`features.py`). The part that depends on the word alone is summed once per distinct word
and kept; the rest, and the best path (Viterbi), is computed for a whole batch of texts at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from transforms.tagger.features import OFFSETS, Traits, joint_features, word_features
from transforms.tagger.gazetteer import Gazetteer, Phrase, load_gazetteer
from transforms.tagger.hashes import Hashes
from transforms.tagger.tokens import Tokens

LABELS: Final = ("PER", "LOC", "ORG")
TAGS: Final = ("O", *(f"{part}-{label}" for label in LABELS for part in "BI"))
NO_WORD_BEFORE, NO_WORD_AFTER = 7, 11  # weights of a sentence's first and last word
ROW: Final = 8  # int8 weights of a bucket, the last one unused: 64 bits
PACK: Final = 8  # a score's lowest three bits name a tag
REMEMBERED: Final = 100_000  # distinct words, about 300 bytes each
CHUNK: Final = 4096  # new words at once: bounds the memory that their features take


def pack_weights(weights: NDArray[np.int8]) -> dict[str, NDArray[Any]]:
    """Return what a model file holds of weights, buckets x TAGS.

    A bit for each bucket, and the rows that are not all 0: a third of them.
    """
    used = weights.any(axis=1)
    return {"used": np.packbits(used), "weights": weights[used]}


def _unpack_weights(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint64]:
    """Return a number of 64 bits for each bucket, ROW weights: fetched 5 times faster so."""
    used, found = np.unpackbits(arrays["used"]), arrays["weights"]
    rows = np.zeros((len(found), ROW), np.int8)
    rows[:, : len(TAGS)] = found
    weights = np.zeros(len(used), np.uint64)
    weights[np.flatnonzero(used.view(np.bool_))] = rows.view(np.uint64).ravel()
    return weights


@dataclass(frozen=True, slots=True)
class Tagged:
    """What is known of a batch of words: the input of the rules."""

    tags: NDArray[np.int8]  # numbers of TAGS
    traits: Traits
    phrases: list[Phrase]
    first: NDArray[np.bool_]  # a sentence begins here


class Tagger:
    """The model: `tag` gives every word of some texts one of TAGS."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the arrays of a model file (docs/entities.md)."""
        self._weights = _unpack_weights(arrays)
        self._mask = np.uint32(len(self._weights) - 1)
        steps = arrays["transitions"]  # int32, from a tag (last row: the start) to one
        self._steps, self._begin = steps[:-1, :, None] * PACK, steps[-1, :, None] * PACK
        self._gazetteer: Gazetteer = load_gazetteer(arrays)
        self._lock = Lock()  # worker threads share a tagger, and what it remembers changes
        self._forget()

    def tag(self, tokens: Tokens, languages: Sequence[str]) -> Tagged:
        """Tag the words of texts that are written in `languages` (BCP 47; `und` will do)."""
        n = len(tokens.words)
        first = np.zeros(n, np.bool_)
        first[tokens.sentences] = True
        if not n:
            return Tagged(np.zeros(0, np.int8), self._traits.take(np.zeros(0, np.int64)), [], first)
        with self._lock:
            rows = self._rows_of(tokens, languages)
            sums, traits = self._sums[rows], self._traits.take(rows)
        phrases = self._gazetteer.phrases(traits.word, traits.bits, np.cumsum(first))
        scores = self._emissions(sums, traits, phrases, first)
        return Tagged(self._best_path(scores, tokens.sentences), traits, phrases, first)

    def _fetch(self, hashes: Hashes) -> NDArray[np.int8]:
        """Return the weights of each hash: one more axis, of ROW."""
        return self._weights[hashes & self._mask].view(np.int8).reshape(*hashes.shape, ROW)

    def _forget(self) -> None:
        self._known: dict[str, dict[str, int]] = {}  # language -> word -> row
        self._sums = np.zeros((4096, len(OFFSETS), ROW), np.int16)
        self._traits = Traits(*(np.zeros(4096, np.uint32) for _ in Traits.__slots__))
        self._count = 0

    def _rows_of(self, tokens: Tokens, languages: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of every word, after learning the new ones."""
        edges = np.searchsorted(tokens.documents, np.arange(len(languages) + 1)).tolist()
        runs = [
            (language.partition("-")[0], tokens.words[start:end])
            for language, start, end in zip(languages, edges, edges[1:], strict=False)
        ]
        new: dict[str, dict[str, None]] = {}
        for language, words in runs:
            fresh = set(words).difference(self._known.setdefault(language, {}))
            if fresh:
                new.setdefault(language, {}).update((w, None) for w in words if w in fresh)
        if self._count and self._count + sum(map(len, new.values())) > REMEMBERED:
            self._forget()
            return self._rows_of(tokens, languages)
        for language, fresh_words in new.items():
            self._learn(list(fresh_words), language)
        return np.concatenate(
            [
                np.fromiter(map(self._known[language].__getitem__, words), np.int64, len(words))
                for language, words in runs
            ]
        )

    def _learn(self, words: list[str], language: str) -> None:
        for at in range(0, len(words), CHUNK):
            chunk = words[at : at + CHUNK]
            start, end = self._count, self._count + len(chunk)
            while end > len(self._sums):
                self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
                self._traits = self._traits.doubled()
            sets, traits = word_features(chunk, language, self._gazetteer)
            self._traits.put(slice(start, end), traits)
            for k, features in enumerate(sets):
                self._sums[start:end, k] = self._fetch(features).sum(1, dtype=np.int16)
            self._known[language].update(zip(chunk, range(start, end), strict=True))
            self._count = end

    def _emissions(
        self,
        sums: NDArray[np.int16],
        traits: Traits,
        phrases: list[Phrase],
        first: NDArray[np.bool_],
    ) -> NDArray[np.int32]:
        """Return the summed weights: words x ROW. `sums`: words x OFFSETS x ROW."""
        last = np.append(first[1:], True)
        sentence = np.cumsum(first)
        scores = sums[:, 0].astype(np.int32)
        for k, offset in enumerate(OFFSETS[1:], 1):
            if len(sums) <= abs(offset):
                continue
            here, there = _pairs(offset)
            same = (sentence[here] == sentence[there])[:, None]
            scores[here] += sums[there, k] * same
        edges = self._fetch(np.array([NO_WORD_BEFORE, NO_WORD_AFTER], np.uint32))
        scores[first] += edges[0]
        scores[last] += edges[1]
        joint = joint_features(traits, phrase_column(phrases, len(sums)), first, last)
        for hashes in joint:
            scores += self._fetch(hashes)
        return scores

    def _best_path(
        self, scores: NDArray[np.int32], sentences: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        """Viterbi over all sentences at once, the longest first.

        Scores are integers; their lowest bits carry the tag they come from, so that one maximum
        finds both. Arrays are tags x sentences: numpy is quick along the long axis.
        """
        lengths = np.diff(np.append(sentences, len(scores)))
        order = np.argsort(-lengths, kind="stable")
        base, longest = sentences[order], int(lengths.max())
        live = np.searchsorted(-lengths[order], -np.arange(1, longest + 1), side="right").tolist()
        packed = np.ascontiguousarray(scores[:, : len(TAGS)].T) * PACK
        best = packed[:, base] + self._begin
        tag = np.zeros(len(base), np.int64)  # the last tag of each path
        back = np.zeros((longest, len(TAGS), len(base)), np.int8)
        come = np.arange(len(TAGS), dtype=np.int32)[:, None, None]
        for step in range(1, longest):
            alive, before = live[step], live[step - 1]
            if alive < before:
                tag[alive:before] = best[:, alive:before].argmax(0)
            paths = (best[:, None, :alive] + self._steps + come).max(0)
            back[step, :, :alive] = paths & (PACK - 1)
            best = (paths & -PACK) + packed[:, base[:alive] + step]
        tag[: live[-1]] = best[:, : live[-1]].argmax(0)
        tags = np.zeros(len(scores), np.int8)
        for step in range(longest - 1, -1, -1):
            alive = live[step]
            tags[base[:alive] + step] = tag[:alive]
            if step:
                tag[:alive] = back[step, tag[:alive], np.arange(alive)]
        return tags


def _pairs(offset: int) -> tuple[slice, slice]:
    """Return the slices of words that have a neighbour at `offset`, and of those neighbours."""
    if offset < 0:
        return slice(-offset, None), slice(None, offset)
    return slice(None, -offset), slice(offset, None)


def phrase_column(phrases: list[Phrase], n: int) -> Hashes:
    """Return for every word its part in a known phrase: 4 x kind + 1 at its head, + 2 inside."""
    column = np.zeros(n, np.uint32)
    for start, end, kind in phrases:
        column[start] = kind * 4 + 1
        column[start + 1 : end] = kind * 4 + 2
    return column
