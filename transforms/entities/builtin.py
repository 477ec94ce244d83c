"""The engine that ships with wirefold."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from transforms.entities.merge import Span

# Two or more capitalised words in a row: a first plain name finder.
NAME: Final = re.compile(r"[^\W\d_a-z]\w{1,40}(?: [^\W\d_a-z]\w{1,40}){1,4}")


def load_builtin(_: str) -> Callable[[Sequence[str], Sequence[str]], list[list[Span]]]:
    """Return the built-in engine."""

    def engine(texts: Sequence[str], languages: Sequence[str]) -> list[list[Span]]:
        return [[Span(*m.span(), "PER") for m in NAME.finditer(text)] for text in texts]

    return engine
