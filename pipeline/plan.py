"""Settle all that a run's graph needs to know: `make_plan`."""

import os
from dataclasses import dataclass
from datetime import timedelta

from pipeline.build import Plan
from pipeline.config import Config
from pipeline.errors import BadUsage
from pipeline.output import OutputFolder
from pipeline.runner import workers_for
from pipeline.state import FEEDS_NAME, earlier_memory
from pipeline.workplace import RECEIPTS, Workplace
from transforms.paths import is_local
from transforms.read_feeds import Settings, split_sources
from transforms.read_files import file_states
from transforms.sources import anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a watch has seen of the sources before it starts a run over what is new."""

    files: frozenset[str]  # URIs of those that are new or changed
    fetched: str | None = None  # folder of the responses that it has fetched
    memory: str | None = None  # of feeds, newer than that of any run


def make_plan(
    config: Config,
    output: OutputFolder,
    run_id: str,
    workplace: Workplace,
    look: Look | None = None,
) -> Plan:
    """Return the plan of run `run_id`, over what `look` names or else over all of the sources.

    Raises BadUsage for feeds where the workers do not see the staging folder of this machine.
    """
    staging = output.staging(run_id)
    memory = earlier_memory(output, config.as_of, run_id, config.window)
    files, feeds = split_sources(map(anywhere, config.sources))  # a worker has another folder
    if feeds and workplace.folder != staging:
        raise BadUsage(
            f"{feeds[0]}: on an engine whose workers see an object store alone no feed can be read"
        )
    written = output.root if is_local(config.output) else config.output
    sizes = {uri: size for uri, (size, _) in file_states(files, written).items()}
    only = look.files if look else None
    to_read = sum(size for uri, size in sizes.items() if only is None or uri in only)
    replay = None if config.refetch else os.path.join(output.state(run_id), FEEDS_NAME)
    return Plan(
        files=files,
        feeds=feeds,
        only=only,
        output=written,
        staging=workplace.folder,
        receipts=f"{workplace.folder}/{RECEIPTS}",
        run_id=run_id,
        as_of=config.as_of,
        partition_by=",".join(config.partition_by),
        language_engine=config.language_engine,
        entity_engine=config.entity_engine,
        max_file_bytes=config.max_file_bytes,
        field_map=config.field_map,
        feed_settings=feed_settings(
            config,
            os.path.join(staging, FEEDS_NAME),
            memory=look.memory if look else memory.feeds,
            replay=look.fetched if look else replay,
        ),
        workers=workers_for(to_read, config.workers),
        versions=workplace.lend(memory.versions),
        sketches=workplace.lend(memory.sketches),
    )


def feed_settings(
    config: Config, folder: str, *, memory: str | None = None, replay: str | None = None
) -> Settings:
    """Return how feeds are read; what is learned and fetched goes to `folder`."""
    return Settings(
        as_of=config.as_of,
        memory=memory,
        folder=folder,
        replay=replay,
        private_hosts=config.allow_private_hosts,
        fulltext=config.fulltext,
        timeout=config.fetch_timeout / timedelta(seconds=1),
        refetch=config.refetch,
        max_bytes=config.max_file_bytes,
    )
