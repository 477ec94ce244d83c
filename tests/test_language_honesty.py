"""Tests of transforms/language/honesty.py and witnesses.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.language.honesty import LEAD, LEAD_UNKNOWN, NO_LETTERS, SHARE, Detection, Judge, tag
from transforms.language.witnesses import WITNESSES, WORTH, balance_of_words

FIRST = ("hr", "no", "sl", "zh-cn", "zh-tw")
SECOND = ("bs", "hr", "nn", "no", "sl", "sr", "sr", "yue", "zh")


def decide(first: dict[str, float], second: dict[str, float], text: str = "") -> Detection:
    """Judge one text by scores given by name; names not given are far behind."""
    ours = np.array([[first.get(name, 1.0) for name in FIRST]])
    theirs = np.array([[second.get(name, -100.0) for name in SECOND]])
    (found,) = Judge(FIRST, SECOND).decide([text], ours, theirs)
    return found


def undetermined(reason: str, *candidates: str) -> Detection:
    return Detection(language="und", reason=reason, candidates=candidates)


class TestJudge:
    def test_names_the_language_that_leads_clearly(self):
        found = decide({"sl": 60}, {"sl": -10})

        assert found == Detection(language="sl", confidence=1.0)

    def test_a_text_without_ngrams_has_no_letters(self):
        assert Judge(FIRST, SECOND).decide(
            ["1"], np.zeros((1, len(FIRST))), np.zeros((1, len(SECOND)))
        ) == [NO_LETTERS]

    def test_evidence_of_both_is_added_up(self):
        """Each alone would name another language."""
        found = decide({"hr": 60, "sl": 90}, {"hr": -10, "sl": -14})

        assert found.language == "sl"

    def test_two_close_languages_are_ambiguous(self):
        lead = 0.9 * LEAD
        found = decide({"hr": 60 + lead / SHARE, "sl": 60}, {"hr": -10, "sl": -10})

        assert found == undetermined("language_ambiguous", "hr", "sl")

    @pytest.mark.parametrize(
        ("bosnian", "expected"),
        [
            (-10 - 1.1 * LEAD_UNKNOWN, None),
            (-10 - 0.9 * LEAD_UNKNOWN, undetermined("language_ambiguous", "hr", "bs")),
            (-10 + 0.9 * LEAD_UNKNOWN, undetermined("language_ambiguous", "hr", "bs")),
            (-10 + 1.1 * LEAD_UNKNOWN, undetermined("language_unknown", "bs", "hr")),
        ],
    )
    def test_a_language_that_langdetect_lacks_must_be_led_too(self, bosnian, expected):
        found = decide({"hr": 90}, {"hr": -10, "bs": bosnian})

        assert found == expected or (expected is None and found.language == "hr")

    def test_words_may_decide_between_neighbours(self):
        scores = {"hr": 90}, {"hr": -10, "bs": -10}

        assert decide(*scores, "Tjedan ...").language == "hr"
        assert decide(*scores, "Uvjeti su ...").language == "hr"
        assert decide(*scores, "Uslovi su ...").reason == "language_unknown"

    @pytest.mark.parametrize(("one", "other"), [("nn", "no"), ("zh", "yue"), ("yue", "zh")])
    def test_names_of_one_macrolanguage_do_not_disagree(self, one, other):
        first = {"no": 90} if one == "nn" else {"zh-cn": 90}

        assert decide(first, {one: -10, other: -10.1}).language in ("no", "zh")

    @given(st.floats(LEAD, 100), st.floats(0, 100))
    def test_more_evidence_never_makes_less_confident(self, lead, more):
        less, much = (
            decide({"sl": 60 + extra / SHARE, "hr": 60}, {"sl": -10, "hr": -10})
            for extra in (lead, lead + more)
        )

        assert 0.5 < less.confidence <= much.confidence <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("中国国家主席在「北京」", "zh-Hans"),
        ("臺灣總統大選 iPhone 15 €", "zh-Hant"),
        ("人口", "zh"),
    ],
)
def test_chinese_is_told_by_its_script(text, expected):
    assert tag("zh", text) == expected
    assert tag("ja", text) == "ja"


class TestWitnesses:
    def test_count_for_and_against(self):
        assert balance_of_words("hr", "Vlada: TJEDAN uvjeti, nogomet i porodica") == 2 * WORTH

    def test_are_heard_on_neighbours_only(self):
        assert balance_of_words("sl", "tjedan") == 0

    def test_no_word_speaks_for_both(self):
        assert not any(ours & theirs for ours, theirs in WITNESSES.values())

    def test_are_written_as_they_are_compared(self):
        words = {word for pair in WITNESSES.values() for side in pair for word in side}
        assert all(word == word.lower() and word.isalpha() for word in words)
