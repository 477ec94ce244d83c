"""Case endings of Slavic names, so that Путин and Путиным are one person.

Light stemming: the longest ending is cut, three letters stay. It joins what it should not now and
then (Медведев and Медведева), which matters little within one article.
"""

from typing import Final

_CYRILLIC: Final = (
    "иями ями ами ого его ому ему ыми ими ием ией иях ым им ой ей ом ем ою ею ах ях ию ия ии ие"
    " а я у ю ы и о е й ь"
)
_POLISH: Final = "owie iego iemu iem ego emu owi ach ami iej im ie em om ej ów ym ą ę a u y i e o"
_CZECH: Final = "ovi ech ách ami ích ého ému ým ou em ům om ov a e i o u y ě í á é"
_ENDINGS: Final = {
    "ru": _CYRILLIC.split(),
    "uk": ["ові", "єю", "ією", *_CYRILLIC.split(), "і", "ї"],
    "be": ["аў", *_CYRILLIC.split(), "ў", "і"],
    "pl": _POLISH.split(),
    "cs": _CZECH.split(),
    "sk": _CZECH.split(),
}


LANGUAGES: Final = tuple(_ENDINGS)


def stem(word: str, language: str) -> str:
    """Return a folded `word` without its case ending, in a language that has them."""
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            return word[: -len(ending)]
    return word
