"""What a report shows of a run (`Overview`), gathered from its manifest and its table files.

Only the needed columns are read, one batch at a time, and what is counted by name keeps the most
frequent names only: a run of a million articles fits in the memory of a run of a thousand.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.markup import NAME, shortened
from pipeline.output import TABLES
from pipeline.tallies import batches, bound, counted, grouped

Manifest = Mapping[str, Any]
Files = Sequence[tuple[str, str]]  # of a run: (table, where the file lies now)

STORIES: Final = 20
SAMPLES: Final = 3  # of a reason
EARLIER: Final = 10  # runs that this one is compared with
LOOKED_BACK: Final = 50  # runs that are searched for the originals of this one's copies
TITLE: Final = 140  # characters
_WHO: Final = ["article_id", "source", "title", "url", "event_at"]


@dataclass(frozen=True, slots=True)
class Piece:
    """An article as a story tells of it."""

    article_id: str
    source: str
    title: str
    url: str
    event_at: datetime


@dataclass(slots=True)
class Story:
    """A canonical article and who copied it in this run."""

    article_id: str
    copies: int
    canonical: Piece | None = None  # None: it was not found in this run or those before it
    first: datetime | None = None  # of the copies
    last: datetime | None = None
    headlines: Counter[tuple[str, str]] = field(default_factory=Counter)  # (title, source)


@dataclass(slots=True, kw_only=True)
class Overview:
    """What a report shows of a run."""

    manifest: Manifest
    earlier: Sequence[Manifest]  # the runs before it, oldest first, EARLIER at most
    days: dict[str, Counter[date]] = field(default_factory=dict)  # table: rows of each day
    hours: dict[str, Counter[date]] = field(default_factory=dict)  # the same by datetimes
    outlets: dict[str, Counter[str]] = field(default_factory=dict)  # table: rows of each outlet
    reuse: Counter[str] = field(default_factory=Counter)
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)  # (whose text, who has it)
    lost: int = 0  # copies of articles that were not found
    stories: list[Story] = field(default_factory=list)
    names: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (label, name, country)
    countries: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    rejects: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # samples by reason
    faults: dict[str, str] = field(default_factory=dict)  # of sources that failed, by URI


def gather(manifest: Manifest, files: Files, before: Sequence[Manifest], root: str) -> Overview:
    """Return the overview of a run.

    `before` are the manifests of earlier runs, oldest first, whose files lie below `root`.
    """
    found = Overview(manifest=manifest, earlier=before[-EARLIER:])
    paths = {table: [path for of, path in files if of == table] for table in TABLES}
    _add_days(found)
    copies = _Copies.read(paths["duplicates"], found)
    found.stories = copies.most(STORIES)
    originals = _Originals(copies.of, found.stories)
    _add_articles(found, paths["articles"], originals)
    _add_earlier(originals, before, root)
    _add_flows(found, copies, originals)
    _add_stories(found, originals, paths["duplicates"])
    _add_rejects(found, paths["rejects"])
    return found


@dataclass(slots=True)
class _Copies:
    """The duplicates of the run: of which article, and at which outlet."""

    of: pa.ChunkedArray
    source: pa.ChunkedArray

    @classmethod
    def read(cls, paths: Sequence[str], found: Overview) -> "_Copies":
        outlets, hours = Counter[str](), Counter[date]()
        of, sources = [], []
        for rows in batches(paths, ["duplicate_of", "source", "event_at", "reuse", "warnings"]):
            _add_rows(found, rows, outlets, hours)
            of.append(rows["duplicate_of"])
            sources.append(rows["source"].dictionary_encode())
        found.outlets["duplicates"], found.hours["duplicates"] = outlets, hours
        return cls(
            pa.chunked_array(of, pa.string()),
            pa.chunked_array(sources, pa.dictionary(pa.int32(), pa.string())),
        )

    def most(self, number: int) -> list[Story]:
        """Return the stories with most copies, ties by id."""
        counts = pa.table(
            dict(zip(("id", "copies"), self.of.value_counts().flatten(), strict=True))
        )
        first = counts.sort_by([("copies", "descending"), ("id", "ascending")]).slice(0, number)
        return [Story(row["id"], row["copies"]) for row in first.to_pylist()]


class _Originals:
    """The articles of which there are copies; they are looked for where rows come by.

    Of all of them the outlets are kept, the rest only of those whose story is shown.
    """

    def __init__(self, of: pa.ChunkedArray, stories: Sequence[Story]) -> None:
        self.missing = self._wanted = of.unique()
        self._shown = pa.array([story.article_id for story in stories], pa.string())
        self._ids: list[pa.Array] = []
        self._sources: list[pa.Array] = []
        self.rows: list[dict[str, Any]] = []

    def look_in(self, rows: pa.RecordBatch) -> None:
        some = rows.filter(pc.is_in(rows["article_id"], value_set=self._wanted))
        if not some.num_rows:
            return
        ids = some["article_id"]
        self.missing = self.missing.filter(pc.invert(pc.is_in(self.missing, value_set=ids)))
        self._ids.append(ids)
        self._sources.append(some["source"].dictionary_encode())
        shown = some.filter(pc.is_in(ids, value_set=self._shown))
        self.rows += shown.select(_WHO).to_pylist()

    def sources_of(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the outlets of articles, null for those not found; the nearest run's wins."""
        found = pa.chunked_array(self._ids, pa.string()).combine_chunks()
        sources = pa.chunked_array(self._sources, pa.dictionary(pa.int32(), pa.string()))
        return sources.cast(pa.string()).take(pc.index_in(ids, value_set=found))


