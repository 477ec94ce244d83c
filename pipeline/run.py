"""A run's life: hold the folder, recover, read and enrich into staging, check, publish."""

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import filterfalse
from typing import Any, Final

from apache_beam import Pipeline
from apache_beam.runners.runner import PipelineResult

from pipeline.build import Plan, build
from pipeline.config import Config
from pipeline.errors import QualityGate, RunFailed
from pipeline.manifest import NewFile, Ran, Receipts, make_manifest, new_files
from pipeline.output import OutputFolder, held, read_json
from pipeline.publish import Change, commit, recover
from pipeline.runner import beam_pipeline, step_seconds, workers_for
from pipeline.state import SKETCHES_NAME, VERSIONS_NAME, earlier_memory
from transforms.read_files import file_states
from transforms.sources import is_web

LOG: Final = logging.getLogger(__name__)
_REFUSED: Final = re.compile(r"\w*Error: \[Errno \d+\] .*")  # of the operating system


def run(config: Config, only: frozenset[str] | None = None) -> dict[str, Any]:
    """Carry out one bounded run and return its manifest.

    `only` names the files that are new since the last look (`watch`), by URI; such a run publishes
    nothing, not even its manifest, when it finds nothing to read.

    Raises LockHeld, QualityGate or RunFailed; then nothing was published. Whatever else escapes is
    a bug, and nothing was published either.
    """
    output = OutputFolder(os.path.abspath(config.output))
    with held(output, config.lock_timeout, f"wirefold run {config.run_id or ''}".strip()):
        for sentence in recover(output):
            LOG.warning("%s", sentence)
        run_id = config.run_id or _free_id(output, config.as_of)
        with _staging(output, run_id) as staging:
            plan = replace(_plan(config, output, run_id, staging), only=only)
            manifest, changes = _prepare(config, output, plan)
            if only is None or manifest["counts"]["read"]:
                commit(output, staging, manifest, changes)
    return manifest


def _prepare(
    config: Config, output: OutputFolder, plan: Plan
) -> tuple[dict[str, Any], list[Change]]:
    """Do all of the run but publish it; check what came of it."""
    started = datetime.now(UTC)
    workers = workers_for(_bytes_to_read(plan), config.workers)
    pipeline = beam_pipeline(config.runner, workers, config.beam_args)
    build(pipeline, plan)
    clock = time.monotonic()
    result = _finished(pipeline)
    seconds = {"pipeline": round(time.monotonic() - clock, 3), **step_seconds(result)}
    receipts = _receipts(plan.receipts)
    files = new_files(receipts, plan.run_id)
    ran = Ran(run_id=plan.run_id, started=started, seconds=seconds)
    manifest = make_manifest(receipts, files, config, ran)
    _check(manifest["counts"], config.max_reject_ratio)
    _keep_memory(receipts, plan.staging)
    return manifest, _changes(output, plan.run_id, files)


def _bytes_to_read(plan: Plan) -> int:
    states = file_states(filterfalse(is_web, plan.sources), plan.output)
    return sum(size for uri, (size, _) in states.items() if plan.only is None or uri in plan.only)


def _finished(pipeline: Pipeline) -> PipelineResult:
    """Run the pipeline to its end; what the machine refused becomes a RunFailed.

    Beam makes a RuntimeError of any error of a step and keeps its text alone.
    """
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except RuntimeError as error:
        refusal = _REFUSED.search(str(error))
        if not refusal:
            raise
        raise RunFailed(f"{refusal[0]}; nothing was published") from error
    return result


def _plan(config: Config, output: OutputFolder, run_id: str, staging: str) -> Plan:
    memory = earlier_memory(output, config.as_of, run_id, config.window)
    return Plan(
        sources=config.sources,
        output=output.root,
        staging=staging,
        receipts=os.path.join(staging, "receipts.json"),
        run_id=run_id,
        as_of=config.as_of,
        partition_by=",".join(config.partition_by),
        language_engine=config.language_engine,
        entity_engine=config.entity_engine,
        max_file_bytes=config.max_file_bytes,
        field_map=config.field_map,
        versions=memory.versions,
        sketches=memory.sketches,
    )


def _free_id(output: OutputFolder, as_of: datetime) -> str:
    """Return `as_of` in compact UTC form, with a number when earlier runs took the name."""
    name = as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while os.path.exists(output.run(name if number == 1 else f"{name}-{number}")):
        number += 1
    return name if number == 1 else f"{name}-{number}"


@contextmanager
def _staging(output: OutputFolder, run_id: str) -> Iterator[str]:
    """Give a run its staging folder; a run that fails leaves nothing."""
    staging = output.staging(run_id)
    try:
        os.makedirs(staging)
        yield staging
    except OSError as error:
        raise RunFailed(f"{error.filename or staging}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _receipts(path: str) -> Receipts:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _check(counts: dict[str, Any], max_reject_ratio: float) -> None:
    """Raise RunFailed when an item was lost, QualityGate when too many were refused."""
    told = counts["articles"] + counts["duplicates"] + counts["unchanged"] + counts["rejects"]
    if counts["read"] != told:
        raise RunFailed(
            f"read {counts['read']} items, but {counts['articles']} articles, "
            f"{counts['duplicates']} duplicates, {counts['unchanged']} unchanged and "
            f"{counts['rejects']} rejects make {told}; nothing was published"
        )
    if counts["rejects"] > max_reject_ratio * counts["read"]:
        raise QualityGate(
            f"{counts['rejects']} of {counts['read']} items were refused, more than "
            f"--max-reject-ratio {max_reject_ratio:g} allows; nothing was published"
        )


def _keep_memory(receipts: Receipts, staging: str) -> None:
    """Put what later runs need where `commit` looks for it."""
    state = os.path.join(staging, "state")
    os.makedirs(state)
    for memory in receipts.get("MemoryFiles", []):
        os.rename(memory["sketches"], os.path.join(state, SKETCHES_NAME))
        os.rename(memory["versions"], os.path.join(state, VERSIONS_NAME))


def _changes(output: OutputFolder, run_id: str, files: list[NewFile]) -> list[Change]:
    """Return what the run changes in each folder; files of its earlier publication go."""
    add: dict[str, dict[str, str]] = {}
    for file in files:
        staged = os.path.relpath(file.staged, output.staging(run_id))
        add.setdefault(file.folder, {})[file.name] = staged
    before: dict[str, set[str]] = {}
    if os.path.exists(output.manifest(run_id)):
        for old in read_json(output.manifest(run_id))["files"]:
            folder, _, name = old["path"].rpartition("/")
            before.setdefault(folder, set()).add(name)
    return [
        Change(
            folder=folder,
            add=add.get(folder, {}),
            remove=tuple(sorted(before.get(folder, set()) - set(add.get(folder, {})))),
        )
        for folder in sorted({*add, *before})
    ]
