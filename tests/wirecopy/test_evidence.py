"""Tests of transforms/wirecopy/evidence.py."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_sketch import SCRIPTS
from tests.wirecopy.make import story
from transforms.sketch import INDEX_LIMIT, sketch_texts
from transforms.wirecopy.evidence import CHUNK_PAIRS, compare, prepare
from transforms.wirecopy.rules import BENT

NONE = np.empty(0, np.uint32)
A, B = story("a", 20), story("b", 20)


def damaged(text: str, share: float) -> str:
    """Return the text as a bad scan reads it: letters replaced, lost, or doubled."""
    rng = random.Random(1)
    return "".join(
        rng.choice(["", letter * 2, "x", "q"]) if rng.random() < share else letter
        for letter in text
    )


def between(one, other, boilerplate=NONE):
    found = compare(prepare(sketch_texts([one, other]), boilerplate), np.array([0]), np.array([1]))
    return {name: float(getattr(found, name)[0]) for name in found.__dataclass_fields__} | {
        "share_a": float(found.covered_a[0] / found.rest_a[0]),
        "share_b": float(found.covered_b[0] / found.rest_b[0]),
    }


def test_the_same_text_is_covered_wholly():
    found = between(A, A)
    assert found["same"] == 1
    assert found["share_a"] == found["share_b"] == pytest.approx(1, abs=0.02)


def test_other_texts_share_nothing():
    assert between(A, B)["grams"] == 0


@pytest.mark.parametrize(("share", "covered"), [(0.02, 0.95), (0.06, 0.9), (0.1, 0.8)])
def test_a_damaged_copy_is_covered_as_fully_as_a_clean_one(share, covered):
    assert between(A, damaged(A, share))["share_b"] >= covered


def test_a_damaged_copy_stays_on_its_diagonal_and_a_form_filled_in_anew_leaves_it():
    words = A.split()
    form = [
        " ".join(w if k % 5 else f"{w}{name * (k // 5 % 4)}" for k, w in enumerate(words))
        for name in ("", "bartholomew")
    ]

    assert between(A, A)["bend"] == 0
    assert between(A, damaged(A, 0.06))["bend"] < 3
    assert between(*form)["bend"] > BENT


def test_coverage_is_of_each_side():
    found = between(A + " " + B, A)
    assert found["share_a"] == pytest.approx(0.5, abs=0.05)
    assert found["share_b"] == pytest.approx(1, abs=0.03)


def test_lone_phrases_in_other_places_are_no_passage():
    words = A.split()
    mixed = " ".join(" ".join(words[k : k + 2]) for k in range(len(words) - 2, 0, -2))
    assert between(A, mixed)["share_a"] < 0.25


def test_moved_paragraphs_are_still_covered():
    half = A.index(". ", len(A) // 2) + 2
    assert between(A, A[half:] + A[:half])["share_a"] > 0.93


def test_numbers_inside_passages_are_counted_on_both_sides():
    frame = A[:400] + " It sold {} units for {} pounds at {} in total. " + A[400:800]
    found = between(frame.format(1200, 345, 17), frame.format(1200, 999, 17))
    assert (found["numbers"], found["agree"]) == (6, 4)


def test_what_hot_keys_surround_is_no_evidence():
    hashes = sketch_texts([B]).hashes
    boilerplate = hashes[hashes < INDEX_LIMIT]
    found = between(A + " " + B, story("c", 20) + " " + B, boilerplate)
    assert found["covered_a"] < 60
    assert found["stock"] > 0.8
    copy = between(A + " " + B, A, boilerplate)
    assert copy["share_a"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("language", SCRIPTS)
def test_copies_in_every_script_are_covered(language):
    text = SCRIPTS[language]
    found = between(text, "(Agency) " + text[3:])
    assert min(found["share_a"], found["share_b"]) > 0.6


@settings(max_examples=20)
@given(st.lists(st.text(max_size=300), min_size=2, max_size=6))
def test_evidence_is_symmetric_and_within_bounds(texts):
    prepared = prepare(sketch_texts(texts), NONE)
    a, b = (side.ravel() for side in np.meshgrid(np.arange(len(texts)), np.arange(len(texts))))
    one, other = compare(prepared, a, b), compare(prepared, b, a)
    assert np.all(one.covered_a <= one.rest_a)
    assert np.array_equal(one.numbers, other.numbers)


def test_more_pairs_than_fit_at_once_are_compared_in_pieces():
    prepared = prepare(sketch_texts([A, A[:300], B]), NONE)
    count = CHUNK_PAIRS + 5
    found = compare(prepared, np.zeros(count, np.int64), np.arange(count) % 3)
    assert len(found.grams) == count
    assert np.array_equal(found.same[:3], found.same[CHUNK_PAIRS : CHUNK_PAIRS + 3])
