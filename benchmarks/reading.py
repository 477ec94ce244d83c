"""What reading costs: JSON lines to articles, beside parsing the JSON alone.

    python -m benchmarks.reading [FILE.jsonl]

Without FILE it writes one of 10,000 articles of about 2 KB. CPU time of one core, best of five;
memory is the peak of Python's allocations while all of the file is read.
"""

import json
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from transforms.items import to_article
from transforms.pieces import Part, plan
from transforms.read_files import MAX_FILE_BYTES, read_part

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 5


def write(path: Path, rows: int) -> None:
    """Write articles of made-up words, with the fields that exports have."""
    chance = random.Random(0)
    words = [
        "".join(chance.choices("aeiourstlnmcdpò", k=chance.randint(2, 9))) for _ in range(5000)
    ]
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            row = {
                "id": f"a{number}",
                "url": f"https://desk.example/news/{number}",
                "title": " ".join(chance.choices(words, k=8)).capitalize(),
                "text": "\n\n".join(" ".join(chance.choices(words, k=60)) for _ in range(5)),
                "published": f"2024-06-{number % 28 + 1:02}T10:00:00Z",
                "source": "The Desk",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read(path: Path) -> int:
    """Return the number of articles, made as a run makes them."""
    return sum(
        1
        for piece in plan(str(path), None, MAX_FILE_BYTES)
        for part in piece.parts
        if isinstance(part, Part)
        for item in read_part(part, {}, MAX_FILE_BYTES)
        if to_article(item, AS_OF)  # type: ignore[arg-type] # no row is refused
    )


def parse(path: Path) -> int:
    """Return the number of rows, parsed and nothing else."""
    with path.open("rb") as file:
        return sum(1 for line in file if json.loads(line))


def seconds(work: Callable[[Path], int], path: Path) -> float:
    """Return the least CPU time of ROUNDS runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work(path)
        times.append(time.process_time() - start)
    return min(times)


def peak(path: Path) -> float:
    """Return the most memory that reading a file takes at any time, in MB."""
    tracemalloc.start()
    read(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Print both times, their ratio, and the memory for a file and one four times as long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "rows.jsonl")
        if len(sys.argv) < 2:
            write(path, 10_000)
        rows = parse(path)
        ours, theirs = seconds(read, path), seconds(parse, path)
        print(f"json.loads alone         {theirs / rows * 1e6:6.1f} us a row")
        print(f"read_part + to_article   {ours / rows * 1e6:6.1f} us a row, {ours / theirs:.1f} x")
        longer = Path(folder, "longer.jsonl")
        longer.write_bytes(path.read_bytes() * 4)
        size = path.stat().st_size / 1e6
        more = longer.stat().st_size / 1e6
        print(f"memory: {peak(path):.1f} MB for {size:.0f} MB, {peak(longer):.1f} for {more:.0f}")


if __name__ == "__main__":
    main()
