"""Tests of transforms/language/profiles.py, with the library langdetect as oracle."""

from math import log1p

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram

from transforms.language.profiles import FLOOR, LIMIT, SCALE, Profiles, tidy

TEXTS = [
    "Il presidente russo è arrivato in Corea del Nord, dove ha firmato un accordo di difesa.",
    "U.S. and NATO: a McDonald's in Rome, ABBA and a CEOs' meeting",
    "Москва (Reuters) и ещё немного слов",
    "ĐẠI HỌC Đại học; Ţara și țara",
    "東京で、カタカナとひらがな 中国 臺灣",
    "서울 시장 선거, یک گزارش",
]


@pytest.fixture(scope="module")
def profiles():
    return Profiles()


@pytest.fixture(scope="module")
def library():
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def expected(library, text: str) -> dict[str, float]:
    """Return the score of a text from the n-grams and frequencies that the library sees."""
    detector = library.create()
    detector.append(f"{text} ")
    detector.cleaning_text()
    rows = [library.word_lang_prob_map[gram] for gram in detector._extract_ngrams()]
    weights = ([round(log1p(share / FLOOR) * SCALE) for share in row] for row in rows)
    totals = map(sum, zip(*weights, strict=True)) if rows else [0] * len(library.langlist)
    return {name: total / SCALE for name, total in zip(library.langlist, totals, strict=True)}


class TestScore:
    @settings(deadline=None, max_examples=100)
    # Without addresses: the library drops them here, `tidy` before a text is scored.
    @given(st.text(st.characters(max_codepoint=0xFFFF, exclude_characters="@:"), max_size=40))
    @example("")
    @example("a\0b \ud800")
    @example("A\u0300")
    @example("A\u1e00\u0300\u0300")
    @example("（ＡＢ ｆｕｌｌ）")
    @example(TEXTS[0])
    @example(TEXTS[1])
    @example(TEXTS[2])
    @example(TEXTS[3])
    @example(TEXTS[4])
    @example(TEXTS[5])
    def test_counts_every_ngram_that_the_library_knows(self, profiles, library, text):
        text = NGram.normalize_vi(text)
        (found,) = profiles.score([text])

        assert dict(zip(profiles.languages, found, strict=True)) == expected(library, text)

    def test_of_a_text_does_not_depend_on_the_others(self, profiles):
        together = profiles.score(["", *TEXTS, "", "x"])

        assert np.array_equal(together[1:-2], np.concatenate([profiles.score([t]) for t in TEXTS]))
        assert not together[[0, -2]].any()

    def test_of_nothing_is_nothing(self, profiles):
        assert profiles.score([]).shape == (0, 55)

    def test_stays_exact_for_the_longest_text(self, profiles):
        assert profiles._weights.max() * 3 * LIMIT < 2**24

    def test_languages_come_in_sorted_order(self, profiles):
        assert list(profiles.languages) == sorted(profiles.languages)


class TestTidy:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("see https://a.example/b?c=d now", "see   now"),
            ("write to anna@a.example.", "write to  "),
            ("ROMA, ORE 8", "roma, ore 8"),
            ("SPD: a new coalition", "SPD: a new coalition"),
            ("ΑΘΗΝΑ", "αθηνα"),
            ("Hoa\u0300 bi\u0300nh", "Hoà bình"),
            ("東京", "東京"),
            ("", ""),
            ("x" * 5000, "x" * LIMIT),
        ],
    )
    def test_drops_addresses_and_shouting(self, text, expected):
        assert tidy(text) == expected
