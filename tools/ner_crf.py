"""Train the weights of the hashed linear-chain CRF with AdaGrad (numba)."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from tools.ner_data import Sentence
from transforms.tagger.crf import (
    NO_WORD_AFTER,
    NO_WORD_BEFORE,
    ROW,
    TAGS,
    pack_weights,
    phrase_column,
)
from transforms.tagger.features import OFFSETS, joint_features, word_features
from transforms.tagger.gazetteer import Gazetteer

BUCKETS = 1 << 21
EPOCHS, RATE, DECAY = 3, 0.15, 0.6  # the rate falls by DECAY over the epochs
SEEDS = (0, 1)  # orders of the sentences: the mean of what two teach is .4 better than either
COUNTERS = 1 << 28  # tell features apart, to count them, much better than buckets do
FEWEST = 2  # a rarer feature teaches nothing: F1 .3 better than to count what shares a bucket
SHRINK = 1e-3
SURE = 1e-3  # a word whose tags are this close to the truth teaches nothing
NEVER = -(1 << 20)  # a forbidden step of the finished model: more than any word's score
FORBIDDEN = -1e4  # the step from a tag to an I of another label
O_BIAS = 0.4  # taken from the score of O: recall for precision
PRUNE, CAP = 0.03, 4.0  # smaller weights are dropped, larger ones cut
LEVELS = 48  # of a weight's size: 127 gave the same F1 (+-0.1) for 1.5 MB more
LABELLED = len(TAGS)
_NUMBERS = {tag: i for i, tag in enumerate(TAGS)}


class Part:
    """The features of some sentences: a row of hashes per word, -1 where there is none."""

    def __init__(
        self, sentences: list[Sentence], language: str, gazetteer: Gazetteer, weight: float
    ) -> None:
        words = [w for ws, _ in sentences for w in ws]
        lengths = [len(ws) for ws, _ in sentences]
        self.starts = np.cumsum([0, *lengths]).astype(np.int64)
        self.gold = np.array([n for _, ts in sentences for n in _numbers(ts)], np.int8)
        self.weight = weight
        types = {w: i for i, w in enumerate(dict.fromkeys(words))}
        rows = np.array([types[w] for w in words])
        sets, traits = word_features(list(types), language, gazetteer)
        traits = traits.take(rows)
        first = np.zeros(len(words), np.bool_)
        first[self.starts[:-1]] = True
        last, sentence = np.append(first[1:], True), np.cumsum(first)
        columns = [
            _neighbour(features[rows], offset, sentence)
            for features, offset in zip(sets, OFFSETS, strict=True)
        ]
        columns[OFFSETS.index(-1)][first, 0] = NO_WORD_BEFORE
        columns[OFFSETS.index(1)][last, 0] = NO_WORD_AFTER
        phrases = phrase_column(gazetteer.phrases(traits.word, traits.bits, sentence), len(words))
        joint = joint_features(traits, phrases, first, last)
        columns.append(np.stack([_counter(hashes) for hashes in joint], 1))
        self.features = np.ascontiguousarray(np.concatenate(columns, 1))


def _counter(hashes: NDArray[np.uint32]) -> NDArray[np.int32]:
    return (hashes & np.uint32(COUNTERS - 1)).astype(np.int32)


def _neighbour(
    hashes: NDArray[np.uint32], offset: int, sentence: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Move each word's features to the word they speak of, within its sentence."""
    counters = _counter(hashes)
    moved = np.full_like(counters, -1)
    if offset == 0:
        return counters
    here, there = (
        (slice(-offset, None), slice(None, offset))
        if offset < 0
        else (slice(None, -offset), slice(offset, None))
    )
    same = (sentence[here] == sentence[there])[:, None]
    moved[here] = np.where(same, counters[there], -1)
    return moved


def _numbers(tags: list[str]) -> list[int]:
    """Return tags as numbers of TAGS: other labels are O, a stray I opens."""
    found = []
    for i, tag in enumerate(tags):
        known = tag if tag in _NUMBERS else "O"
        if known[0] == "I" and (i == 0 or tags[i - 1][2:] != tag[2:]):
            known = "B" + known[1:]
        found.append(_NUMBERS[known])
    return found


