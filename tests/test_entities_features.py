"""Tests of transforms/tagger/hashes.py, features.py and gazetteer.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.tagger.features import LONGEST, OFFSETS, joint_features, word_features
from transforms.tagger.gazetteer import (
    BODY,
    COUNTRY,
    GIVEN,
    PHRASE,
    Gazetteer,
    Table,
    pack_keys,
    unpack_keys,
)
from transforms.tagger.hashes import hash_words, mix

WORDS = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=12)


def table(entries: dict[str, int]) -> Table:
    hashes = hash_words(list(entries))
    order = np.argsort(hashes)
    return Table(hashes[order], np.array(list(entries.values()), np.uint16)[order])


def gazetteer() -> Gazetteer:
    words = {"Corea": COUNTRY | PHRASE, "Anna": GIVEN, "Roma": 4, "ONU": BODY}
    phrase = mix(3, *(hash_words([word]) for word in ("Corea", "del", "Nord")))
    return Gazetteer(
        table(words), Table(phrase, np.array([COUNTRY])), table({"roma": 5 + 1024}), table({})
    )


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_a_hash_depends_on_the_word_alone(words):
    together = hash_words(words)
    assert [int(hash_words([word])[0]) for word in words] == together.tolist()


def test_hashes_are_fixed_for_ever():
    """The model file stands on these numbers."""
    assert hash_words(["Roma", "L’", "", "\ud800"]).tolist() == [
        3064406952,
        1538631687,
        1781254807,
        1193549656,
    ]
    assert hash_words(["L'"])[0] == hash_words(["L’"])[0]


@given(st.sets(st.integers(0, 2**32 - 1), min_size=1))
def test_packed_keys_come_back(keys):
    sorted_keys = np.array(sorted(keys), np.uint32)
    assert (unpack_keys(pack_keys(sorted_keys)) == sorted_keys).all()


def test_a_table_answers_zero_for_what_it_does_not_know():
    known = table({"Anna": 7, "Roma": 9})
    assert known(hash_words(["Roma", "Bari", "Anna"])).tolist() == [9, 0, 7]
    assert Table(np.zeros(0, np.uint32), np.zeros(0))(hash_words(["Anna"])).tolist() == [0]


def test_phrases_are_found_within_a_sentence_only():
    words = hash_words(["La", "Corea", "del", "Nord", "e", "Corea", "del", "Nord"])
    bits = gazetteer().word_bits(words)
    one = gazetteer().phrases(words, bits, np.zeros(8, np.int64))
    assert one == [(1, 4, COUNTRY), (5, 8, COUNTRY)]
    two = gazetteer().phrases(words, bits, np.array([0, 0, 0, 1, 1, 1, 1, 1]))
    assert two == [(5, 8, COUNTRY)]


@settings(max_examples=30)
@given(st.lists(WORDS, min_size=2, max_size=6, unique=True))
def test_a_words_features_do_not_depend_on_its_neighbours_in_the_batch(words):
    sets, traits = word_features(words, "it", gazetteer())
    assert len(sets) == len(OFFSETS)
    for i, word in enumerate(words):
        alone, its = word_features([word], "it", gazetteer())
        assert all((a[0] == b[i]).all() for a, b in zip(alone, sets, strict=True))
        assert all(getattr(its, n)[0] == getattr(traits, n)[i] for n in traits.__slots__)


def test_shouted_words_are_looked_up_as_names():
    _, traits = word_features(["ROMA", "Roma", "roma"], "it", gazetteer())
    assert traits.bits.tolist() == [4, 4, 0]
    assert traits.cluster.tolist() == [5, 5, 5]
    assert traits.capital.tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("words", "alike"),
    [(("Roma", "Bari"), True), (("Roma", "roma"), False), (("2024", "1999"), True),
     (("2024", "12"), False), (("U.S.", "J."), True), (("ONU", "NATO"), True),
     (("McCain", "Cain"), False), ((",", "."), False), (("北", "शा"), False)],
)  # fmt: skip
def test_shapes(words, alike):
    _, traits = word_features(words, "it", gazetteer())
    assert (traits.shape[0] == traits.shape[1]) == alike


def test_a_word_of_a_megabyte_costs_no_more_than_its_first_letters():
    _, traits = word_features(["x" * 1_000_000, "x" * LONGEST], "it", gazetteer())
    assert traits.word[0] == traits.word[1]


def test_joint_features_do_not_look_across_sentences():
    words = ["Anna", "va", "Roma", "tace"]
    _, traits = word_features(words, "it", gazetteer())
    edges = np.array([1, 0, 1, 0], bool)
    phrases = np.zeros(4, np.uint32)
    both = joint_features(traits, phrases, edges, np.append(edges[1:], True))
    half = traits.take(np.array([2, 3]))
    alone = joint_features(half, phrases[2:], edges[2:], np.append(edges[3:], True))
    for one, two in zip(both, alone, strict=True):
        assert (one[2:] == two).all()
