"""Find country names in scripts that set no space between words, and in Korean with its endings.

There the tagger finds nothing: only names of countries are looked for, letter by letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from transforms.tagger.spans import Span

# Thai to Tibetan, Burmese, Khmer, kana, ideographs, Hangul.
_SCRIPTS: Final = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_RUN: Final = f"[{_SCRIPTS}]{{2,}}"  # compiled when such a text comes: 5 ms of a start
_NAME: Final = f"[{_SCRIPTS}・ ]{{2,}}"
_WORDLIKE: Final = (range(0x30A0, 0x3100), range(0xAC00, 0xD7A4))  # katakana, Hangul


def is_unspaced(name: str) -> bool:
    """Tell whether `name` is written in one of these scripts."""
    return bool(re.fullmatch(_NAME, name))


class UnspacedNames:
    """The names of countries in these scripts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_head: dict[str, list[str]] = defaultdict(list)  # first two letters -> names
        for name in sorted(names, key=lambda n: (-len(n), n)):
            self._by_head[name[:2]].append(name)

    def find(self, text: str) -> Iterator[Span]:
        """Yield the names that stand in `text`, the longest first, never inside a longer word."""
        for run in re.finditer(_RUN, text):
            at, end = run.span()
            while at < end - 1:
                name = next(
                    (n for n in self._by_head.get(text[at : at + 2], ()) if _stands(text, n, at)),
                    "",
                )
                if name:
                    yield Span(at, at + len(name), "LOC")
                at += len(name) or 1


def _stands(text: str, name: str, at: int) -> bool:
    """Tell whether `name` stands at `at`: katakana words whole, Korean ones at a word's start."""
    if not text.startswith(name, at):
        return False
    kana, hangul = (ord(name[0]) in script for script in _WORDLIKE)
    before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
    if kana:
        return not any(c and ord(c) in _WORDLIKE[0] for c in (before, after))
    return not (hangul and before and ord(before) in _WORDLIKE[1])