def _transitions() -> NDArray[np.float64]:
    steps = np.zeros((len(TAGS) + 1, len(TAGS)))  # last row: the start of a sentence
    for after, tag in enumerate(TAGS):
        if tag[0] == "I":
            wrong = [i for i, before in enumerate([*TAGS, "O"]) if before[2:] != tag[2:]]
            steps[wrong, after] = FORBIDDEN
    return steps


class _Corpus(NamedTuple):
    features: NDArray[np.int32]  # words x features: rows of the weights, -1 where there is none
    starts: NDArray[np.int64]  # of sentences, and the end
    gold: NDArray[np.int8]
    importance: NDArray[np.float32]  # of each sentence
    buckets: NDArray[np.int64]  # of the rows of the weights, the most frequent first


class _Model(NamedTuple):
    weights: NDArray[np.float32]  # used buckets x ROW
    weight_squares: NDArray[np.float32]  # AdaGrad's sums of squared slopes
    steps: NDArray[np.float64]  # from a tag (last row: start) to one
    step_squares: NDArray[np.float64]


def train(parts: list[Part]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return weights and transitions: the mean of all SEEDS."""
    corpus = _corpus(parts)
    learned = [_learn(corpus, seed) for seed in SEEDS]
    weights = np.zeros((BUCKETS, len(TAGS)), np.float32)
    weights[corpus.buckets] = sum(weights for weights, _ in learned)[:, : len(TAGS)] / len(SEEDS)
    return weights, sum(steps for _, steps in learned) / len(SEEDS)


def _learn(corpus: _Corpus, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return weights and transitions, averaged over the half epochs after the first epoch."""
    chance = np.random.default_rng(seed)
    weights, steps = np.zeros((len(corpus.buckets), ROW), np.float32), _transitions()
    model = _Model(weights, np.full_like(weights, 0.1), steps, np.full_like(steps, 0.1))
    mean, mean_steps, count = np.zeros_like(weights), np.zeros_like(steps), 0
    for epoch in range(EPOCHS):
        rate = RATE * (1 - DECAY * epoch / EPOCHS)
        for half in np.array_split(chance.permutation(len(corpus.starts) - 1), 2):
            _descend(corpus, model, half, rate)
            if epoch:
                mean += model.weights
                mean_steps += model.steps
                count += 1
    return mean / count, mean_steps / count


def _corpus(parts: list[Part]) -> _Corpus:
    offsets = np.cumsum([0] + [len(part.features) for part in parts])
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
    features = np.concatenate([part.features for part in parts])
    _count(features, np.zeros(COUNTERS, np.uint8))
    uses = np.bincount(features.ravel() + 1, minlength=BUCKETS + 1)[1:]
    # By frequency: what is fetched often lies close together, which is 1.2 x as fast.
    buckets = np.argsort(-uses, kind="stable")[: np.count_nonzero(uses)]
    rows = np.full(BUCKETS + 1, -1, np.int32)  # the last one: no feature
    rows[buckets] = np.arange(len(buckets))
    return _Corpus(
        rows[features],
        np.append(np.concatenate(starts), offsets[-1]),
        np.concatenate([part.gold for part in parts]),
        np.concatenate([np.full(len(p.starts) - 1, p.weight, np.float32) for p in parts]),
        buckets,
    )


@nb.njit(cache=True)
def _count(features: NDArray[np.int32], counts: NDArray[np.uint8]) -> None:
    """Put buckets in the place of hashes, -1 where a hash is rare."""
    cells = features.ravel()
    for f in cells:
        if f >= 0 and counts[f] < FEWEST:
            counts[f] += 1
    for i, f in enumerate(cells):
        cells[i] = f & (BUCKETS - 1) if f >= 0 and counts[f] >= FEWEST else -1


@nb.njit(fastmath=True, cache=True)
def _descend(corpus: _Corpus, model: _Model, order: NDArray[np.int64], rate: float) -> None:
    """Go through the sentences of `order` once, each a step of AdaGrad down its own slope."""
    for s in order:
        start, end = corpus.starts[s], corpus.starts[s + 1]
        features, gold = corpus.features[start:end], corpus.gold[start:end]
        worth = corpus.importance[s]
        scores = _scores(features, model.weights)
        chances, pairs = _marginals(scores, np.exp(model.steps))
        _move_steps(model, pairs, gold, worth, rate)
        _move_weights(model, features, chances, gold, worth, rate)


@nb.njit(fastmath=True, cache=True)
def _scores(features, weights):  # noqa: ANN001, ANN202
    scores = np.zeros((len(features), ROW), np.float32)
    for t in range(len(features)):
        for f in features[t]:
            if f >= 0:
                for k in range(ROW):
                    scores[t, k] += weights[f, k]
    return scores[:, :LABELLED]


@nb.njit(fastmath=True, cache=True)
def _marginals(scores, moves):  # noqa: ANN001, ANN202
    """Return the chance of every tag of a word, and of every pair of tags at two words."""
    words, tags = scores.shape
    forward, backward = np.empty((words, tags)), np.ones((words, tags))
    local, norm = np.empty((words, tags)), np.empty(words)
    pairs = np.empty((words, tags, tags))
    for t in range(words):
        top, total = scores[t].max(), 0.0
        for k in range(tags):
            local[t, k] = np.exp(scores[t, k] - top)
            mass = moves[tags, k]
            if t:
                mass = 0.0
                for q in range(tags):
                    mass += forward[t - 1, q] * moves[q, k]
            forward[t, k] = mass * local[t, k]
            total += forward[t, k]
        forward[t] /= total
        norm[t] = total
    for t in range(words - 2, -1, -1):
        for q in range(tags):
            mass = 0.0
            for k in range(tags):
                after = moves[q, k] * local[t + 1, k] * backward[t + 1, k] / norm[t + 1]
                pairs[t + 1, q, k] = forward[t, q] * after
                mass += after
            backward[t, q] = mass
    return forward * backward, pairs


@nb.njit(fastmath=True, cache=True)
def _move_steps(model, pairs, gold, worth, rate):  # noqa: ANN001, ANN202
    for t in range(1, len(gold)):
        for q in range(pairs.shape[1]):
            for k in range(pairs.shape[2]):
                if model.steps[q, k] < FORBIDDEN / 2:
                    continue
                slope = worth * (pairs[t, q, k] - (gold[t - 1] == q and gold[t] == k))
                if abs(slope) > 1e-4:
                    model.step_squares[q, k] += slope * slope
                    model.steps[q, k] -= rate * slope / (np.sqrt(model.step_squares[q, k]) + 1e-6)


@nb.njit(fastmath=True, cache=True)
def _move_weights(model, features, chances, gold, worth, rate):  # noqa: ANN001, ANN202, PLR0913, PLR0917
    weights, squares = model.weights, model.weight_squares
    wrong = np.zeros(LABELLED, np.float32)
    least, shrink, speed = np.float32(SURE), np.float32(SHRINK), np.float32(rate)
    for t in range(len(gold)):
        for k in range(LABELLED):
            wrong[k] = worth * (chances[t, k] - (gold[t] == k))
        if np.abs(wrong).max() < least * worth:
            continue
        for f in features[t]:
            if f >= 0:
                for k in range(LABELLED):
                    slope = wrong[k] + shrink * weights[f, k]
                    if abs(slope) >= least:
                        squares[f, k] += slope * slope
                        weights[f, k] -= speed * slope / np.sqrt(squares[f, k])


def quantise(weights: NDArray[np.float32], steps: NDArray[np.float64]) -> dict[str, np.ndarray]:
    """Return the arrays of a model file: weights as int8, transitions in their unit."""
    strong = np.abs(weights).max(1, keepdims=True) >= PRUNE
    weights = np.where(strong, weights, 0)
    scale = min(float(np.abs(weights).max()), CAP) / LEVELS
    steps = steps.copy()
    steps[:, 0] -= O_BIAS
    levels = np.clip(np.rint(weights / scale), -LEVELS, LEVELS).astype(np.int8)
    return {
        **pack_weights(levels),
        "transitions": np.rint(np.maximum(steps / scale, NEVER)).astype(np.int32),
    }
