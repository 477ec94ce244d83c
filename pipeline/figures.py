"""What a run's report shows, read from its tables: counts over time, stories, names, flows.

Only the columns that are needed are read, never a text; what is returned is small whatever the
size of the run.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.output import OutputFolder
from transforms.schemas import ARTICLES, REJECTS

EARLIER: Final = "earlier runs"
STORIES: Final = 40
NAMES: Final = 12
COUNTRIES: Final = 20
FLOWS: Final = 40
SAMPLES: Final = 3  # rejects shown of each reason
_OUTLETS: Final = 12  # named under one story
# Unit of the columns over time; the longest span it is for; a step that skips none; its label.
_UNITS: Final = (
    ("hour", timedelta(days=2), timedelta(hours=1), "%Y-%m-%d %H:00"),
    ("day", timedelta(days=62), timedelta(days=1), "%Y-%m-%d"),
    ("month", timedelta(days=1_830), timedelta(days=28), "%Y-%m"),
    ("year", timedelta.max, timedelta(days=365), "%Y"),
)
_ROW: Final = ["article_id", "title", "source", "source_uri", "event_at", "duplicate_of"]
_LINKS: Final = "reuse_of.list.element.article_id"
_ENTITY: Final = [f"entities.list.element.{field}" for field in ("name", "label", "country")]
_REJECT: Final = ["source_uri", "reason", "detail", "sample"]


@dataclass(frozen=True, slots=True)
class Story:
    """An article that was printed more than once, and where."""

    title: str
    source: str
    copies: int
    outlets: tuple[str, ...]  # of the copies, the first ones


@dataclass(frozen=True, slots=True)
class Refused:
    """A reason for rejects: how many, and some of them."""

    reason: str
    items: int
    samples: tuple[Mapping[str, str], ...]  # source_uri, detail, sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that a report takes from the tables. Pairs are sorted, the largest first."""

    unit: str  # of `times`: hour, day, month or year
    times: tuple[tuple[str, int, int], ...]  # label, articles, copies; empty ones too
    stories: tuple[Story, ...]
    names: Mapping[str, tuple[tuple[str, int], ...]]  # by label: name, articles
    countries: tuple[tuple[str, int], ...]  # code, articles
    flows: tuple[tuple[str, str, int], ...]  # who copied, from whom, pieces
    refused: tuple[Refused, ...]


def figures(output: OutputFolder, manifest: Mapping[str, Any]) -> Figures:
    """Read the figures of a run."""
    articles = _read(output, manifest, "articles", [*_ROW, _LINKS, *_ENTITY])
    duplicates = _read(output, manifest, "duplicates", [*_ROW, _LINKS])
    unit, times = _times(articles["event_at"], duplicates["event_at"])
    return Figures(
        unit=unit,
        times=times,
        stories=tuple(_stories(articles, duplicates)),
        names=_names(articles["entities"]),
        countries=_countries(articles["entities"]),
        flows=_flows(articles, duplicates),
        refused=tuple(_refused(_read(output, manifest, "rejects", _REJECT))),
    )


def _read(
    output: OutputFolder, manifest: Mapping[str, Any], table: str, columns: Sequence[str]
) -> pa.Table:
    """Return columns of all rows of a run in one table."""
    paths = [file["path"] for file in manifest["files"] if file["table"] == table]
    tables = [pq.ParquetFile(os.path.join(output.root, p)).read(columns) for p in paths]
    if tables:
        return pa.concat_tables(tables)
    nothing = (REJECTS if table == "rejects" else ARTICLES).empty_table()
    return nothing.select(list(dict.fromkeys(name.partition(".")[0] for name in columns)))


