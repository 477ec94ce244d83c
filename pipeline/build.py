"""The whole graph, readable at one glance."""

from dataclasses import dataclass
from datetime import datetime

from apache_beam import Create, Flatten, Pipeline

from transforms.entities import ExtractEntities
from transforms.language import DetectLanguage
from transforms.memory import WriteMemory
from transforms.partitions import WritePartitions
from transforms.read_feeds import ReadFeeds, Settings
from transforms.read_files import ReadFiles
from transforms.receipts import WriteReceipts
from transforms.records import SketchFile
from transforms.rejects import WriteRejects
from transforms.revisions import ResolveRevisions
from transforms.stage import Stage
from transforms.verdicts import ApplyVerdicts
from transforms.wirecopy import FoldWireCopy


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that the graph needs to know of a run."""

    files: tuple[str, ...]  # SOURCEs that are files, folders and globs
    feeds: tuple[str, ...]  # SOURCEs that are feeds, pages and lists of feeds
    output: str  # absolute; never read as a source
    staging: str  # a folder of this run alone
    receipts: str  # the JSON file that says what was done
    run_id: str
    as_of: datetime
    partition_by: str
    language_engine: str
    entity_engine: str
    max_file_bytes: int
    field_map: tuple[tuple[str, str], ...]
    feed_settings: Settings
    workers: int  # processes, where the runner is ours
    versions: tuple[str, ...] = ()  # of all earlier runs
    sketches: tuple[str, ...] = ()  # of the earlier runs within the window
    only: frozenset[str] | None = None  # URIs of the files to read; None: all


def build(pipeline: Pipeline, plan: Plan) -> None:
    """Add the graph of one run to `pipeline`."""
    files = pipeline | ReadFiles(
        plan.files,
        as_of=plan.as_of,
        output=plan.output,
        field_map=plan.field_map,
        max_file_bytes=plan.max_file_bytes,
        only=plan.only,
        staging=plan.staging,
    )
    feeds = pipeline | ReadFeeds(
        plan.feeds, plan.feed_settings, shards=plan.workers, staging=plan.staging
    )
    # Two chains, not one behind a Flatten: that would hold all texts in memory, five times over.
    staged = (
        files.articles
        | DetectLanguage(plan.language_engine)
        | ExtractEntities(plan.entity_engine)
        | Stage(plan.staging),
        feeds.articles
        | "DetectLanguageOfFeeds" >> DetectLanguage(plan.language_engine)
        | "ExtractEntitiesOfFeeds" >> ExtractEntities(plan.entity_engine)
        | "StageFeeds" >> Stage(plan.staging),
    ) | "Staged" >> Flatten()
    current = staged | ResolveRevisions(plan.staging, plan.versions)
    earlier = pipeline | "Earlier" >> Create(
        [SketchFile(path=path, published=True) for path in plan.sketches]
    )
    verdicts = (current.sketches, earlier) | "Sketches" >> Flatten() | FoldWireCopy(plan.staging)
    decided = current.kept | ApplyVerdicts(plan.staging, verdicts)
    parts = decided | WritePartitions(plan.staging, plan.run_id, plan.partition_by)
    memory = decided | WriteMemory(plan.staging)
    rejects = (
        (files.rejects, feeds.rejects)
        | "Rejects" >> Flatten()
        | WriteRejects(plan.staging, plan.run_id)
    )
    receipts = (files.sources, feeds.sources, current.unchanged, parts, memory, rejects)
    _ = receipts | WriteReceipts(plan.receipts)
