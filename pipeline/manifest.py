"""What a run says of itself: the receipts of the pipeline become the manifest."""

import platform
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import unquote

import pyarrow.parquet as pq

from pipeline import __version__
from pipeline.config import Config
from pipeline.output import folder_name
from pipeline.runner import real_runner
from transforms.schemas import SCHEMA_VERSION

Receipts = dict[str, list[dict[str, Any]]]  # class name of a receipt: its fields, see build.py
PACKAGES: Final = ("apache-beam", "pyarrow", "numpy", "langdetect", "feedparser")
HIGHLIGHTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that the run will publish."""

    table: str
    folder: str  # below the output folder
    name: str
    staged: str  # where it waits
    rows: int
    bytes: int
    sha256: str

    @property
    def path(self) -> str:
        """Where it will be, below the output folder."""
        return f"{self.folder}/{self.name}"


def new_files(receipts: Receipts, run_id: str) -> list[NewFile]:
    """Return the files that the receipts tell of, by path."""
    rejects = f"rejects/run={folder_name(run_id)}"
    found = [
        (part["folder"], part["number"], part["file"]) for part in receipts.get("PartFile", [])
    ]
    found += [(rejects, 0, one["file"]) for one in receipts.get("RejectFile", [])]
    files = [
        NewFile(
            table=folder.partition("/")[0],
            folder=folder,
            name=f"part-{number:05d}-{file['sha256'][:16]}.parquet",
            staged=file["path"],
            rows=file["rows"],
            bytes=file["bytes"],
            sha256=file["sha256"],
        )
        for folder, number, file in found
    ]
    return sorted(files, key=lambda file: file.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Which run it was, and how long it took."""

    run_id: str
    started: datetime
    seconds: dict[str, float]  # of the pipeline, and of each step where the runner tells


def make_manifest(
    receipts: Receipts, files: Sequence[NewFile], config: Config, ran: Ran
) -> dict[str, Any]:
    """Return the manifest of a run (docs/contract.md); nothing in it depends on the folder."""
    kinds = ("languages", "labels", "entities", "stories")
    told = {kind: _added(receipts.get("PartFile", []), kind) for kind in kinds}
    reasons: Counter[str] = Counter()
    for one in receipts.get("RejectFile", []):
        reasons.update(one["reasons"])
    rows = Counter[str]()
    for file in files:
        rows[file.table] += file.rows
    counts = {
        "read": sum(one["items"] for one in receipts.get("SourceRead", [])),
        "articles": rows["articles"],
        "duplicates": rows["duplicates"],
        "unchanged": sum(one["items"] for one in receipts.get("Unchanged", [])),
        "rejects": rows["rejects"],
        "rejects_by_reason": dict(reasons.most_common()),
        "languages": {code: n for (code,), n in told["languages"].most_common()},
        "entities_by_label": {label: n for (label,), n in told["labels"].most_common()},
        "stories": sum(one["stories"] for one in receipts.get("MemoryFiles", [])),
    }
    return {
        "run_id": ran.run_id,
        "as_of": config.as_of.astimezone(UTC).isoformat(),
        "started_at": ran.started.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "runner": real_runner(config.runner),
        "versions": {
            "wirefold": __version__,
            "schema": SCHEMA_VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
        "config": config.masked,
        "counts": counts,
        "sources": _sources(receipts.get("SourceRead", []), files),
        "files": [
            {
                "table": file.table,
                "path": file.path,
                "rows": file.rows,
                "bytes": file.bytes,
                "sha256": file.sha256,
            }
            for file in files
        ],
        "seconds": ran.seconds,
        "highlights": {
            "entities": [
                {"name": name, "label": label, "articles": n}
                for (name, label), n in told["entities"].most_common(HIGHLIGHTS)
            ],
            "stories": [
                {"article_id": article, "title": title, "source": source, "copies": n}
                for (article, title, source), n in told["stories"].most_common(HIGHLIGHTS)
            ],
        },
    }


def _added(parts: Iterable[dict[str, Any]], kind: str) -> Counter[tuple[str, ...]]:
    """Add up one kind of the parts' counts; ties in the order of the parts' folders."""
    total: Counter[tuple[str, ...]] = Counter()
    for part in sorted(parts, key=lambda part: (part["folder"], part["number"])):
        for names, count in part["counts"].get(kind, []):
            total[tuple(names)] += count
    return total


def _sources(reads: Iterable[dict[str, Any]], files: Sequence[NewFile]) -> list[dict[str, Any]]:
    """Add up what was read of each source, and what became of its items.

    Bytes and seconds are told of feeds and pages.
    """
    sources: dict[str, dict[str, Any]] = {}
    for read in reads:
        one = sources.setdefault(
            read["uri"], {"uri": read["uri"], "kind": read["kind"], "status": "", **_NOTHING}
        )
        one["status"] = _together(one["status"], read["status"])
        for name in ("items", "bytes", "seconds"):
            one[name] += read[name]
    roots = {_root(one["uri"], one["kind"]): one for one in sources.values()}
    rejects = Counter[int]()
    for uri, table, rows in _rows_by_uri(files):
        place = next((place for place in _upwards(uri) if place in roots), None)
        if place is not None and table == "rejects":
            rejects[id(roots[place])] += rows
        elif place is not None:
            roots[place]["new"] += rows
    for one in sources.values():
        one["unchanged"] = max(0, one["items"] - one["new"] - rejects[id(one)])
    return sorted(sources.values(), key=lambda one: one["uri"])


_NOTHING: Final = {"items": 0, "new": 0, "unchanged": 0, "bytes": 0, "seconds": 0.0}


def _together(one: str, other: str) -> str:
    return other if one in ("", other) else "partial"


def _rows_by_uri(files: Iterable[NewFile]) -> Iterator[tuple[str, str, int]]:
    """Yield the URI without fragment, the table and the number of rows."""
    for file in files:
        uris = pq.read_table(file.staged, columns=["source_uri"])["source_uri"]
        for one in uris.value_counts().to_pylist():
            yield unquote(one["values"].partition("#")[0]), file.table, one["counts"]


def _root(uri: str, kind: str) -> str:
    """Return the plain beginning of a source's URI: a glob's up to its first wild folder."""
    plain = unquote(uri)
    if kind == "glob":
        plain = re.split(r"[*?[]", plain)[0].rpartition("/")[0]
    return plain.rstrip("/")


def _upwards(uri: str) -> Iterator[str]:
    while uri:
        yield uri
        uri = uri.rpartition("/")[0]
