"""Damage texts as a scan or a bad line does, for `python -m benchmarks.wirecopy --damage KIND`.

lookalikes  what a scanner confuses (rn and m, 1 and l, O and 0), blanks that come and go
ocr         the same, and letters that are lost or read as any other
random      any character replaced, lost or put in, all three equally often

What becomes of a text depends on its id and the kind of damage alone.
"""

from collections.abc import Callable
from random import Random
from typing import Final

COPIES: Final = 0.7  # of the copies are damaged
LEAST, MOST = 0.02, 0.12  # of the characters of a damaged copy
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
# Confusions that the literature on OCR errors and any scanned paper shows, most of them both ways.
_CONFUSIONS: Final = """
    a=o/u b=h/6 c=e/o d=cl e=c/o f=t g=q/9 h=b/li i=l/1/j l=1/I/i m=rn/in n=u/ri o=0/c q=g r=n s=5
    t=f/l u=n/ii v=y w=vv y=v z=2 B=8/E D=O E=F G=6/C I=l/1 O=0/Q S=5 Z=2 0=O/o 1=l/I 2=Z 5=S 6=b
    8=B 9=g .=,/ ,=./ rn=m cl=d vv=w ii=u
"""
CONFUSIONS: Final = {
    taken: put.split("/") for taken, put in (pair.split("=") for pair in _CONFUSIONS.split())
}


def damaged(text: str, name: str, kind: str) -> str:
    """Return the text of the article `name`, 2 to 12 % of its characters damaged, or as it is."""
    rng = Random(f"{kind} {name}")
    if rng.random() >= COPIES:
        return text
    count = round(len(text) * rng.uniform(LEAST, MOST))
    edit, parts, done = KINDS[kind], [], 0
    for at in sorted(rng.sample(range(len(text)), count)):
        if at >= done:  # the character before did not take it along
            taken, put = edit(text, at, rng)
            parts += text[done:at], put
            done = at + taken
    return "".join(parts) + text[done:]


# A kind returns how many characters are taken away, and what is put in their place.


def _lookalikes(text: str, at: int, rng: Random) -> tuple[int, str]:
    if rng.random() < 0.85:
        return _confused(text, at, rng) or (0, "")
    return _blank(text, at, rng)


def _ocr(text: str, at: int, rng: Random) -> tuple[int, str]:
    draw = rng.random()
    if draw < 0.7 and (found := _confused(text, at, rng)):
        return found
    if draw < 0.8:
        return 1, rng.choice(LETTERS)
    if draw < 0.9:
        return 1, ""
    return _blank(text, at, rng)


def _confused(text: str, at: int, rng: Random) -> tuple[int, str] | None:
    for size in (2, 1):
        if found := CONFUSIONS.get(text[at : at + size]):
            return size, rng.choice(found)
    return None


def _blank(text: str, at: int, rng: Random) -> tuple[int, str]:
    return (1, "") if text[at] == " " else (0, rng.choice(" .,'"))


def _random(text: str, at: int, rng: Random) -> tuple[int, str]:
    return rng.choice([(1, rng.choice(LETTERS)), (1, ""), (0, rng.choice(LETTERS + " "))])


KINDS: Final[dict[str, Callable[[str, int, Random], tuple[int, str]]]] = {
    "lookalikes": _lookalikes,
    "ocr": _ocr,
    "random": _random,
}
