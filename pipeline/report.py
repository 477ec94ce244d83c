"""What a run says at its end: its manifest as a short table for the terminal."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pipeline.config import mask
from pipeline.tables import counted, grid
from transforms.paths import is_local

Manifest = Mapping[str, Any]  # docs/contract.md, "The manifest"

REASONS: Final = 5  # refused for
LANGUAGES: Final = 12
STORIES: Final = 3
ENTITIES: Final = 8
_QUESTION: Final = "SELECT title, copies FROM articles ORDER BY copies DESC"


def sources_failed(manifest: Manifest) -> list[str]:
    """Return the feeds, pages and remote sources that could not be read."""
    return [
        source["uri"]
        for source in manifest["sources"]
        if source["status"] == "failed"
        and (source["kind"] in ("feed", "page") or not is_local(source["uri"]))
    ]


def summary(manifest: Manifest, output: str, program: str = "wirefold") -> str:
    """Return the table of a run, as wide as the terminal at most; `program` is how to call us."""
    place = shlex.quote(output)
    query = f'{program} query {place} "{_QUESTION}"'
    step = query if is_local(output) else f"{program} verify {place}"
    return grid([*_facts(manifest, output), ("next", step)])


def _facts(manifest: Manifest, output: str) -> Iterator[tuple[str, str]]:
    counts, best = manifest["counts"], manifest.get("highlights", {})
    yield "run", f"{manifest['run_id']}, as of {manifest['as_of']}, {manifest['runner']}"
    for name in ("read", "articles", "duplicates", "unchanged"):
        yield name, f"{counts[name]:,}"
    yield "rejects", _with(counts["rejects"], counts["rejects_by_reason"], REASONS)
    yield "stories", f"{counts['stories']:,}"
    yield "languages", counted(counts["languages"], LANGUAGES)
    for story in best.get("stories", [])[:STORIES]:
        yield "copied most", f"{story['copies']:,} × {_headline(story)}"
    names = {f"{one['name']} ({one['label']})": one["articles"] for one in best.get("entities", [])}
    yield "names", counted(names, ENTITIES)
    if slowest := _slowest(manifest["seconds"]):
        yield "slowest step", slowest
    for uri in sources_failed(manifest):
        yield "not read", mask(uri)
    yield "files", _files(manifest["files"], output)


def _with(total: int, parts: Mapping[str, int], most: int) -> str:
    return f"{total:,}" + (f": {counted(parts, most)}" if parts else "")


def _headline(story: Mapping[str, Any]) -> str:
    return f"{story['title'] or story['article_id']} ({story['source']})"


def _slowest(seconds: Mapping[str, float]) -> str:
    steps = {name: time for name, time in seconds.items() if name not in ("pipeline", "total")}
    if not steps:
        return ""
    name = max(steps, key=lambda step: steps[step])
    return f"{name}, {steps[name]:.1f} s"


def _files(files: Sequence[Mapping[str, Any]], output: str) -> str:
    size = sum(file["bytes"] for file in files)
    return f"{len(files):,} ({size / 1e6:,.1f} MB) below {output}"
