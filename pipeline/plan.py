"""Settle all that a run's graph needs to know: `make_plan`."""

import os
from datetime import timedelta

from pipeline.build import Plan
from pipeline.config import Config
from pipeline.output import OutputFolder
from pipeline.runner import workers_for
from pipeline.state import FEEDS_NAME, earlier_memory
from transforms.read_feeds import Settings, split_sources
from transforms.read_files import file_states


def make_plan(
    config: Config,
    output: OutputFolder,
    run_id: str,
    *,
    only: frozenset[str] | None = None,
    feed_memory: str | None = None,
) -> Plan:
    """Return the plan of run `run_id`; `feed_memory`, if given, is newer than any earlier run's.

    `only` names the files that are to be read, by URI; None means all.
    """
    staging = output.staging(run_id)
    memory = earlier_memory(output, config.as_of, run_id, config.window)
    files, feeds = split_sources(config.sources)
    sizes = {uri: size for uri, (size, _) in file_states(files, output.root).items()}
    to_read = sum(size for uri, size in sizes.items() if only is None or uri in only)
    return Plan(
        files=files,
        feeds=feeds,
        only=only,
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
        feed_settings=Settings(
            as_of=config.as_of,
            memory=feed_memory or memory.feeds,
            folder=os.path.join(staging, FEEDS_NAME),
            replay=None if config.refetch else os.path.join(output.state(run_id), FEEDS_NAME),
            private_hosts=config.allow_private_hosts,
            fulltext=config.fulltext,
            timeout=config.fetch_timeout / timedelta(seconds=1),
            refetch=config.refetch,
            max_bytes=config.max_file_bytes,
        ),
        workers=workers_for(to_read, config.workers),
        versions=memory.versions,
        sketches=memory.sketches,
    )
