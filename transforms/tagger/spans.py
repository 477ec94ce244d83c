"""Where a name stands in a text (`Span`)."""

from typing import NamedTuple


class Span(NamedTuple):
    """A mention as an engine found it: `text[start:end]`, in code points."""

    start: int
    end: int
    label: str
