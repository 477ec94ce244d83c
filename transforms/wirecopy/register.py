"""Every article of a run and of the window before it, as numbers (`Register`).

All later steps speak of an article by its number: its place in the order of a hash of (article id,
content hash). That order depends on nothing but the articles, and the lowest numbers of a group
are a random sample of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.records import SketchFile
from transforms.schemas import SKETCHES
from transforms.sketch import mix
from transforms.wirecopy.arrays import Array, Bools, Index, runs
from transforms.wirecopy.shelf import Shelf, first_hashes

# The agencies whose own copy is the canonical one, as their sources and domains are spelled.
AGENCIES: Final = frozenset(
    [
        "aap",
        "adnkronos",
        "afp",
        "agencefrancepresse",
        "agi",
        "agenziaitalia",
        "anadolu",
        "ani",
        "ansa",
        "ap",
        "apa",
        "apnews",
        "associatedpress",
        "belga",
        "bloomberg",
        "businesswire",
        "canadianpress",
        "cna",
        "deutschepresseagentur",
        "dowjones",
        "dpa",
        "efe",
        "europapress",
        "globenewswire",
        "ians",
        "interfax",
        "itartass",
        "jiji",
        "keystonesda",
        "kyodo",
        "kyodonews",
        "lapresse",
        "lusa",
        "ntb",
        "pap",
        "pressassociation",
        "prnewswire",
        "pti",
        "reuters",
        "ria",
        "rianovosti",
        "ritzau",
        "sda",
        "sid",
        "stt",
        "tass",
        "thecanadianpress",
        "thomsonreuters",
        "tt",
        "ukrinform",
        "unian",
        "upi",
        "xinhua",
        "xinhuanet",
        "yonhap",
    ]
)
_DAY: Final = 86_400_000_000  # microseconds
SHORT: Final = 300  # characters; a shorter text is the same article only under the same title


@dataclass(frozen=True)
class Register:
    """One entry per article, by its number.

    `twin` is the lowest number with the same content: only it is searched for copies, the others
    follow it. `published` rows are an earlier run's.
    """

    rank: Array
    file: Array
    row: Array
    article: Array  # hash of the article id
    content: Array  # hash of the content hash, and of the title where the text is short
    title: Array  # bitmap of the words
    story: Array  # hash of the story id of a published row
    event: Array  # microseconds since 1970
    dated: Bools  # the day of the event is known
    length: Array
    first: Array  # lowest hash of the sketch: copies of one story mostly have the same
    agency: Bools
    published: Bools
    twin: Index
    place: Index  # in the order of the article ids
    turn: Index  # to be the canonical article of a story

    def __len__(self) -> int:
        return len(self.rank)

    @property
    def fresh(self) -> Bools:
        """Which twins stand for an article of this run."""
        fresh = np.zeros(len(self), bool)
        fresh[self.twin[~self.published]] = True
        return fresh

    @property
    def known(self) -> Index:
        """Of each twin the lowest published article with its content, or -1."""
        known = np.full(len(self), -1)
        published = np.flatnonzero(self.published)[::-1]
        known[self.twin[published]] = published
        return known

    def neighbourhood(self, a: Index, b: Index) -> Array:
        """Return a number of each pair that pairs of the same story mostly have in common."""
        return np.minimum(self.first[a], self.first[b])

    def days_apart(self, a: Index, b: Index) -> Array:
        """Return the days between the articles of each pair; 0 where a date is not known."""
        days = np.abs(self.event[a] - self.event[b]) / _DAY
        return np.where(self.dated[a] & self.dated[b], days, 0.0)

    def same_title(self, a: Index, b: Index) -> Bools:
        """Say which pairs have titles of three words and more, three fourths in common."""
        one, two = self.title[a], self.title[b]
        common = np.bitwise_count(one & two)
        most = np.maximum(np.bitwise_count(one), np.bitwise_count(two))
        return (common >= 3) & (common >= 0.75 * most)

    def reading_order(self, numbers: Index) -> Index:
        """Return the order of some articles in which a shelf reads them: by file and row."""
        return np.lexsort((self.row[numbers], self.file[numbers]))

    def rows_of(self, file: int) -> tuple[Array, Index]:
        """Return the rows of a file that are their own twin, ascending, and their numbers."""
        numbers = np.flatnonzero((self.file == file) & (self.twin == np.arange(len(self))))
        order = np.argsort(self.row[numbers])
        return self.row[numbers][order], numbers[order]


@dataclass(frozen=True)
class Entries:
    """The articles of a file, before they have numbers."""

    ids: pa.ChunkedArray
    columns: dict[str, Array]


def read_entries(files: Sequence[SketchFile], number: int) -> Entries:
    """Return the articles of one file, without the rows it must not see."""
    file = files[number]
    batches, _ = Shelf(files).batches(number)
    names = [
        *("article_id", "content_hash", "source", "event_at", "published_precision"),
        *("title", "story_id", "length"),
    ]
    schema = pa.schema([SKETCHES.field(name) for name in names])
    table = pa.Table.from_batches([batch.select(names) for batch in batches], schema)
    first = np.concatenate([np.empty(0, np.uint32), *(first_hashes(batch) for batch in batches)])
    rows = np.setdiff1d(np.arange(len(table)), np.asarray(file.skip, np.int64))
    table, first = table.take(pa.array(rows)), first[rows]  # not the mapped file, but a copy
    article, content = hash_strings(table["article_id"]), hash_strings(table["content_hash"])
    length, sources = table["length"].to_numpy(), table["source"].combine_chunks()
    titled = mix(content ^ mix(hash_strings(table["title"].fill_null(""))))
    agencies = [source for source in pc.unique(sources).to_pylist() if is_agency(source)]
    agency = pc.is_in(sources, pa.array(agencies, pa.string()))
    columns: dict[str, Array] = {
        "rank": mix(article ^ mix(content)),
        "file": np.full(len(rows), number, np.uint32),
        "row": rows.astype(np.uint32),
        "article": article,
        "content": np.where(length < SHORT, titled, content),
        "title": _words(table["title"]),
        "story": hash_strings(table["story_id"].fill_null("")),
        "event": pc.cast(table["event_at"], pa.int64()).to_numpy(),
        "dated": pc.is_in(table["published_precision"], pa.array(["second", "day"])).to_numpy(),
        "length": length,
        "first": first,
        "agency": agency.to_numpy(zero_copy_only=False),
        "published": np.full(len(rows), file.published),
    }
    return Entries(table["article_id"], columns)


_COLUMNS: Final = {
    "rank": np.empty(0, np.uint64),
    "file": np.empty(0, np.uint32),
    "row": np.empty(0, np.uint32),
    "article": np.empty(0, np.uint64),
    "content": np.empty(0, np.uint64),
    "title": np.empty(0, np.uint64),
    "story": np.empty(0, np.uint64),
    "event": np.empty(0, np.int64),
    "dated": np.empty(0, bool),
    "length": np.empty(0, np.int32),
    "first": np.empty(0, np.uint32),
    "agency": np.empty(0, bool),
    "published": np.empty(0, bool),
}


def number_articles(files: Sequence[SketchFile]) -> Register:
    """Give the articles of all files their numbers."""
    return join([read_entries(files, number) for number in range(len(files))])


def join(parts: Sequence[Entries]) -> Register:
    """Give the articles of all files their numbers, and find the twins."""
    columns = {
        name: np.concatenate([kind, *(part.columns[name] for part in parts)])
        for name, kind in _COLUMNS.items()
    }
    order = np.lexsort((columns["row"], columns["file"], columns["event"], columns["rank"]))
    columns = {name: column[order] for name, column in columns.items()}
    same = np.argsort(columns["content"], kind="stable")  # the lowest number comes first
    start, size = runs(columns["content"][same])
    twin, place = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    twin[same] = np.repeat(same[start], size)
    ids = pa.chunked_array([chunk for part in parts for chunk in part.ids.chunks], pa.string())
    place[pc.sort_indices(ids).to_numpy()] = np.arange(len(order))
    place = place[order]
    return Register(**columns, twin=twin, place=place, turn=_turns(columns, place))


def _turns(columns: Mapping[str, Array], place: Index) -> Index:
    """Return the turn of each article to be canonical.

    Agency source first, then the earliest, the longest, the smallest id; those of an earlier run
    last, for they name their story without it.
    """
    keys = (-columns["length"], columns["event"], ~columns["agency"], columns["published"])
    turn = np.empty(len(place), np.int64)
    turn[np.lexsort((place, *keys))] = np.arange(len(place))
    return turn


def is_agency(source: str) -> bool:
    """Say whether a source is a news agency, by its name or domain."""
    name = source.casefold().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return _letters(name.split("/")[0].split(".")[0]) in AGENCIES or _letters(name) in AGENCIES


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _words(titles: pa.ChunkedArray) -> Array:
    """Return a bitmap of 64 bits of the words of each title."""
    words = pc.utf8_split_whitespace(pc.utf8_lower(titles.fill_null(""))).combine_chunks()
    bits = np.uint64(1) << (hash_strings(words.flatten()) & np.uint64(63))
    offsets = words.offsets.to_numpy()
    maps = np.zeros(len(titles), np.uint64)
    some = np.diff(offsets) > 0
    maps[some] = np.bitwise_or.reduceat(bits, offsets[:-1][some] - offsets[0]) if some.any() else 0
    return maps


def hash_strings(strings: pa.Array | pa.ChunkedArray) -> Array:
    """Return 64 bits of each string: stable, and two of a million alike once in 37 million runs.

    The sum of a number for each byte at its place, as Zobrist hashed chess boards.
    """
    if isinstance(strings, pa.ChunkedArray):
        strings = strings.combine_chunks()
    strings = strings.cast(pa.large_binary())
    _, offsets, data = strings.buffers()
    bounds = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    sizes = np.diff(bounds)
    if not len(strings) or bounds[0] == bounds[-1]:
        return np.zeros(len(strings), np.uint64)
    text = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    starts = bounds[:-1] - bounds[0]
    place = np.arange(len(text)) - np.repeat(starts, sizes)
    cells = mix((place << 8 | text).astype(np.uint64) + np.uint64(1))
    sums = _running(cells)
    return mix(sums[starts + sizes] - sums[starts])


def _running(cells: Array) -> Array:
    """Return the running sums of the cells, modulo 2**64, from 0 on."""
    sums = np.zeros(len(cells) + 1, np.uint64)
    np.cumsum(cells, out=sums[1:])
    return sums