def _add_days(found: Overview) -> None:
    """Count the rows of each day: the names of the folders say it."""
    for table in ("articles", "duplicates"):
        found.days[table] = Counter()
    for file in found.manifest["files"]:
        if file["table"] in found.days:
            day = file["path"].partition("date=")[2].partition("/")[0]
            found.days[file["table"]][date.fromisoformat(day)] += file["rows"]


def _add_rows(
    found: Overview, rows: pa.RecordBatch, outlets: Counter[str], hours: Counter[date]
) -> None:
    """Count what articles and copies have in common."""
    outlets.update(counted(rows["source"]))
    bound(outlets)
    hours.update(counted(pc.floor_temporal(rows["event_at"], unit="hour")))
    bound(hours)
    found.reuse.update(counted(rows["reuse"]))
    found.warnings.update(counted(pc.list_flatten(rows["warnings"])))
    bound(found.warnings)


def _add_articles(found: Overview, paths: Sequence[str], originals: _Originals) -> None:
    outlets, hours = Counter[str](), Counter[date]()
    entities = [f"entities.list.element.{name}" for name in ("name", "label", "country")]
    for rows in batches(paths, [*_WHO, "reuse", "warnings", *entities]):
        _add_rows(found, rows, outlets, hours)
        originals.look_in(rows)
        _add_names(found, rows["entities"])
    found.outlets["articles"], found.hours["articles"] = outlets, hours


def _add_names(found: Overview, entities: pa.ListArray) -> None:
    """Count the articles that name each person, place and organisation, and each country."""
    flat = pc.list_flatten(entities)
    parts = {name: flat.field(name) for name in ("label", "name", "country")}
    for names, number in grouped(pa.table(parts)):
        found.names[names[0], names[1], names[2] or ""] += number
    bound(found.names)
    pairs = pa.table({"row": pc.list_parent_indices(entities), "country": parts["country"]})
    pairs = pairs.filter(pc.is_valid(pairs["country"]))
    found.countries.update(code for (_, code), _ in grouped(pairs))


def _add_earlier(originals: _Originals, before: Sequence[Manifest], root: str) -> None:
    """Look for the originals that earlier runs published, the nearest run first."""
    for manifest in before[: -LOOKED_BACK - 1 : -1]:
        for file in manifest["files"]:
            if not len(originals.missing):
                return
            path = os.path.join(root, file["path"])
            if file["table"] == "articles" and os.path.exists(path):
                for rows in batches([path], _WHO):
                    originals.look_in(rows)


def _add_flows(found: Overview, copies: _Copies, originals: _Originals) -> None:
    whose = originals.sources_of(copies.of)
    pairs = pa.table({"from": whose, "to": copies.source.cast(pa.string())})
    for (one, other), number in grouped(pairs):
        if one is None:
            found.lost += number
        else:
            found.flows[one, other] += number


def _add_stories(found: Overview, originals: _Originals, paths: Sequence[str]) -> None:
    """Complete the stories: their articles, and who has copies under which headline."""
    stories = {story.article_id: story for story in found.stories}
    for row in originals.rows:
        story = stories[row["article_id"]]
        if story.canonical is None or story.canonical.event_at < row["event_at"]:
            story.canonical = _piece(row)
    shown = pa.array(list(stories), pa.string())
    for rows in batches(paths, ["duplicate_of", "title", "source", "event_at"]) if stories else ():
        _add_members(stories, rows.filter(pc.is_in(rows["duplicate_of"], value_set=shown)))


def _piece(row: Mapping[str, Any]) -> Piece:
    return Piece(
        row["article_id"],
        shortened(row["source"], NAME),
        shortened(row["title"] or "", TITLE),
        row["url"] or "",
        row["event_at"],
    )


def _add_members(stories: Mapping[str, Story], rows: pa.RecordBatch) -> None:
    for (of, title, source), number in grouped(rows.select(["duplicate_of", "title", "source"])):
        headline = shortened(title or "", TITLE), shortened(source, NAME)
        stories[of].headlines[headline] += number
        bound(stories[of].headlines)
    times = pa.table(rows.select(["duplicate_of", "event_at"]).to_pydict())
    spans = times.group_by("duplicate_of").aggregate([("event_at", "min"), ("event_at", "max")])
    for row in spans.to_pylist():
        story = stories[row["duplicate_of"]]
        first, last = row["event_at_min"], row["event_at_max"]
        story.first = min(first, story.first or first)
        story.last = max(last, story.last or last)


def _add_rejects(found: Overview, paths: Sequence[str]) -> None:
    """Keep samples of each reason, and why sources failed: a reject that is the source itself."""
    failed = [one["uri"] for one in found.manifest["sources"] if one["status"] == "failed"]
    uris = pa.array(failed, pa.string())
    for rows in batches(paths, ["reason", "source_uri", "detail", "sample"]):
        for reason in rows["reason"].unique().to_pylist():
            samples = found.rejects.setdefault(reason, [])
            some = rows.filter(pc.equal(rows["reason"], reason)).slice(0, SAMPLES - len(samples))
            samples.extend(some.to_pylist())
        for row in rows.filter(pc.is_in(rows["source_uri"], value_set=uris)).to_pylist():
            found.faults.setdefault(row["source_uri"], f"{row['reason']}: {row['detail']}")
