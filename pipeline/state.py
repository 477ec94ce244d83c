"""What a run may know of those before it: published versions and sketches, under `_state/`."""

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RunFailed
from pipeline.output import OutputFolder, order
from transforms.memory import GROUP_ROWS, told, write_sketches, write_versions
from transforms.schemas import ARTICLES, SKETCHES, VERSIONS
from transforms.stage import sketches_table

LOG: Final = logging.getLogger(__name__)
SKETCHES_NAME: Final = "sketches.arrow"
VERSIONS_NAME: Final = "versions.parquet"
_SKETCHED: Final = ["text", *(name for name in SKETCHES.names if name in ARTICLES.names)]


@dataclass(frozen=True, slots=True)
class Memory:
    """Paths of what earlier runs left, oldest run first."""

    versions: tuple[str, ...]  # of all earlier runs
    sketches: tuple[str, ...]  # of those within the window


def earlier_memory(output: OutputFolder, as_of: datetime, run_id: str, window: timedelta) -> Memory:
    """Return what runs before (`as_of`, `run_id`) left; rebuild what is missing from the tables.

    The caller holds the folder.
    """
    versions, sketches = [], []
    for manifest in output.manifests():
        if manifest["run_id"] == run_id or order(manifest) >= (as_of, run_id):
            continue
        if not manifest["counts"]["articles"] + manifest["counts"]["duplicates"]:
            continue
        state = output.state(manifest["run_id"])
        if not os.path.isdir(state):
            LOG.warning("the memory of run %s is missing; rebuilding it", manifest["run_id"])
            _rebuild(output, manifest, state)
        versions.append(os.path.join(state, VERSIONS_NAME))
        if order(manifest)[0] >= as_of - window:
            sketches.append(os.path.join(state, SKETCHES_NAME))
    return Memory(tuple(versions), tuple(sketches))


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
    os.rename(write_versions(home, versions), os.path.join(home, VERSIONS_NAME))
    os.rename(write_sketches(home, _sketches(paths)), os.path.join(home, SKETCHES_NAME))
    os.rename(home, state)


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
