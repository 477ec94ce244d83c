"""Main text of web pages: how right, how fast, beside trafilatura as it comes.

    python -m benchmarks.pages [ARCHIVE]

ARCHIVE is scrapinghub-benchmark.tar.gz (pages and gold texts of scrapinghub's
article-extraction-benchmark). F1 is theirs: shared runs of four words, averaged over pages.
"""

import gzip
import json
import re
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura

from transforms.pages import read_page

ROOT = Path(__file__).parent.parent
RUN = 4  # words
ROUNDS = 3


def load(archive: Path) -> list[tuple[bytes, str]]:
    """Return each page's bytes and its gold text."""
    pages: dict[str, bytes] = {}
    gold: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            if name.endswith(".html.gz"):
                pages[name.removesuffix(".html.gz")] = gzip.decompress(_read(tar, member))
            elif name == "ground-truth.json":
                gold = json.loads(_read(tar, member))
    return [(pages[name], gold[name]["articleBody"]) for name in sorted(pages)]


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file
    return file.read()


def runs(text: str) -> Counter[tuple[str, ...]]:
    """Return the runs of four words of a text, or all its words when it has fewer."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)) if words)


def f1(found: list[str], gold: list[str]) -> float:
    """Return the F1 of mean precision and mean recall over pages."""
    precisions, recalls = [], []
    for text, truth in zip(found, gold, strict=True):
        ours, theirs = runs(text), runs(truth)
        common = (ours & theirs).total()
        precisions.append(common / ours.total() if ours else 0.0)
        recalls.append(common / theirs.total() if theirs else 0.0)
    precision, recall = sum(precisions) / len(gold), sum(recalls) / len(gold)
    return 2 * precision * recall / (precision + recall)


def measure(readers: dict[str, Callable[[bytes], str]], pages: list[tuple[bytes, str]]) -> None:
    """Print F1 and pages per CPU second of each reader; the best of ROUNDS for each page."""
    seconds = {name: [float("inf")] * len(pages) for name in readers}
    found = {name: [""] * len(pages) for name in readers}
    for _ in range(ROUNDS):
        for number, (page, _) in enumerate(pages):
            for name, read in readers.items():  # one after another, so that load hits all alike
                start = time.process_time()
                found[name][number] = read(page)
                seconds[name][number] = min(seconds[name][number], time.process_time() - start)
    speeds = {name: len(pages) / sum(times) for name, times in seconds.items()}
    for name, speed in speeds.items():
        score = f1(found[name], [gold for _, gold in pages])
        ratio = speed / speeds[next(iter(readers))]
        print(f"{name:26} F1 {score:.3f}  {speed:6.1f} pages/s/core  ratio {ratio:.2f}")


def main() -> None:
    """Measure on the archive that the command line or the folder `shared` gives."""
    default = ROOT.parent / "shared" / "data" / "pages" / "scrapinghub-benchmark.tar.gz"
    pages = load(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    readers = {
        "trafilatura, its defaults": lambda page: trafilatura.extract(page) or "",
        "trafilatura, fast": lambda page: trafilatura.extract(page, fast=True) or "",
        "wirefold, with metadata": lambda page: read_page(page).text,
    }
    measure(readers, pages)


if __name__ == "__main__":
    main()
