"""Verdicts as tables (`write_verdicts`)."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.schemas import REUSE_LINK, VERDICTS
from transforms.wirecopy.arrays import Array, Index, offsets_of, ragged
from transforms.wirecopy.links import KINDS, NEAR, Links
from transforms.wirecopy.register import Register
from transforms.wirecopy.shelf import Shelf
from transforms.wirecopy.stories import Stories

ROWS: Final = 8_000  # written at once


def write_verdicts(
    shelf: Shelf, register: Register, stories: Stories, links: Links
) -> Iterator[pa.Table]:
    """Yield the verdicts on articles of this run as tables of at most ROWS rows.

    Spoken of are copies, articles with copies, and articles with links.
    """
    spoken = stories.copy | (stories.copies > 0)
    spoken[links.whose] = True
    numbers = np.flatnonzero(spoken & ~register.published)
    numbers = numbers[register.reading_order(numbers)]
    for start in range(0, len(numbers), ROWS):
        yield _table(shelf, register, stories, links, numbers[start : start + ROWS])


def _table(
    shelf: Shelf, register: Register, stories: Stories, links: Links, numbers: Index
) -> pa.Table:
    columns = ["article_id", "content_hash"]
    own = shelf.take(register.file[numbers], register.row[numbers], columns)
    copy = pa.array(stories.copy[numbers])
    named_by = stories.named_by[numbers]
    naming = _strings(shelf, register, named_by, ["article_id", "story_id"])
    published = pa.array(register.published[named_by])
    story = pc.if_else(published, naming["story_id"], naming["article_id"])
    story = pc.if_else(copy, story, own["article_id"])
    first = np.searchsorted(links.whose, numbers)
    count = np.searchsorted(links.whose, numbers, "right") - first
    reuse = np.full(len(numbers), "original", object)
    reuse[count > 0] = "partial"
    copies, linked = stories.copy[numbers], stories.copy[numbers] & (count > 0)
    reuse[copies] = "near"
    reuse[linked] = KINDS[np.minimum(links.kind[first[linked]], NEAR)]
    return pa.table(
        [
            own["article_id"],
            own["content_hash"],
            story,
            pc.if_else(copy, story, None),
            pa.array(reuse, pa.string()),
            _links(shelf, register, links, first, count),
            pa.array(stories.copies[numbers], pa.int32()),
        ],
        schema=VERDICTS,
    )


def _links(
    shelf: Shelf, register: Register, links: Links, first: Index, count: Index
) -> pa.ListArray:
    at, _ = ragged(first, count)
    ids = _strings(shelf, register, links.to[at], ["article_id"])["article_id"]
    values = pa.StructArray.from_arrays(
        [
            ids.combine_chunks() if len(at) else pa.array([], pa.string()),
            pa.array(KINDS[links.kind[at]], pa.string()),
            _share(links.share[at]),
            _share(links.share_other[at]),
        ],
        fields=list(REUSE_LINK),
    )
    return pa.ListArray.from_arrays(pa.array(offsets_of(count), pa.int32()), values)


def _share(values: Array) -> pa.Array:
    return pa.array(np.clip(values, 0, 1), pa.float32())


def _strings(shelf: Shelf, register: Register, numbers: Index, columns: Sequence[str]) -> pa.Table:
    """Return columns of articles in any order, each read once."""
    unique, back = np.unique(numbers, return_inverse=True)
    order = register.reading_order(unique)
    at = unique[order]
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    found = shelf.take(register.file[at], register.row[at], columns)
    return found.take(pa.array(place[back]))
