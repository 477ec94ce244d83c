"""Cut texts into words and sentences, with the exact place of every word.

The trainer cuts its data with the same expression.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Numbers with their separators; initials ("J.", "U.S."); words with inner hyphens, taking in the
# apostrophe of an elided article (l'|Aquila, d'|Ivoire) but not the English 's; anything else.
_LETTER: Final = (  # with the marks of alphabets that spell vowels by marks, and joiners
    r"[\w\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b4-\u17d3"
    r"\u200c\u200d]"
)
WORD: Final = (
    r"\d+(?:[.,:]\d+)*%?"
    r"|(?:[A-ZÀ-ÖØ-ÞŁŚŹŻŠČŽÁÉА-ЯЁ]\.)+|(?:[^\W\d_]\.){2,}"
    r"|['’]s\b"
    rf"|\w{_LETTER}*(?:[-‐‑]\w{_LETTER}*)*(?:['’](?!s\b)(?=\w))?"
    r"|\S"
)
_TOKEN: Final = re.compile(rf"\s*+(?:{WORD})")
LONGEST_SENTENCE: Final = 256  # words; bounds the work on text without full stops
_LINE_END: Final = re.compile(r"[\n\r]+")
_TERMINATORS: Final = frozenset(".!?…;")
_CLOSERS: Final = frozenset("\"'»”’)]")
_OPENERS: Final = frozenset("\"'«“„‘(¿¡[")
_TITLES: Final = (
    "Mr Mrs Ms Dr St Prof Gen Sen Rep Gov Lt Col Capt Sgt Jr Sr Inc Co Corp Ltd vs dott avv sig Sig"
    " Dott On Avv Ing Mons mons Sra Srta Sto Sta Ud Uds Mme Mlle bzw ca Nr Abs Frl Hr Fr ul prof dr"
    " ks gen płk г ул им гг напр"
)
_ABBREVIATIONS: Final = frozenset(_TITLES.split())  # no sentence ends after them


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of some texts."""

    words: list[str]
    starts: NDArray[np.int64]  # of each word in its text, in code points
    ends: NDArray[np.int64]
    documents: NDArray[np.int64]  # the number of the text that each word stands in
    sentences: NDArray[np.int64]  # the first word of each sentence


def tokenise(texts: Sequence[str]) -> Tokens:
    """Cut `texts` into words; a sentence ends at a line end or a full stop before a capital."""
    # Without the white space at the end, which no word follows: the search would try it in vain
    # from each of its places.
    joined = "\n".join(texts).replace("\0", " ").rstrip()
    pieces = _TOKEN.findall(joined)  # each a word with the white space before it
    words = list(map(str.lstrip, pieces))
    ends = np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)))
    starts = ends - np.fromiter(map(len, words), np.int64, len(words))
    first = np.array(list(accumulate((len(t) + 1 for t in texts), initial=0)), np.int64)
    documents = np.searchsorted(first, starts, side="right") - 1
    lines = [found.end() for found in _LINE_END.finditer(joined)]
    opening = {0, *np.searchsorted(starts, lines).tolist(), *_after_stops(pieces, words)}
    moved = first[documents]
    return Tokens(words, starts - moved, ends - moved, documents, _cut(opening, len(words)))


def _cut(opening: set[int], words: int) -> NDArray[np.int64]:
    """Return the first words of sentences, with cuts in those that are too long."""
    edges = [*sorted(i for i in opening if i < words), words]
    return np.array(
        [cut for a, b in pairwise(edges) for cut in range(a, b, LONGEST_SENTENCE)], np.int64
    )


def _after_stops(pieces: list[str], words: list[str]) -> Iterator[int]:
    for i in [i for i, word in enumerate(words) if word in _TERMINATORS]:
        if after := _after_stop(pieces, words, i):
            yield after


def _after_stop(pieces: list[str], words: list[str], stop: int) -> int | None:
    """Return the word that begins a sentence after the full stop at `stop`, if one does."""
    i = stop + 1
    while i < len(words) and words[i] in _CLOSERS and pieces[i] == words[i]:
        i += 1
    if i >= len(words) or pieces[i] == words[i]:  # no white space follows
        return None
    if words[stop] == "." and stop and words[stop - 1] in _ABBREVIATIONS:
        return None
    head = words[i + 1] if words[i] in _OPENERS and i + 1 < len(words) else words[i]
    return i if head[0].isupper() or head[0].isdigit() or not head[0].isalpha() else None
