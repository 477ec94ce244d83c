"""Tests of pipeline/passages.py."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.passages import RUN, SHORTEST, shared_passages
from transforms.sketch import fold

FIRST = "The swing bridge over the River Carrow will carry traffic again from Friday morning."
SECOND = "Until now drivers have had to go round by Holmstead, a detour of twenty-three miles."


def words(text: str, spans) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_a_passage_with_an_edit_inside():
    edited = FIRST.replace("the River Carrow", "the old Tarn")
    (passage,) = shared_passages(f"CARROW (WNA) - {FIRST}", f"{edited} Ends.")
    assert passage.words == 12
    assert words(f"CARROW (WNA) - {FIRST}", passage.same_a) == [
        "The swing bridge over the",
        "will carry traffic again from Friday morning",
    ]
    assert words(edited, passage.same_b) == words(FIRST, [(0, 25), (39, 83)])


def test_passages_in_another_order():
    found = shared_passages(f"{FIRST} {SECOND}", f"{SECOND}\n\n{FIRST}")
    assert [passage.words for passage in found] == [14, 16]
    assert found[0].b > found[1].b


def test_accents_case_and_marks_do_not_count():
    found = shared_passages(
        "Il caffè è già pronto, disse; e uscì di casa.",
        "IL CAFFE E GIA PRONTO DISSE E USCI DI CASA",
    )
    assert [passage.words for passage in found] == [10]


def test_scripts_without_blanks_are_compared_by_character():
    text = "小鳩島の灯台が十四年ぶりに点灯した"
    (passage,) = shared_passages(f"速報：{text}。", f"{text}、と発表")
    assert passage.words == len(text)


def test_phrases_are_no_passages():
    assert (
        shared_passages("he said on Monday that it rained", "she said on Monday that he left") == []
    )
    assert shared_passages("", FIRST) == []


@settings(deadline=None)
@given(
    a=st.lists(st.sampled_from("abcd"), max_size=60),
    b=st.lists(st.sampled_from("abcd"), max_size=60),
)
def test_what_is_marked_is_equal_and_marked_once(a, b):
    one, other = " ".join(a), " ".join(b)
    for text, side in ((one, "a"), (other, "b")):
        spans = sorted(s for p in shared_passages(one, other) for s in getattr(p, f"same_{side}"))
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert all(0 <= start < end <= len(text) for start, end in spans)
    for passage in shared_passages(one, other):
        assert passage.words >= SHORTEST
        pairs = list(zip(passage.same_a, passage.same_b, strict=True))
        assert all(fold(one[slice(*x)]) == fold(other[slice(*y)]) for x, y in pairs)
        assert all(len(one[slice(*x)].split()) >= RUN for x, _ in pairs)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=SHORTEST, max_size=40, unique=True))
def test_a_text_is_one_passage_of_itself(numbers):
    text = " ".join(f"w{number}" for number in numbers)
    (passage,) = shared_passages(text, text)
    assert passage.words == len(numbers)
    assert passage.a == passage.b == (0, len(text))
