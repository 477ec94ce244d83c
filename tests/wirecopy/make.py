"""Files of sketches, and the verdicts on them as plain rows."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from transforms.records import SketchFile
from transforms.schemas import SKETCHES
from transforms.sketch import sketch_texts

DAY = datetime(2024, 6, 20, tzinfo=UTC)
WORDS = [
    "minister",
    "budget",
    "harbour",
    "engine",
    "violin",
    "teacher",
    "glacier",
    "senate",
    "orchard",
    "tunnel",
    "referee",
    "pension",
    "copper",
    "lantern",
    "strike",
    "treaty",
    "museum",
    "wheat",
    "ferry",
    "virus",
    "bridge",
    "prison",
    "comet",
    "bakery",
    "siege",
    "ballot",
    "turbine",
    "opera",
    "quarry",
    "drought",
    "satellite",
    "merger",
    "tariff",
    "vaccine",
    "stadium",
    "archive",
    "meadow",
    "furnace",
    "parliament",
    "journalist",
    "committee",
    "festival",
    "factory",
    "airport",
]


def story(seed: str, sentences: int = 12) -> str:
    """Return a text of made-up sentences that shares nothing with that of another seed."""
    lines = []
    for number in range(sentences):
        digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
        lines.append(" ".join(WORDS[byte % len(WORDS)] for byte in digest[:14]).capitalize() + ".")
    return " ".join(lines)


def row(name: str, text: str, **more: Any) -> dict[str, Any]:
    """Return an article as a row of SKETCHES, without its sketch, and its text."""
    return {
        "article_id": name,
        "content_hash": hashlib.sha256(text.encode()).hexdigest(),
        "source": "The Gazette",
        "event_at": DAY,
        "published_precision": "second",
        "language": "en",
        "title": None,
        "story_id": None,
        "length": len(text),
        "text": text,
    } | more


def rows(*texts: str) -> list[dict[str, Any]]:
    """Return articles a, b, c ... an hour apart."""
    return [
        row(chr(ord("a") + k), text, event_at=DAY + timedelta(hours=k))
        for k, text in enumerate(texts)
    ]


def write(
    path: Path, articles: Sequence[dict[str, Any]], batch: int = 1000, **more: Any
) -> SketchFile:
    """Write articles to a file of sketches."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SKETCHES) as writer:
        for start in range(0, len(articles), batch):
            some = articles[start : start + batch]
            columns = sketch_texts([article["text"] for article in some]).columns()
            for name in SKETCHES.names[:9]:
                columns[name] = pa.array(
                    [article[name] for article in some], SKETCHES.field(name).type
                )
            arrays = [columns[name] for name in SKETCHES.names]
            writer.write(pa.record_batch(arrays, schema=SKETCHES))
    return SketchFile(path=str(path), **more)


def verdicts(tables: Iterable[pa.Table]) -> dict[str, dict[str, Any]]:
    """Return the verdicts by article id."""
    return {found["article_id"]: found for table in tables for found in table.to_pylist()}