def _times(
    articles: pa.ChunkedArray, duplicates: pa.ChunkedArray
) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    ends = pc.min_max(pa.chunked_array([*articles.chunks, *duplicates.chunks], articles.type))
    first, last = ends["min"].as_py(), ends["max"].as_py()
    if first is None:
        return "day", ()
    unit, _, step, form = next(one for one in _UNITS if last - first <= one[1])
    counts = [_by_label(times, form) for times in (articles, duplicates)]
    labels = dict.fromkeys(
        (first + n * step).strftime(form) for n in range((last - first) // step + 1)
    )
    labels[last.strftime(form)] = None
    return unit, tuple((label, counts[0][label], counts[1][label]) for label in labels)


def _by_label(times: pa.ChunkedArray, form: str) -> Counter[str]:
    floors = pc.value_counts(pc.floor_temporal(times, unit="hour")).to_pylist()
    labels: Counter[str] = Counter()
    for one in floors:
        labels[one["values"].strftime(form)] += one["counts"]
    return labels


def _stories(articles: pa.Table, duplicates: pa.Table) -> Iterator[Story]:
    largest = pc.value_counts(duplicates["duplicate_of"]).to_pylist()
    largest.sort(key=lambda one: (-one["counts"], one["values"]))
    counts = {one["values"]: one["counts"] for one in largest[:STORIES]}
    wanted = pa.array(counts, pa.string())
    originals = articles.filter(pc.is_in(articles["article_id"], wanted)).to_pylist()
    heads = {row["article_id"]: row for row in reversed(originals)}  # the first version
    copies = defaultdict(list)
    for row in duplicates.filter(pc.is_in(duplicates["duplicate_of"], wanted)).to_pylist():
        copies[row["duplicate_of"]].append(row)
    for article_id, count in counts.items():
        rows = sorted(copies[article_id], key=lambda row: (row["event_at"], row["article_id"]))
        head = heads.get(article_id, rows[0])
        outlets = tuple(dict.fromkeys(row["source"] for row in rows))[:_OUTLETS]
        source = head["source"] if article_id in heads else EARLIER
        yield Story(_title(head), source, count, outlets)


def _title(row: Mapping[str, Any]) -> str:
    return row["title"] or os.path.basename(row["source_uri"]) or row["article_id"]


def _names(entities: pa.ChunkedArray) -> dict[str, tuple[tuple[str, int], ...]]:
    by_label = defaultdict(list)
    for one in _counted(_flat(entities, "name", "label")):
        by_label[one["label"]].append((one["name"], one["count_all"]))
    return {label: _largest(names)[:NAMES] for label, names in by_label.items()}


def _countries(entities: pa.ChunkedArray) -> tuple[tuple[str, int], ...]:
    """Count articles, not entities: one article may name a country in two ways."""
    named = _flat(entities, "country").append_column("row", pc.list_parent_indices(entities))
    once = named.filter(pc.is_valid(named["country"])).group_by(["row", "country"]).aggregate([])
    found = _counted(once.select(["country"]))
    return _largest([(one["country"], one["count_all"]) for one in found])[:COUNTRIES]


def _flat(entities: pa.ChunkedArray, *fields: str) -> pa.Table:
    """Return fields of all entities, one row each."""
    flat = pc.list_flatten(entities)
    return pa.table({field: pc.struct_field(flat, field) for field in fields})


def _counted(table: pa.Table) -> list[dict[str, Any]]:
    """Return the distinct rows of a table, each with its `count_all`."""
    return table.group_by(table.column_names).aggregate([([], "count_all")]).to_pylist()


def _largest(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _flows(articles: pa.Table, duplicates: pa.Table) -> tuple[tuple[str, str, int], ...]:
    linked = pa.concat_tables([_linked(articles), _linked(duplicates)])
    known = pa.concat_tables(
        [table.select(["article_id", "source"]) for table in (articles, duplicates)]
    )
    wanted = known.filter(pc.is_in(known["article_id"], linked["target"])).to_pylist()
    sources = {row["article_id"]: row["source"] for row in wanted}
    flows = Counter(
        (row["source"], sources.get(row["target"], EARLIER)) for row in linked.to_pylist()
    )
    ordered = sorted(flows.items(), key=lambda flow: (-flow[1], flow[0]))
    return tuple((taker, giver, pieces) for (taker, giver), pieces in ordered[:FLOWS])


def _linked(table: pa.Table) -> pa.Table:
    """Return who links to what: `source` and the first `target` of rows with links."""
    rows = table.filter(pc.greater(pc.list_value_length(table["reuse_of"]), 0))
    targets = pc.struct_field(pc.list_element(rows["reuse_of"], 0), "article_id")
    return pa.table({"source": rows["source"], "target": targets})


def _refused(rejects: pa.Table) -> Iterator[Refused]:
    counts = Counter(rejects["reason"].to_pylist())
    for reason, items in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        some = rejects.filter(pc.equal(rejects["reason"], reason)).slice(0, SAMPLES)
        yield Refused(reason, items, tuple(some.to_pylist()))
