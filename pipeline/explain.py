"""Why an article was folded, or why two are linked or not, from the published tables alone.

`explain` gathers what there is to say; `explain_views` says it. An article is looked for in the
light columns of all files; the texts that are shown are the only ones that are read.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.decision import COLUMNS, Decision, decide
from pipeline.errors import BadUsage, RunFailed
from pipeline.output import OutputFolder
from pipeline.passages import Passage, shared_passages
from pipeline.publish import settle
from transforms.wirecopy.register import is_agency

Row = dict[str, Any]  # light columns, the file it is in, the place of its run; the text when read

PREFIX: Final = 4  # characters of an id that may stand for it
_LIGHT: Final = sorted(
    {
        *COLUMNS,
        "source_uri",
        "url",
        "duplicate_of",
        "reuse",
        "reuse_of",
        "revision",
        "run_id",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A published link between the articles of a pair."""

    whose: int  # 0: of a to b, 1: of b to a
    kind: str
    coverage: float
    coverage_other: float
    folded: bool  # it is a copy of the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two articles side by side."""

    a: Row
    b: Row
    decision: Decision
    passages: Sequence[Passage]
    link: Link | None  # what the tables say of the two


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What there is to say of an article, or of two.

    Of one: its story by time, the canonical article, the runner-up and what decided between them.
    """

    article: Row
    pair: Pair | None
    story: Sequence[Row] = ()
    canonical: Row | None = None
    runner_up: Row | None = None
    decided_by: str = ""
    links: Sequence[tuple[Mapping[str, Any], Row | None]] = field(default_factory=tuple)


def explain(directory: str, one: str, other: str | None = None) -> Explanation:
    """Explain an article, or two, named by id, the beginning of an id, or URL.

    Raises BadUsage when there is no such article, or several.
    """
    output = OutputFolder(os.path.abspath(directory))
    settle(output)
    shelf = _Published(output)
    article = shelf.only(one)
    if other is None:
        return _of_one(shelf, article)
    second = shelf.only(other)
    if second["article_id"] == article["article_id"]:
        raise BadUsage(
            f"{one} and {other} are the same article; two different ones can be compared"
        )
    return Explanation(article=article, pair=_pair(shelf, article, second))


def _of_one(shelf: "_Published", article: Row) -> Explanation:
    story = shelf.find("story_id", [article["story_id"]])
    canonical = next((row for row in story if row["article_id"] == article["story_id"]), None)
    wanted = [link["article_id"] for link in article["reuse_of"]]
    linked = {row["article_id"]: row for row in shelf.find("article_id", wanted)}
    pair = None
    if canonical and canonical["article_id"] != article["article_id"]:
        pair = _pair(shelf, article, canonical)
    runner_up, decided_by = _why_canonical(shelf, canonical, story)
    return Explanation(
        article=article,
        pair=pair,
        story=sorted(story, key=lambda row: (row["event_at"], row["article_id"])),
        canonical=canonical,
        runner_up=runner_up,
        decided_by=decided_by,
        links=[(link, linked.get(link["article_id"])) for link in article["reuse_of"]],
    )


def _pair(shelf: "_Published", a: Row, b: Row) -> Pair:
    a, b = shelf.with_text(a), shelf.with_text(b)
    decision = decide(a, b, (a["run"] < b["run"], b["run"] < a["run"]))
    passages = shared_passages(a["text"], b["text"])
    return Pair(a=a, b=b, decision=decision, passages=passages, link=_link(a, b))


def _link(a: Row, b: Row) -> Link | None:
    """Return the link that the tables hold between two articles."""
    for whose, (row, other) in enumerate(((a, b), (b, a))):
        for link in row["reuse_of"]:
            if link["article_id"] == other["article_id"]:
                return Link(
                    whose=whose,
                    kind=link["kind"],
                    coverage=link["coverage"],
                    coverage_other=link["coverage_other"],
                    folded=row["duplicate_of"] == other["article_id"],
                )
    return None


# What makes an article the canonical one of its story, the first that differs decides
# (docs/contract.md): the words for people, and a key of which the smallest wins.
_CRITERIA: Final[dict[str, Callable[[Row], Any]]] = {
    "it was published by an earlier run": lambda row: row["run"],
    "its source is an agency": lambda row: not is_agency(row["source"]),
    "it is the earlier one": lambda row: row["event_at"],
    "its text is the longer one": lambda row: -row["length"],
    "its id is the smaller one": lambda row: row["article_id"],
}


def _why_canonical(
    shelf: "_Published", canonical: Row | None, story: Sequence[Row]
) -> tuple[Row | None, str]:
    """Return the article that comes second, and what put the canonical one before it."""
    others = [row for row in story if canonical and row["article_id"] != canonical["article_id"]]
    if canonical is None or not others:
        return None, ""
    canonical = shelf.with_length(canonical)
    others = [
        shelf.with_length(row) for row in others if row["run"] == min(r["run"] for r in others)
    ]
    second = min(others, key=_rank)
    for words, key in _CRITERIA.items():
        if key(canonical) < key(second):
            return second, words
        if key(canonical) > key(second):
            break
    return second, "it was chosen when the story was first published, and stays"


def _rank(row: Row) -> tuple[Any, ...]:
    return tuple(key(row) for key in _CRITERIA.values())


class _Published:
    """The published rows of an output folder."""

    def __init__(self, output: OutputFolder) -> None:
        self._root = output.root
        self._files = [
            (file, place)
            for place, manifest in enumerate(output.manifests())
            for file in manifest["files"]
            if file["table"] != "rejects"
        ]

    def only(self, name: str) -> Row:
        """Return the newest version of the article that `name` means."""
        if not name:
            raise BadUsage("ID is empty: give an article_id, the beginning of one, or a URL")
        found = list(self._rows(lambda rows: _means(rows, name)))
        exact = [row for row in found if name in (row["article_id"], row["url"])] or found
        if not exact:
            raise BadUsage(
                f"no article {name!r} below {self._root}; "
                'wirefold query DIR "SELECT article_id, title FROM articles" lists them'
            )
        ids = sorted({row["article_id"] for row in exact})
        if len(ids) > 1:
            more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
            raise BadUsage(f"{name!r} means several articles: {', '.join(ids[:5])}{more}")
        return max(exact, key=lambda row: (row["revision"], row["run"]))

    def find(self, column: str, values: Sequence[str]) -> list[Row]:
        """Return the newest version of each article that has one of the values in a column."""
        wanted = pa.array(values, pa.string())
        newest: dict[str, Row] = {}
        if values:
            for row in self._rows(lambda rows: pc.is_in(rows[column], value_set=wanted)):
                before = newest.get(row["article_id"])
                if before is None or before["revision"] < row["revision"]:
                    newest[row["article_id"]] = row
        return list(newest.values())

    def with_text(self, row: Row) -> Row:
        """Return the row with its text."""
        for rows in self._batches(row["file"], ["article_id", "revision", "text"]):
            here = pc.and_(
                pc.equal(rows["article_id"], row["article_id"]),
                pc.equal(rows["revision"], row["revision"]),
            )
            for text in rows.filter(here)["text"].to_pylist():
                return {**row, "text": text or ""}
        raise RunFailed(f"{row['file']} has changed while it was read")

    def with_length(self, row: Row) -> Row:
        """Return the row with the length of its text, in characters."""
        return {**row, "length": len(self.with_text(row)["text"])}

    def _rows(self, chosen: Callable[[pa.RecordBatch], pa.Array]) -> Iterator[Row]:
        for file, place in self._files:
            for rows in self._batches(file["path"], _LIGHT):
                for row in rows.filter(chosen(rows)).to_pylist():
                    yield {**row, "file": file["path"], "run": place, "table": file["table"]}

    def _batches(self, path: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(os.path.join(self._root, path)) as file:
                yield from file.iter_batches(columns=list(columns))
        except (OSError, pa.ArrowException) as error:
            raise RunFailed(f"cannot read {path}: {error}; try wirefold verify") from error


def _means(rows: pa.RecordBatch, name: str) -> pa.Array:
    begins = pc.starts_with(rows["article_id"], name)
    if len(name) < PREFIX:
        begins = pc.equal(rows["article_id"], name)
    return pc.or_(begins, pc.fill_null(pc.equal(rows["url"], name), fill_value=False))


def when(moment: datetime) -> str:
    """Return a moment for people."""
    return f"{moment:%Y-%m-%d %H:%M}"
