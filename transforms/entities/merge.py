"""Merge the mentions of an article into entities."""

from collections.abc import Sequence
from typing import NamedTuple

from transforms.records import Entity, Mention


class Span(NamedTuple):
    """A mention as an engine found it: `text[start:end]`, in code points."""

    start: int
    end: int
    label: str


def merge_mentions(text: str, spans: Sequence[Span]) -> tuple[Entity, ...]:
    """Return the entities of `text`, the most often named first."""
    groups: dict[tuple[str, str], list[Mention]] = {}
    for start, end, label in spans:
        mention = Mention(text=text[start:end], start=start, end=end)
        groups.setdefault((mention.text.casefold(), label), []).append(mention)
    entities = [
        Entity(name=found[0].text, label=label, count=len(found), mentions=tuple(found))
        for (_, label), found in groups.items()
    ]
    return tuple(sorted(entities, key=lambda e: (-e.count, e.mentions[0].start)))
