"""What a run may know of those before it: published versions and sketches, under `_state/`."""

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RunFailed
from pipeline.output import OutputFolder, order
from transforms import feed_memory
from transforms.memory import GROUP_ROWS, told, write_sketches, write_versions
from transforms.schemas import ARTICLES, SKETCHES, VERSIONS
from transforms.stage import sketches_table

LOG: Final = logging.getLogger(__name__)
SKETCHES_NAME: Final = "sketches.arrow"
VERSIONS_NAME: Final = "versions.parquet"
FEEDS_NAME: Final = "feeds"  # a folder, see transforms/feed_memory.py
_SKETCHED: Final = ["text", *(name for name in SKETCHES.names if name in ARTICLES.names)]


@dataclass(frozen=True, slots=True)
class Memory:
    """Paths of what earlier runs left, oldest run first."""

    versions: tuple[str, ...]  # of all earlier runs
    sketches: tuple[str, ...]  # of those within the window
    feeds: str | None  # of the last one that knew any feed


def earlier_memory(output: OutputFolder, as_of: datetime, run_id: str, window: timedelta) -> Memory:
    """Return what runs before (`as_of`, `run_id`) left; rebuild what is missing from the tables.

    The caller holds the folder.
    """
    versions, sketches, feeds = [], [], None
    for manifest in output.manifests():
        if manifest["run_id"] == run_id or order(manifest) >= (as_of, run_id):
            continue
        state = output.state(manifest["run_id"])
        known = os.path.join(state, FEEDS_NAME, feed_memory.MEMORY)
        feeds = known if os.path.exists(known) else feeds
        if not manifest["counts"]["articles"] + manifest["counts"]["duplicates"]:
            continue
        near = order(manifest)[0] >= as_of - window
        if fault := _fault(state, sketches=near):
            LOG.warning("the memory of run %s is %s; rebuilding it", manifest["run_id"], fault)
            _rebuild(output, manifest, state)
        versions.append(os.path.join(state, VERSIONS_NAME))
        if near:
            sketches.append(os.path.join(state, SKETCHES_NAME))
    return Memory(tuple(versions), tuple(sketches), feeds)


def _fault(state: str, *, sketches: bool) -> str:
    """Say what is wrong with the memory of a run, by its files' ends: nothing, mostly."""
    try:
        pq.read_metadata(os.path.join(state, VERSIONS_NAME))
        if not sketches:
            return ""
        with pa.OSFile(os.path.join(state, SKETCHES_NAME)) as file:
            same = pa.ipc.open_file(file).schema.equals(SKETCHES)
    except FileNotFoundError:
        return "missing"
    except pa.ArrowInvalid:
        return "damaged"
    return "" if same else "of another version"


def keep_memory(staging: str, sketches: str, versions: str) -> None:
    """Put what later runs need to know of articles where `commit` looks for it."""
    state = os.path.join(staging, "state")
    os.makedirs(state, exist_ok=True)
    os.rename(sketches, os.path.join(state, SKETCHES_NAME))
    os.rename(versions, os.path.join(state, VERSIONS_NAME))


def keep_feeds(staging: str, earlier: str | None) -> None:
    """Put what is remembered of feeds, and what was fetched, where `commit` looks for it."""
    folder = os.path.join(staging, FEEDS_NAME)
    feed_memory.settle(folder, earlier)
    if os.path.exists(os.path.join(folder, feed_memory.MEMORY)):
        state = os.path.join(staging, "state")
        os.makedirs(state, exist_ok=True)
        os.rename(folder, os.path.join(state, FEEDS_NAME))


def drop_old_responses(output: OutputFolder) -> None:
    """Drop the responses that runs of long ago have kept (feed_memory.KEPT_FOR)."""
    states = os.path.join(output.root, "_state")
    folders = [os.path.join(states, name, FEEDS_NAME) for name in os.listdir(states)]
    before = datetime.now(UTC) - feed_memory.KEPT_FOR
    feed_memory.drop_kept(folders, before.timestamp())


def _rebuild(output: OutputFolder, manifest: dict[str, Any], state: str) -> None:
    """Write the memory of a published run anew from its tables."""
    home = f"{state}.new"
    shutil.rmtree(home, ignore_errors=True)
    paths = [
        os.path.join(output.root, file["path"])
        for file in manifest["files"]
        if file["table"] != "rejects"
    ]
    lost = [path for path in paths if not os.path.exists(path)]
    if lost:
        raise RunFailed(f"cannot rebuild the memory of run {manifest['run_id']}: no file {lost[0]}")
    versions = pa.concat_tables([pq.read_table(p, columns=VERSIONS.names) for p in paths])
    os.makedirs(home)
    os.makedirs(state, exist_ok=True)
    os.replace(write_versions(home, versions), os.path.join(state, VERSIONS_NAME))
    os.replace(write_sketches(home, _sketches(paths)), os.path.join(state, SKETCHES_NAME))
    os.rmdir(home)


def _sketches(paths: list[str]) -> Iterator[pa.Table]:
    """Yield the sketches of all rows of the table files, GROUP_ROWS at a time."""
    held: list[pa.Table] = []
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(GROUP_ROWS, columns=_SKETCHED):
            rows = pa.Table.from_batches([batch])
            held.append(told(sketches_table(rows), rows["story_id"]))
            if sum(table.num_rows for table in held) >= GROUP_ROWS:
                whole = pa.concat_tables(held)
                yield whole.slice(0, GROUP_ROWS)
                held = [whole.slice(GROUP_ROWS)]
    if held:
        yield pa.concat_tables(held)
