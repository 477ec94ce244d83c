"""Tests of transforms/language/second.py, with the library py3langid as oracle."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, RAW_FLOOR, LanguageIdentifier

from transforms.language.second import END, SecondOpinion

TEXTS = [
    "Il presidente russo è arrivato in Corea del Nord, dove ha firmato un accordo di difesa.",
    "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae.",
    "Москва и ещё немного слов",
    "東京で、カタカナとひらがな",
]


@pytest.fixture(scope="module")
def opinion():
    return SecondOpinion()


@pytest.fixture(scope="module")
def library():
    return LanguageIdentifier.from_model_file(MODEL_FILE)


class TestScore:
    @settings(deadline=None, max_examples=100)
    @given(st.text(max_size=200).filter(lambda text: not text.isupper()))  # it lower-cases
    @example("00000")
    @example(TEXTS[0])
    @example(TEXTS[1] * 10)
    @example(TEXTS[2])
    @example(TEXTS[3])
    def test_is_that_of_the_library(self, opinion, library, text):
        (found,) = opinion.score([text])
        encoded = library._encode(text)
        if encoded != text.encode("utf-8", "surrogatepass"):
            return  # it composes characters first; ours come composed
        theirs = library._raw_score(encoded)
        if theirs.min() == RAW_FLOOR:  # its word for a text without any feature
            theirs = library.nb_pc

        ours, theirs = found - library.nb_pc, theirs - library.nb_pc
        # Rounded: logarithms of counts by up to 2 %, weights by up to 1.1 %.
        assert np.allclose(ours, theirs, rtol=0.032, atol=0.01)

    @pytest.mark.parametrize("text", TEXTS)
    def test_names_the_language_that_the_library_names(self, opinion, library, text):
        assert opinion.languages[opinion.score([text]).argmax()] == library.classify(text)[0]

    def test_of_a_text_does_not_depend_on_the_others(self, opinion):
        together = opinion.score(["", *TEXTS, ""])
        alone = [opinion.score([text]) for text in ("", *TEXTS, "")]

        assert np.array_equal(together, np.concatenate(alone))

    def test_of_nothing_is_nothing(self, opinion):
        assert opinion.score([]).shape == (0, len(opinion.languages))


class TestModel:
    def test_an_end_leads_every_state_to_the_root(self, opinion):
        assert not opinion._next[opinion._row + END[0]].any()

    def test_no_state_remembers_more_than_its_depth(self, opinion):
        """Whatever came before, the last DEPTH bytes decide."""
        rng = np.random.default_rng(0)
        text = np.frombuffer(("".join(TEXTS) * 50).encode(), np.uint8)
        data = np.where(rng.random(len(text)) < 0.1, rng.integers(0, 256, len(text)), text)
        state, walked = 0, []
        for byte in data.tolist():
            state = opinion._next[opinion._row[state] + byte]
            walked.append(state)

        assert opinion._states(data.astype(np.uint8).tobytes()).tolist() == walked
