"""What a run would read and write, without doing either: `--dry-run`."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from pipeline.config import Config, mask
from pipeline.home import opened
from pipeline.output import folder_name, order
from pipeline.stores import open_stores
from pipeline.tables import counted, grid
from transforms.paths import is_local, local_path
from transforms.sources import Found, find_files, source_kind, source_uri


def preview(config: Config) -> dict[str, Any]:
    """Look at the sources and at the output folder; of these, only manifests are opened."""
    open_stores(config.sources, config.output, config.beam_args)
    with opened(config.output) as home:
        before = [one for one in home.folder.manifests() if order(one)[0] < config.as_of]
    output = local_path(config.output) if is_local(config.output) else config.output
    return {
        "run_id": config.run_id,
        "as_of": config.as_of.astimezone(UTC).isoformat(),
        "output": output,
        "earlier_runs": len(before),
        "searched_for_copies": sum(order(one)[0] >= config.as_of - config.window for one in before),
        "sources": [_source(source, output) for source in config.sources],
    }


def preview_table(plan: dict[str, Any]) -> str:
    """Return a preview as a table for the terminal."""
    return grid(_facts(plan))


def _source(source: str, output: str) -> dict[str, Any]:
    if source.startswith(("http://", "https://")):
        return {"uri": mask(source), "kind": "feed"}
    found = [one for one in find_files(source, output) if isinstance(one, Found)]
    suffixes = Counter(os.path.splitext(one.path)[1].lower() or "no suffix" for one in found)
    return {
        "uri": source_uri(source),
        "kind": source_kind(source),
        "files": len(found),
        "bytes": sum(one.size for one in found),
        "suffixes": dict(suffixes.most_common()),
    }


def _facts(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    run_id = plan["run_id"]
    yield "run", f"{run_id or 'named after its time'}, as of {plan['as_of']}"
    for source in plan["sources"]:
        yield "would read", _told(source)
    place = f"rejects/run={folder_name(run_id) if run_id else '...'}"
    yield "would write", f"articles/, duplicates/ and {place} below {plan['output']}"
    searched = f"{plan['searched_for_copies']} of them searched for copies"
    yield "earlier runs", f"{plan['earlier_runs']}, {searched}"
    yield "done", "nothing: this was a dry run"


def _told(source: dict[str, Any]) -> str:
    if "files" not in source:
        return f"{source['uri']}: over the network"
    size = f"{source['files']:,} files, {source['bytes'] / 1e6:,.1f} MB"
    return f"{source['uri']}: {size}: {counted(source['suffixes'], 10)}"
