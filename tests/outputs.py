"""Output folders for tests, with published runs that no pipeline made."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.output import OutputFolder
from tests.conftest import AS_OF
from tests.records import digest
from transforms.schemas import ARTICLES, REJECTS


def a_row(name: str, **fields) -> dict[str, Any]:
    """Return a row of `articles`; its id comes from `name`."""
    row = {
        "article_id": digest(name),
        "source": "Test",
        "source_uri": f"/in/{name}.txt",
        "title": name,
        "authors": [],
        "tags": [],
        "text": name,
        "event_at": AS_OF,
        "language": "it",
        "language_confidence": 0.9,
        "entities": [],
        "story_id": digest(name),
        "reuse": "original",
        "reuse_of": [],
        "copies": 0,
        "revision": 1,
        "content_hash": digest(fields.get("text", name)),
        "warnings": [],
        "run_id": "r1",
    }
    return {**dict.fromkeys(ARTICLES.names), **row, **fields}


def a_copy(name: str, of: str, **fields) -> dict[str, Any]:
    """Return a row of `duplicates`, a copy of the row named `of`."""
    told = {"duplicate_of": digest(of), "story_id": digest(of), "reuse": "near"}
    return a_row(name, **{**told, **fields})


def an_entity(name: str, label: str = "PER", country: str | None = None) -> dict[str, Any]:
    return {"name": name, "label": label, "country": country, "count": 1, "mentions": []}


def a_reject(reason: str, **fields) -> dict[str, Any]:
    row = {"source_uri": "/in/x", "step": "ReadFiles", "reason": reason, "detail": "bad"}
    return {**row, "sample": "", "run_id": "r1", "retryable": False, **fields}


def publish(
    root: Path,
    articles: Sequence[dict] = (),
    duplicates: Sequence[dict] = (),
    rejects: Sequence[dict] = (),
    **manifest,
) -> dict[str, Any]:
    """Publish a run below `root` and return its manifest; more of it may be given."""
    run_id = manifest.get("run_id", "r1")
    files = []
    for table, rows in (("articles", articles), ("duplicates", duplicates)):
        for folder in sorted({_folder(table, row) for row in rows}):
            some = [row for row in rows if _folder(table, row) == folder]
            files.append(_write(root, table, f"{folder}/part-{run_id}.parquet", some, ARTICLES))
    if rejects:
        name = f"rejects/run={run_id}/part-0.parquet"
        files.append(_write(root, "rejects", name, rejects, REJECTS))
    counts = {
        "read": len(articles) + len(duplicates) + len(rejects),
        "articles": len(articles),
        "duplicates": len(duplicates),
        "unchanged": 0,
        "rejects": len(rejects),
        "rejects_by_reason": dict(Counter(row["reason"] for row in rejects)),
        "languages": dict(Counter(row["language"] for row in articles)),
        "entities_by_label": {},
        "stories": len(articles),
    }
    whole = {
        "run_id": run_id,
        "as_of": AS_OF.isoformat(),
        "started_at": "2024-06-20T12:00:01+00:00",
        "finished_at": "2024-06-20T12:00:03.5+00:00",
        "runner": "FnApiRunner",
        "versions": {"wirefold": "0.1.0", "python": "3.11.7"},
        "config": {"input": ["in"], "output": "out", "workers": None},
        "counts": counts,
        "sources": [],
        "files": files,
        "seconds": {"pipeline": 2.5, "ReadFiles": 1.25},
        **manifest,
    }
    path = Path(OutputFolder(str(root)).manifest(run_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole))
    return whole


def _folder(table: str, row: dict) -> str:
    event: datetime = row["event_at"]
    return f"{table}/date={event:%Y-%m-%d}/lang={row['language']}"


def _write(root: Path, table: str, name: str, rows: Sequence[dict], schema: pa.Schema) -> dict:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema), path)
    size = path.stat().st_size
    return {"table": table, "path": name, "rows": len(rows), "bytes": size, "sha256": "0"}
