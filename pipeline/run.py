"""A run's life: hold the folder, recover, read and enrich into staging, check, publish."""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from apache_beam import Pipeline
from apache_beam.runners.runner import PipelineResult
from grpc import RpcError

from pipeline.build import Plan, build
from pipeline.config import Config
from pipeline.engines import check_engine, explained
from pipeline.errors import BadUsage, QualityGate, RunFailed
from pipeline.home import opened
from pipeline.html_report import stage_report
from pipeline.manifest import NewFile, Ran, make_manifest, new_files
from pipeline.output import OutputFolder, held, read_json
from pipeline.plan import Look, make_plan
from pipeline.progress import IN_LOGS, Progress, watched
from pipeline.publish import Change, commit, recover
from pipeline.runner import beam_pipeline, step_seconds
from pipeline.state import (
    drop_old_responses,
    keep_feeds,
    keep_memory,
)
from pipeline.stores import open_stores
from pipeline.workplace import Workplace

LOG: Final = logging.getLogger(__name__)


def run(config: Config, look: Look | None = None, progress: Progress = IN_LOGS) -> dict[str, Any]:
    """Carry out one bounded run and return its manifest.

    With a `look` (of `watch`) it reads what that names, and when nothing in it is news it publishes
    nothing, not even its manifest. `progress` is told how far it is.

    Raises BadUsage, LockHeld, QualityGate or RunFailed; then nothing was published. Whatever else
    escapes is a bug, and nothing was published either.
    """
    check_engine(config.runner, config.beam_args)
    open_stores(config.sources, config.output, config.beam_args)
    with (
        opened(config.output) as home,
        held(home.folder, config.lock_timeout, f"wirefold run {config.run_id or ''}".strip()),
    ):
        output = home.folder
        for sentence in recover(output):
            LOG.warning("%s", sentence)
        run_id = config.run_id or _free_id(output, config.as_of)
        home.bring_state(run_id, config.as_of, config.window)
        with (
            _staging(output, run_id) as staging,
            home.workplace(run_id, config.runner) as workplace,
        ):
            plan = make_plan(config, output, run_id, workplace, look)
            manifest, files = _carry_out(config, plan, workplace, staging, progress)
            keep_feeds(staging, plan.feed_settings.memory)
            if look is None or _is_news(manifest["counts"]):
                staged = [(file.table, file.staged) for file in files]
                stage_report(output, staging, manifest, staged)
                commit(output, staging, manifest, _changes(output, run_id, files))
                home.publish(manifest)
                drop_old_responses(output)
    return manifest


def _carry_out(
    config: Config, plan: Plan, workplace: Workplace, staging: str, progress: Progress
) -> tuple[dict[str, Any], list[NewFile]]:
    """Do all of the run but publish it; check what came of it."""
    started = datetime.now(UTC)
    pipeline = beam_pipeline(config.runner, plan.workers, config.beam_args)
    try:
        build(pipeline, plan)
    except ValueError as error:  # how PTransforms refuse a setting
        raise BadUsage(str(error)) from error
    clock = time.monotonic()
    with watched(plan.staging, progress):
        result = _finished(pipeline)
    seconds = {"pipeline": round(time.monotonic() - clock, 3), **step_seconds(result)}
    receipts = workplace.receipts()
    files = new_files(receipts, plan.run_id)
    ran = Ran(run_id=plan.run_id, started=started, seconds=seconds)
    manifest = make_manifest(receipts, files, config, ran)
    _check(manifest["counts"], config.max_reject_ratio)
    for memory in receipts.get("MemoryFiles", []):
        keep_memory(staging, memory["sketches"], memory["versions"])
    return manifest, files


def _is_news(counts: dict[str, Any]) -> bool:
    return any(counts[kind] for kind in ("articles", "duplicates", "rejects"))


def _finished(pipeline: Pipeline) -> PipelineResult:
    """Run the pipeline to its end; what the machine refused or lacks becomes an error of ours."""
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except (RuntimeError, RpcError) as error:
        known = explained(str(error))
        if not known:
            raise
        raise known from error
    return result


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
