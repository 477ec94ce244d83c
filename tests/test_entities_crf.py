"""Tests of transforms/tagger/crf.py, with small random models."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.tagger import crf
from transforms.tagger.crf import TAGS, Tagger, pack_weights
from transforms.tagger.gazetteer import pack_keys
from transforms.tagger.tokens import tokenise

EMPTY = {
    f"{table}_{part}": array
    for table in ("word", "phrase", "cluster", "published")
    for part, array in (
        ("keys", pack_keys(np.zeros(1, np.uint32))),
        ("values", np.zeros(1, np.uint16)),
    )
}


def model(seed: int, buckets: int = 1 << 10) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    weights = chance.integers(-9, 10, (buckets, len(TAGS)), np.int8)
    weights[chance.random(buckets) < 0.3] = 0
    steps = chance.integers(-60, 60, (len(TAGS) + 1, len(TAGS)), np.int32)
    return {**pack_weights(weights), "transitions": steps, **EMPTY}


def best_by_hand(tagger: Tagger, steps: np.ndarray, tokens) -> int:
    """Return the score of the best path of one sentence, all paths tried."""
    scores = path_scores(tagger, tokens)
    return max(score(steps, scores, path) for path in product(range(len(TAGS)), repeat=len(scores)))


def path_scores(tagger: Tagger, tokens) -> np.ndarray:
    rows = tagger._rows_of(tokens, ["it"])
    first = np.zeros(len(rows), bool)
    first[tokens.sentences] = True
    return tagger._emissions(tagger._sums[rows], tagger._traits.take(rows), [], first)


def score(steps: np.ndarray, scores: np.ndarray, path) -> int:
    moves = steps[-1, path[0]] + sum(steps[a, b] for a, b in pairwise(path))
    return int(moves + sum(scores[i, tag] for i, tag in enumerate(path)))


@settings(max_examples=30)
@given(
    st.integers(0, 999),
    st.lists(st.sampled_from(["Anna", "va", "Roma", ","]), min_size=1, max_size=4),
)
def test_the_best_path_is_the_best_of_all(seed, words):
    arrays = model(seed)
    tagger, tokens = Tagger(arrays), tokenise([" ".join(words)])
    found = tagger.tag(tokens, ["it"]).tags.tolist()
    steps = arrays["transitions"]
    best = best_by_hand(tagger, steps, tokens)
    assert score(steps, path_scores(tagger, tokens), found) == best


@settings(max_examples=20)
@given(st.integers(0, 99))
def test_sentences_are_tagged_alike_alone_and_in_a_batch(seed):
    tagger = Tagger(model(seed))
    texts = ["Anna va a Roma.", "", "Piove", "Il Po è un fiume. Anna no! Ma Ugo?"]
    together = tagger.tag(tokenise(texts), ["it", "it", "de", "it"]).tags.tolist()
    alone = [
        tagger.tag(tokenise([text]), [language]).tags.tolist()
        for text, language in zip(texts, ["it", "it", "de", "it"], strict=True)
    ]
    assert together == [tag for tags in alone for tag in tags]


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(crf, "REMEMBERED", 50)
    tagger, fresh = Tagger(model(1)), Tagger(model(1))
    for n in range(20):
        tokens = tokenise([f"Anna{n} va a Roma{n} con Ugo{n} e{n} altri{n} dieci{n}"])
        assert tagger.tag(tokens, ["it"]).tags.tolist() == fresh.tag(tokens, ["it"]).tags.tolist()
        assert tagger._count <= 50


def test_threads_may_share_a_tagger(monkeypatch):
    monkeypatch.setattr(crf, "REMEMBERED", 30)
    shared = Tagger(model(4))
    texts = [" ".join(f"w{n}x{k}" for k in range(12)) for n in range(60)]
    expected = [Tagger(model(4)).tag(tokenise([t]), ["it"]).tags.tolist() for t in texts[:20]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda t: shared.tag(tokenise([t]), ["it"]).tags.tolist(), texts))
    assert found[:20] == expected


def test_nothing_is_no_words():
    assert Tagger(model(0)).tag(tokenise([""]), ["it"]).tags.tolist() == []


def test_a_language_may_carry_its_script_or_region():
    tagger, tokens = Tagger(model(3)), tokenise(["Anna va a Roma"])
    plain = tagger.tag(tokens, ["pt"]).tags.tolist()
    assert tagger.tag(tokens, ["pt-BR"]).tags.tolist() == plain


@pytest.mark.parametrize("words", [crf.CHUNK - 1, crf.CHUNK + 1])
def test_many_new_words_at_once(words):
    tokens = tokenise([" ".join(f"w{n}" for n in range(words))])
    assert len(Tagger(model(2)).tag(tokens, ["it"]).tags) == words


def test_weights_are_found_where_they_were():
    weights = np.zeros((16, len(TAGS)), np.int8)
    weights[[2, 3, 15]] = np.arange(1, 1 + 3 * len(TAGS)).reshape(3, -1)
    tagger = Tagger(model(0) | pack_weights(weights))
    found = tagger._fetch(np.arange(32, dtype=np.uint32))
    assert found[:16, : len(TAGS)].tolist() == found[16:, : len(TAGS)].tolist() == weights.tolist()
