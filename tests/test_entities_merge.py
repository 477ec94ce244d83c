"""Tests of transforms/tagger/merge.py and stems.py."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.tagger.merge import fold, merge_mentions, one_edit
from transforms.tagger.spans import Span

COUNTRIES = {"corea del nord": "KP", "nord corea": "KP", "россия": "RU", "россии": "RU"}


def merged(text: str, language: str = "it"):
    """Read "Anna/PER" and "Corea_del_Nord/LOC" in `text` as mentions, and merge them."""
    spans, plain, end = [], "", 0
    for found in re.finditer(r"(\S+)/(PER|LOC|ORG|MISC)", text):
        plain += text[end : found.start()]
        name = found[1].replace("_", " ")
        spans.append(Span(len(plain), len(plain) + len(name), found[2]))
        plain, end = plain + name, found.end()
    return merge_mentions(plain + text[end:], spans, COUNTRIES.get, language)


def names(text: str, language: str = "it") -> list[tuple[str, str, int]]:
    return [(e.name, e.label, e.count) for e in merged(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vladimir_Putin/PER e Putin/PER", [("Vladimir Putin", "PER", 2)]),
        ("Kim_Jong-un/PER e KIM_JONG_UN/PER", [("Kim Jong-un", "PER", 2)]),
        ("Kim_Jong-un/PER e Kim/PER", [("Kim Jong-un", "PER", 2)]),
        ("José_Sánchez/PER e Jose_Sanchez/PER", [("José Sánchez", "PER", 2)]),
        ("Donald_J._Trump/PER, Donald_Trump/PER", [("Donald J. Trump", "PER", 2)]),
        ("Roma/LOC o ROMA/LOC", [("Roma", "LOC", 2)]),
        ("Corea_del_Nord/LOC, Nord_Corea/LOC", [("Corea del Nord", "LOC", 2)]),
        ("Federal_Bureau_of_Investigation/ORG e FBI/ORG",
         [("Federal Bureau of Investigation", "ORG", 2)]),
        ("Mario_Re/PER, Maria_Re/PER", [("Mario Re", "PER", 1), ("Maria Re", "PER", 1)]),
        ("Austria/LOC Austria/LOC Australia/LOC", [("Austria", "LOC", 2), ("Australia", "LOC", 1)]),
        ("Ford/ORG di Henry_Ford/PER", [("Ford", "ORG", 1), ("Henry Ford", "PER", 1)]),
    ],
)  # fmt: skip
def test_what_is_one_entity(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vladimir_Ptin/PER arriva. Putin/PER parla, Putin/PER va.", ("Vladimir Putin", "PER", 3)),
        ("Putin/PER Vladimir_Putin/PER Putin/PER Ptin/PER", ("Vladimir Putin", "PER", 4)),
        (
            "Vladimir_Puttin/PER, Vladimir_Putin/PER, Vladimir_Putin/PER",
            ("Vladimir Putin", "PER", 3),
        ),
        ("Pyongyang/LOC Pyongyang/LOC Pyonyang/LOC", ("Pyongyang", "LOC", 3)),
    ],
)
def test_a_misspelling_joins_the_name_it_is_one_edit_from(text, expected):
    assert names(text) == [expected]


def test_slavic_case_forms_are_one_person():
    assert names("Путин/PER, Путина/PER, Путиным/PER, Путин/PER", "ru") == [("Путин", "PER", 4)]
    assert names("Pavel/PER, Pavla/PER, Pavel/PER", "cs") == [
        ("Pavel", "PER", 2),
        ("Pavla", "PER", 1),
    ]
    assert names("Zeman/PER, Zemana/PER, Zemanem/PER, Zeman/PER", "cs") == [("Zeman", "PER", 4)]
    assert names("Tusk/PER, Tuska/PER, Tuskiem/PER, Tusk/PER", "pl") == [("Tusk", "PER", 4)]


def test_only_places_have_a_country():
    (place, person) = merged("Corea_del_Nord/LOC Corea_del_Nord/LOC Nord_Corea_Bianchi/PER")
    assert (place.country, person.country) == ("KP", None)
    assert [e.country for e in merged("Россию/LOC, России/LOC, Россия/LOC", "ru")] == ["RU"]


def test_the_most_frequent_and_earliest_come_first():
    found = names("Anna/PER Bari/LOC Bari/LOC Cina/LOC Cina/LOC Cina/LOC Dora/PER")
    assert [name for name, _, _ in found] == ["Cina", "Bari", "Anna", "Dora"]


def test_one_label_per_entity():
    assert names("Roma/LOC Roma/ORG Roma/LOC") == [("Roma", "LOC", 3)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("putin", "ptin", True),
        ("putin", "puttin", True),
        ("putin", "puitn", True),
        ("putin", "putim", True),
        ("putin", "putin", False),
        ("putin", "pitun", False),
        ("", "a", True),
    ],
)
def test_one_edit(a, b, expected):
    assert one_edit(a, b) is expected is one_edit(b, a)


@given(
    st.text(min_size=1, max_size=60),
    st.lists(
        st.tuples(st.integers(0, 59), st.integers(1, 9), st.sampled_from(["PER", "LOC", "ORG"]))
    ),
    st.sampled_from(["it", "ru", "pl", "und"]),
)
@example("\u0301\u0301", [(0, 1, "PER"), (1, 1, "PER")], "it")
@example("-'’ -", [(0, 1, "PER"), (2, 3, "ORG")], "it")
def test_no_mention_is_lost_and_each_stands_where_it_says(text, marks, language):
    spans, past = [], 0
    for start, length, label in sorted(marks):
        if start >= past and start + length <= len(text):
            past = start + length
            spans.append(Span(start, past, label))
    entities = merge_mentions(text, spans, COUNTRIES.get, language)
    mentions = [m for e in entities for m in e.mentions]
    assert sorted((m.start, m.end) for m in mentions) == [(s.start, s.end) for s in spans]
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert all(e.count == len(e.mentions) and e.mentions[0] for e in entities)


def test_folding_forgets_case_accents_and_hyphens():
    assert fold("Kim Jong‑Un") == fold("KIM JONG-UN") == ("kim", "jong", "un")
    assert fold("Bogotá") == fold("BOGOTA")
    assert fold("\u0301") == ("\u0301",)
