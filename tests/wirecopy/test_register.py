"""Tests of transforms/wirecopy/register.py."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wirecopy.make import DAY, row, rows, story, write
from transforms.wirecopy.register import hash_strings, is_agency, number_articles

A = story("a")
HASHES = [0, 8902156893813504928, 5925654128376731252]


def register(*files):
    return number_articles(files)


@pytest.mark.parametrize("source", ["Reuters", "reuters.com", "www.ansa.it", "AFP", "dpa", "AP"])
def test_agencies_are_known_by_name_or_domain(source):
    assert is_agency(source)


@pytest.mark.parametrize("source", ["The Gazette", "apple.com", "Reuters Square Gazette", ""])
def test_other_sources_are_not_agencies(source):
    assert not is_agency(source)


@given(st.lists(st.text(), max_size=20))
def test_hash_of_a_string_depends_on_the_string_alone(strings):
    whole = hash_strings(pa.array(strings, pa.string()))
    alone = [hash_strings(pa.array([s], pa.string()))[0] for s in strings]
    assert whole.tolist() == alone
    assert len(set(whole.tolist())) == len(set(strings))


def test_hash_of_a_string_is_the_same_on_every_machine():
    assert hash_strings(pa.array(["", "wirefold", "città"])).tolist() == HASHES


def test_numbers_do_not_depend_on_files(tmp_path):
    articles = rows(*(story(str(k)) for k in range(9)))
    one = register(write(tmp_path / "all", articles))
    two = register(write(tmp_path / "x", articles[5:]), write(tmp_path / "y", articles[4::-1]))
    assert np.array_equal(one.article, two.article)
    assert np.array_equal(one.place, two.place)


def test_the_same_content_has_a_twin(tmp_path):
    found = register(write(tmp_path / "f", rows(A, A, story("b"))))
    assert len(set(found.twin.tolist())) == 2


def test_a_short_text_has_a_twin_only_under_the_same_title(tmp_path):
    stub = "This article is for subscribers."
    titles = ["Fire", "Fire", "Flood"]
    articles = [row(str(k), stub, title=title) for k, title in enumerate(titles)]
    assert len(set(register(write(tmp_path / "f", articles)).twin.tolist())) == 2


def test_titles_agree_by_their_words_in_any_order(tmp_path):
    titles = [
        "Oil price rises again",
        "Senate votes on budget",
        "again Price rises OIL",
        "Oil",
        "Oil",
    ]
    articles = [row(str(k), story(str(k)), title=title) for k, title in enumerate(titles)]
    found = register(write(tmp_path / "f", articles))
    at = np.argsort(found.place)
    assert found.same_title(at[[0, 0, 3]], at[[2, 1, 4]]).tolist() == [True, False, False]


def test_days_apart(tmp_path):
    late = row("b", story("b"), event_at=DAY.replace(day=23))
    found = register(write(tmp_path / "f", [row("a", A), late]))
    assert found.days_apart(np.array([0]), np.array([1])).tolist() == [3]
