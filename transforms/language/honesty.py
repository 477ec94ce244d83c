"""When a language may be named, and when `und` is the honest answer.

langdetect names a language for every text, also for one in a language it does not know, and its
probability does not tell: on 23 such languages 57 % of the sentences get a label with 0.99 and
more. So two models that know nothing of each other judge every text: langdetect's profiles and
py3langid, which knows 140 languages. Their evidence is added up, and a language is named only
when it leads clearly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.records import UNDETERMINED

# Languages of ISO 639-3 that langdetect names by their macrolanguage.
MACRO: Final = {"nb": "no", "nn": "no", "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh"}
CHINESE: Final = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}
# Leads are log-likelihood ratios in nats, divided by the square root of the text's length so that
# one limit fits all lengths: in n-grams for langdetect, in bytes for py3langid. Chosen on one
# half of the development sentences, checked on the other (docs/language.md).
WEIGHT: Final = 0.5  # of langdetect's evidence beside py3langid's; 0.35 to 0.75 do about the same
LEAD: Final = 0.45  # over every other language of langdetect
LEAD_UNKNOWN: Final = 0.15  # over every language that only py3langid knows
SHARPNESS: Final = 3.0  # of the confidence: a lead of 1 is right in 96 % of the headlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What an engine says of a text. With `und`: why, and which languages it may be."""

    language: str  # BCP 47
    confidence: float = 0.0  # 0..1
    reason: str = ""  # a word of reasons.WARNINGS
    candidates: tuple[str, ...] = ()  # BCP 47, likeliest first


NO_LETTERS: Final = Detection(language=UNDETERMINED, reason="language_no_letters")

Scores = npt.NDArray[np.float64]


class Judge:
    """Weighs langdetect's scores against py3langid's."""

    def __init__(self, first: Sequence[str], second: Sequence[str]) -> None:
        """Take the names of both models' languages, in the order of their scores."""
        self._script = {CHINESE[name]: first.index(name) for name in CHINESE}
        ours = [_macro(name) for name in first]
        theirs = [_macro(name) for name in second]
        self._known = sorted(set(ours))
        self._unknown = sorted(set(theirs) - set(ours))
        self._first = _columns(self._known, ours)
        self._second = _columns(self._known, theirs)
        self._strangers = _columns(self._unknown, theirs)

    def decide(self, first: Scores, grams: int, second: Scores, size: int) -> Detection:
        """Name the language of a text, or say why not.

        The text has `grams` n-grams that langdetect knows and `size` bytes. The language with the
        most evidence must lead all others of langdetect by LEAD; and by LEAD_UNKNOWN those that
        only py3langid knows, which are granted the leader's own evidence from langdetect.
        """
        if not grams:
            return NO_LETTERS
        mine = np.append(first, -np.inf)[self._first].max(1) * (WEIGHT / sqrt(grams))
        second = np.append(second, -np.inf) / sqrt(size)
        known = second[self._second].max(1) + mine
        *_, runner_up, best = (int(i) for i in known.argsort(kind="stable"))
        unknown = second[self._strangers].max(1) + mine[best]
        stranger = int(unknown.argmax())
        lead = float(known[best] - known[runner_up])
        lead_unknown = float(known[best] - unknown[stranger])
        language = self._tag(self._known[best], first)
        rival, unheard = self._tag(self._known[runner_up], first), self._unknown[stranger]
        if lead_unknown < LEAD_UNKNOWN:
            return _undetermined("language_unknown", unheard, language)
        if lead < LEAD:
            return _undetermined("language_ambiguous", language, rival)
        doubt = exp(-SHARPNESS * lead) + exp(-SHARPNESS * lead_unknown)
        return Detection(language=language, confidence=round(1 / (1 + doubt), 4))

    def _tag(self, name: str, first: Scores) -> str:
        """Return the BCP 47 code; Chinese is told apart by its script."""
        return max(self._script, key=lambda tag: first[self._script[tag]]) if name == "zh" else name


def _undetermined(reason: str, *candidates: str) -> Detection:
    return Detection(language=UNDETERMINED, reason=reason, candidates=candidates)


def _macro(name: str) -> str:
    return "zh" if name in CHINESE else MACRO.get(name, name)


def _columns(names: Sequence[str], scored: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return for each of `names` the places it has in `scored`; -1 fills the rows."""
    places = [[i for i, name in enumerate(scored) if name == wanted] for wanted in names]
    width = max(map(len, places))
    return np.array([row + [-1] * (width - len(row)) for row in places])
