"""When a language may be named, and when `und` is the honest answer.

langdetect names a language for every text, also for one in a language it does not know, and its
probability does not tell: on 23 such languages 57 % of the sentences get a label with 0.99 and
more. So two models that know nothing of each other judge every text: langdetect's profiles and
py3langid, which knows 140 languages. Their evidence is added up, and a language is named only
when it leads clearly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.language.witnesses import balance_of_words
from transforms.records import UNDETERMINED

# Languages of ISO 639-3 that langdetect names by their macrolanguage.
MACRO: Final = {"nb": "no", "nn": "no", "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh"}
CHINESE: Final = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}
# Evidence is log-likelihood in nats. The limits were chosen on one half of the development
# sentences and checked on the other (docs/language.md).
SHARE: Final = 1 / 3  # of langdetect's evidence: it counts a character in three n-grams
LEAD: Final = 3.0  # over every other language of langdetect
LEAD_UNKNOWN: Final = 1.3  # over every language that only py3langid knows
SHARPNESS: Final = 0.4  # from leads to a confidence that is right as often as it says


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
        ours = [_macro(name) for name in first]
        theirs = [_macro(name) for name in second]
        self._known = sorted(set(ours))
        self._unknown = sorted(set(theirs) - set(ours))
        self._first = _columns(self._known, ours)
        self._second = _columns(self._known, theirs)
        self._strangers = _columns(self._unknown, theirs)

    def decide(self, texts: Sequence[str], first: Scores, second: Scores) -> list[Detection]:
        """Name the language of each of `texts`, or say why not.

        `first` and `second` are the models' scores, of shape (texts, languages). The language with
        the most evidence must lead all others of langdetect by LEAD; and by LEAD_UNKNOWN those
        that only py3langid knows, which are granted the leader's own evidence from langdetect.
        """
        each = np.arange(len(texts))
        theirs = _gather(second, self._second)
        evidence = SHARE * _gather(first, self._first) + theirs
        rival, best = evidence.argsort(axis=1, kind="stable")[:, -2:].T
        strangers = _gather(second, self._strangers)
        stranger = strangers.argmax(axis=1)
        leads = evidence[each, best] - evidence[each, rival]
        leads_unknown = theirs[each, best] - strangers[each, stranger]
        found = []
        for i, text in enumerate(texts):
            if not first[i].any():
                found.append(NO_LETTERS)
                continue
            language, second_best = (tag(self._known[place[i]], text) for place in (best, rival))
            lead_unknown = float(leads_unknown[i]) + balance_of_words(language, text)
            names = language, second_best, self._unknown[stranger[i]]
            found.append(_verdict(names, float(leads[i]), lead_unknown))
        return found


def tag(name: str, text: str) -> str:
    """Return the BCP 47 code of a text in the language `name`: Chinese is told by its script.

    Simplified characters stand in GB 2312, traditional ones in Big5. Without either it is `zh`.
    """
    if name != "zh":
        return name
    simplified, traditional = (len(text.encode(code, "ignore")) for code in ("gb2312", "big5"))
    if simplified == traditional:
        return name
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _verdict(names: tuple[str, str, str], lead: float, lead_unknown: float) -> Detection:
    """Decide on the best language, the runner-up and the best one that langdetect lacks."""
    language, rival, stranger = names
    if lead_unknown <= -LEAD_UNKNOWN:
        return _undetermined("language_unknown", stranger, language)
    if lead_unknown < LEAD_UNKNOWN:
        return _undetermined("language_ambiguous", language, stranger)
    if lead < LEAD:
        return _undetermined("language_ambiguous", language, rival)
    doubt = exp(-SHARPNESS * lead) + exp(-SHARPNESS * lead_unknown)
    return Detection(language=language, confidence=round(1 / (1 + doubt), 4))


def _undetermined(reason: str, *candidates: str) -> Detection:
    return Detection(language=UNDETERMINED, reason=reason, candidates=candidates)


def _macro(name: str) -> str:
    return "zh" if name in CHINESE else MACRO.get(name, name)


def _gather(scores: Scores, columns: npt.NDArray[np.int64]) -> Scores:
    """Return the best score among each row of `columns`, of shape (texts, rows)."""
    padded = np.concatenate([scores, np.full((len(scores), 1), -np.inf)], axis=1)
    return padded[:, columns].max(axis=2)


def _columns(names: Sequence[str], scored: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return for each of `names` the places it has in `scored`; -1 fills the rows."""
    places = [[i for i, name in enumerate(scored) if name == wanted] for wanted in names]
    width = max(map(len, places))
    return np.array([row + [-1] * (width - len(row)) for row in places])
