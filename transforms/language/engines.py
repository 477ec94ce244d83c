"""The engines that tell languages, by the name that `--language-engine` takes.

To add one, write a factory and name it in `DETECTORS`: the command line and the contract tests
read that table. A factory loads its model and is called once per process.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from transforms.language.honesty import CHINESE, MACRO, NO_LETTERS, Detection, Judge, tag
from transforms.language.profiles import Profiles, tidy
from transforms.language.second import SecondOpinion
from transforms.records import UNDETERMINED

Detector = Callable[[Sequence[str]], list[Detection]]  # an answer depends on its text alone

# py3langid is half of the cost, and the beginning of most articles leaves it no doubt.
GLANCE: Final = 400  # characters that it reads at first
SURE: Final = 0.999  # confidence below which it reads on


@cache  # one copy of a model per process, whatever the number of worker threads
def load_detector(name: str) -> Detector:
    """Load the engine called `name`, once per process."""
    return DETECTORS[name]()


def _langdetect() -> Detector:
    """Return langdetect's profiles, all n-grams scored, with py3langid's second opinion."""
    profiles, opinion = Profiles(), SecondOpinion()
    judge = Judge(profiles.languages, opinion.languages)

    def detect(texts: Sequence[str]) -> list[Detection]:
        texts = [tidy(text) for text in texts]
        first = profiles.score(texts)
        found = judge.decide(texts, first, opinion.score([text[:GLANCE] for text in texts]))
        unsure = [
            i for i, text in enumerate(texts) if len(text) > GLANCE and found[i].confidence < SURE
        ]
        again = [texts[i] for i in unsure]
        for i, one in zip(
            unsure, judge.decide(again, first[unsure], opinion.score(again)), strict=True
        ):
            found[i] = one
        return found

    return detect


def _reference() -> Detector:
    """Return the library langdetect as it is, seeded: it names a language for every text.

    The library loads its profiles in the order of the folder's listing, which moves the last bits
    of its sums from machine to machine; sorted, they stay.
    """
    folder = files("langdetect") / "profiles"
    names = sorted(entry.name for entry in folder.iterdir())
    factory = DetectorFactory()
    factory.load_json_profile([folder.joinpath(name).read_text("utf-8") for name in names])
    factory.set_seed(0)

    def detect(text: str) -> Detection:
        detector = factory.create()
        detector.append(text)
        try:
            found = detector.get_probabilities()
        except LangDetectException:
            return NO_LETTERS
        if not found:
            return Detection(language=UNDETERMINED, reason="language_ambiguous")
        best = found[0]
        return Detection(language=CHINESE.get(best.lang, best.lang), confidence=best.prob)

    return lambda texts: [detect(text) for text in texts]


def _lingua() -> Detector:
    """Return lingua with all its 75 languages: best on a few words, 1.2 GB when warm."""
    import lingua  # noqa: PLC0415

    detector = lingua.LanguageDetectorBuilder.from_all_languages().build()

    def detect(text: str) -> Detection:
        text = tidy(text).encode("utf-8", "replace").decode()  # it refuses lone surrogates
        shares: Counter[str] = Counter()
        for value in detector.compute_language_confidence_values(text):
            code = value.language.iso_code_639_1.name.lower()
            shares[MACRO.get(code, code)] += value.value  # Norwegian comes as two languages
        (first, confidence), (second, _) = shares.most_common(2)
        confidence = round(confidence, 4)  # the last digits differ from call to call
        if not confidence:
            return NO_LETTERS
        if confidence <= 0.5:  # less likely than all the others together
            return Detection(
                language=UNDETERMINED, reason="language_ambiguous", candidates=(first, second)
            )
        return Detection(language=tag(first, text), confidence=confidence)

    return lambda texts: [detect(text) for text in texts]


DETECTORS: Final[dict[str, Callable[[], Detector]]] = {
    "langdetect": _langdetect,
    "langdetect-reference": _reference,
    "lingua": _lingua,
}
