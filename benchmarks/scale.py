"""What a run costs as it grows: `python -m benchmarks.scale FILE.jsonl [SIZE ...] [--FLAG ...]`.

FILE holds real articles, one a line with their text. From their words it makes texts of 3 KB of any
number, 1,000 a day in the languages of FILE; three of ten are edited copies of another. The flags
are those of `wirefold run`. A million articles take an hour or two and 10 GB of disk.

Without sizes: 2,000, 20,000 and 200,000, then the gain of a second worker on 20,000 articles,
beside that of a second plain process which does half of the work with the same functions and
without Beam.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measure import measure

SIZES = (2_000, 20_000, 200_000)
GAIN_SIZE = 20_000
WORDS = 450  # about 3 KB
A_DAY = 1_000
COPIES = 0.3
BLOCK = 2_000  # articles made at a time; copies are of the same block
LEAST = 200  # articles of a language that give it words enough
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
AS_OF = "2026-01-01T00:00:00Z"

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chain:
    """Which words follow each word in real articles of a language, as often as they do."""

    words: list[str]
    next: Numbers
    starts: Numbers  # of the followers of each word in `next`, and the end of the last's

    def texts(self, count: int, length: int, chance: np.random.Generator) -> list[str]:
        """Return made-up texts of `length` words."""
        word = chance.choice(self.next, count)
        rows = np.empty((length, count), np.int64)
        for place in range(length):
            rows[place] = word
            many = self.starts[word + 1] - self.starts[word]
            word = self.next[self.starts[word] + (chance.random(count) * many).astype(np.int64)]
        return [" ".join([self.words[k] for k in row]) for row in rows.T]


def chain_of(texts: list[str]) -> Chain:
    """Return the chain of words of some texts."""
    numbers: dict[str, int] = {}
    spoken = [numbers.setdefault(word, len(numbers)) for text in texts for word in text.split(" ")]
    before = np.array(spoken)
    after = np.roll(before, -1)  # the last word is followed by the first
    order = np.argsort(before, kind="stable")
    starts = np.searchsorted(before[order], np.arange(len(numbers) + 1))
    return Chain(list(numbers), after[order], starts)


def chains(corpus: str) -> list[Chain]:
    """Return a chain for each language of which the corpus has LEAST articles."""
    from transforms.language.engines import load_detector  # noqa: PLC0415

    detector = load_detector("langdetect")
    spoken = []
    with open(corpus, encoding="utf-8") as file:
        for line in file:
            spoken.append(json.loads(line)["text"])
    texts = defaultdict(list)
    for text, detection in zip(spoken, detector(spoken), strict=True):
        texts[detection.language].append(text)
    return [chain_of(some) for _, some in sorted(texts.items()) if len(some) >= LEAST]


def articles(found: list[Chain], count: int) -> Iterator[dict[str, str]]:
    """Yield `count` made-up articles, always the same."""
    chance = np.random.default_rng(0)
    for start in range(0, count, BLOCK):
        chain = found[start // BLOCK % len(found)]
        size = min(BLOCK, count - start)
        texts, titles = chain.texts(size, WORDS, chance), chain.texts(size, 8, chance)
        for k in range(size):
            if k and chance.random() < COPIES:
                cut = int(len(texts[k]) * (0.6 + 0.4 * chance.random()))
                texts[k] = f"({titles[k][:12]}) - {texts[chance.integers(k)][:cut]}"
            day = FIRST_DAY + timedelta(days=(start + k) / A_DAY)
            yield {
                "id": f"a{start + k}",
                "title": titles[k],
                "text": texts[k],
                "published": day.isoformat(),
                "source": f"desk-{chance.integers(20)}.example",
            }


def write(path: Path, found: list[Chain], count: int) -> None:
    """Write articles as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in articles(found, count):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main(corpus: str, sizes: Sequence[int], flags: list[str]) -> None:
    """Print what a run over each number of articles takes; of no number, all and the gain."""
    found = chains(corpus)
    print(f"{'articles':>10}{'wall s':>9}{'CPU s':>9}{'CPU ms an article':>19}{'peak MB':>9}")
    for size in sizes or SIZES:
        with tempfile.TemporaryDirectory() as home:
            path = Path(home, "articles.jsonl")
            write(path, found, size)
            used = measure([*_run(path), "--output", f"{home}/out", *flags])
            print(
                f"{size:10,}{used.wall:9.0f}{used.cpu:9.0f}{used.cpu / size * 1000:19.2f}"
                f"{used.peak / 1e6:9.0f}",
                flush=True,
            )
    if not sizes:
        with tempfile.TemporaryDirectory() as home:
            gain(Path(home), found)


def gain(home: Path, found: list[Chain]) -> None:
    """Print how much faster two workers are than one, and two plain processes than one."""
    whole, halves = home / "whole.jsonl", [home / "0.jsonl", home / "1.jsonl"]
    write(whole, found, GAIN_SIZE)
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    for k, half in enumerate(halves):
        half.write_text("".join(lines[k::2]), encoding="utf-8")
    plain = [sys.executable, "-m", "benchmarks.main_job", "chain"]
    seconds = {
        workers: measure(
            [*_run(whole), "--output", str(home / f"w{workers}"), "--workers", str(workers)]
        ).wall
        for workers in (1, 2)
    }
    one = _together([[*plain, str(whole), str(home / "p"), "builtin"]])
    two = _together([[*plain, str(half), f"{half}.out", "builtin"] for half in halves])
    print(
        f"a second worker: {seconds[1] / seconds[2]:.2f} x; "
        f"a second plain process: {one / two:.2f} x ({GAIN_SIZE:,} articles)"
    )


def _run(path: Path) -> list[str]:
    return [sys.executable, "-m", "pipeline", "run", str(path), "--as-of", AS_OF]


def _together(commands: list[list[str]]) -> float:
    """Return the seconds until all commands, started at once, have ended."""
    start = time.monotonic()
    processes = [subprocess.Popen(command) for command in commands]
    ended = [process.wait() for process in processes]
    if any(ended):
        sys.exit("a plain process failed")
    return time.monotonic() - start


if __name__ == "__main__":
    match sys.argv[1:]:
        case [corpus, *rest]:
            numbers = [int(size) for size in takewhile(str.isdecimal, rest)]
            flags = rest[len(numbers) :]
            if flags and not numbers:
                sys.exit("flags need a size before them")
            main(corpus, numbers, flags)
        case _:
            sys.exit(__doc__)
