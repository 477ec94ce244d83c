"""What a report costs: CPU time and memory by the number of rows, beside reading the columns alone.

    python -m benchmarks.report [ROWS ...]

Runs of made-up rows: five names an article, 2,000 outlets, a fifth of the rows are copies.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.overview import gather
from pipeline.report_sections import SECTIONS
from transforms.schemas import ARTICLES, INSTANT

ROWS = (20_000, 200_000)
PART = 20_000  # rows of a file
AS_OF = datetime(2024, 6, 20, tzinfo=UTC)


def write(folder: Path, rows: int) -> list[dict[str, Any]]:
    """Write the table files of a run; return its manifest's entries of them."""
    chance, files = np.random.default_rng(0), []
    for start in range(0, rows, PART):
        table = "duplicates" if start // PART % 5 == 4 else "articles"
        day = AS_OF - timedelta(hours=start // PART * 3)
        name = f"{table}/date={day:%Y-%m-%d}/lang=en/part-{start}.parquet"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size = min(PART, rows - start)
        pq.write_table(_rows(chance, start, size, day, table == "duplicates"), path)
        files.append({"table": table, "path": name, "rows": size, "bytes": path.stat().st_size})
    return files


def _rows(
    chance: np.random.Generator, start: int, size: int, day: datetime, copies: bool
) -> pa.Table:
    ids = [f"{number:032x}" for number in range(start, start + size)]
    names = chance.zipf(1.3, size * 5) % 500_000
    labels = ("PER", "LOC", "ORG")
    entities = [
        [_entity(f"Name {names[5 * row + k]}", labels[k % 3]) for k in range(5)]
        for row in range(size)
    ]
    given: dict[str, Any] = {
        "article_id": ids,
        "source": [f"Outlet {number}" for number in chance.zipf(1.5, size) % 2_000],
        "title": [f"A headline of some length, as they are, number {name}" for name in ids],
        "event_at": pa.array([day] * size, INSTANT),
        "entities": pa.array(entities, ARTICLES.field("entities").type),
        "duplicate_of": [
            f"{number:032x}" if copies else None for number in chance.zipf(1.3, size) % PART
        ],
        "reuse": ["near" if copies else "original"] * size,
    }
    columns = []
    for field in ARTICLES:
        if field.name in given:
            columns.append(pa.array(given[field.name], field.type))
        elif field.nullable:
            columns.append(pa.nulls(size, field.type))
        else:
            empty: Any = [] if pa.types.is_list(field.type) else "x"
            number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
            columns.append(pa.array([0 if number else empty] * size, field.type))
    return pa.table(columns, schema=ARTICLES)


def _entity(name: str, label: str) -> dict[str, Any]:
    country = "US" if label == "LOC" else None
    return {"name": name, "label": label, "country": country, "count": 1, "mentions": []}


def measure(rows: int) -> None:
    """Print what the report of a run of so many rows costs."""
    with TemporaryDirectory() as folder:
        written = write(Path(folder), rows)
        files = [(file["table"], f"{folder}/{file['path']}") for file in written]
        columns = ["article_id", "source", "title", "event_at", "duplicate_of", "entities"]
        start = time.process_time()
        for _, path in files:
            for _batch in pq.ParquetFile(path).iter_batches(columns=columns):
                pass
        plain = time.process_time() - start
        counts = dict.fromkeys(("read", "articles", "duplicates", "unchanged", "rejects"), rows)
        counts |= {"stories": rows, "languages": {"en": rows}, "rejects_by_reason": {}}  # type: ignore[dict-item]
        manifest: dict[str, Any] = {"files": written, "counts": counts, "sources": []}
        manifest |= {"seconds": {}, "versions": {}, "config": {}, "runner": ""}
        start = time.process_time()
        found = gather(manifest, files, [], folder)
        size = sum(len(function(found)) for _, function in SECTIONS.values())
        cost = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"{rows:9,} rows  {cost:6.2f} s CPU, {cost / plain:4.1f} times reading the columns, "
        f"process at most {peak:,} MB, page {size >> 10} KB"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure each size in a process of its own, or the one size that is given."""
    if len(arguments) == 1:
        return measure(int(arguments[0]))
    for rows in arguments or map(str, ROWS):
        subprocess.run([sys.executable, "-m", "benchmarks.report", rows], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
