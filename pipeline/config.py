"""What a run may be told: `Config`, one field per flag, checked when it is made.

Nothing here imports Beam: a wrong setting is answered at once, before data moves.
"""

import glob
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Final

from pipeline.errors import BadUsage
from transforms.paths import is_local, local_path

PARTITIONINGS: Final = (("date", "lang"), ("date",))
# Apache Beam's own names (a test holds them equal); a dotted path names any other runner.
RUNNERS: Final = (
    "DirectRunner",
    "FnApiRunner",
    "PrismRunner",
    "FlinkRunner",
    "SparkRunner",
    "DataflowRunner",
    "PortableRunner",
    "BundleBasedDirectRunner",
    "SwitchingDirectRunner",
    "InteractiveRunner",
    "KafkaStreamsRunner",
    "TestDirectRunner",
    "TestDataflowRunner",
)
# The fields of an item that `--map FIELD=COLUMN` may point to a column of another name.
MAPPABLE: Final = (
    "id",
    "url",
    "title",
    "summary",
    "text",
    "published",
    "source",
    "authors",
    "language",
    "tags",
)
# Who knows the engines of a flag: the module of the step, its PTransform, its default engine.
ENGINES: Final = {
    "--language-engine": ("transforms.language", "DetectLanguage", "langdetect"),
    "--entity-engine": ("transforms.entities", "ExtractEntities", "builtin"),
}
RUN_ID_CHARACTERS: Final = 200
_HOST = re.compile(r"[^\s/@?#:\[\]]+|\[?[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,}\]?")  # no port


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one bounded run; every field has one flag of its name.

    Raises BadUsage, naming the flag, its value and what is allowed, when a setting is wrong or a
    local source does not exist.
    """

    sources: tuple[str, ...]  # --input, or the positional SOURCEs
    output: str
    runner: str = "DirectRunner"
    run_id: str | None = None  # None: `as_of` in compact form, made unique in the output folder
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))  # logical time, UTC
    window: timedelta = timedelta(days=7)  # how far back earlier runs are searched for copies
    partition_by: tuple[str, ...] = ("date", "lang")
    max_reject_ratio: float = 1.0  # 0..1, of the items read
    language_engine: str = "langdetect"
    entity_engine: str = "builtin"
    workers: int | None = None  # None: all cores where the input is worth it
    allow_private_hosts: tuple[str, ...] = ()
    fulltext: bool = False
    refetch: bool = False
    max_file_bytes: int = 10 << 30  # bytes after decompression; larger than any export seen
    fetch_timeout: timedelta = timedelta(seconds=30)  # total, per response
    lock_timeout: timedelta = timedelta(minutes=10)
    dry_run: bool = False
    field_map: tuple[tuple[str, str], ...] = ()  # --map: (field, column of the input)
    beam_args: tuple[str, ...] = ()  # handed to Beam's own parser as they are

    def __post_init__(self) -> None:
        _check_sources(self.sources)
        _check_output(self.output)
        _check_run(self)
        _check_bounds(self)
        _check_engines(self)

    @property
    def masked(self) -> dict[str, object]:
        """The settings as JSON-ready values under their flags' names, secrets replaced by ***."""
        return {
            "input": [mask(source) for source in self.sources],
            "output": self.output,
            "runner": self.runner,
            "run-id": self.run_id,
            "as-of": self.as_of.isoformat(),
            "window": duration_text(self.window),
            "partition-by": ",".join(self.partition_by),
            "max-reject-ratio": self.max_reject_ratio,
            "language-engine": self.language_engine,
            "entity-engine": self.entity_engine,
            "workers": self.workers,
            "allow-private-hosts": ",".join(self.allow_private_hosts),
            "fulltext": self.fulltext,
            "refetch": self.refetch,
            "max-file-bytes": self.max_file_bytes,
            "fetch-timeout": duration_text(self.fetch_timeout),
            "lock-timeout": duration_text(self.lock_timeout),
            "dry-run": self.dry_run,
            "map": dict(self.field_map),
            "beam": [mask(argument) for argument in self.beam_args],
        }


_SECRETS = re.compile(
    r"(?P<user>(?<=://)[^/@\s]+(?=@))"
    r"|(?P<name>(?:token|secret|passw(?:or)?d|api_?key|access_?key|signature|sig|auth|credentials?)"
    r"[\w-]*=)[^&#\s]+",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Replace what looks like a secret in a URL or a flag: `user:password@`, `token=...`."""
    return _SECRETS.sub(lambda found: (found["name"] or "") + "***", text)


def duration_text(span: timedelta) -> str:
    """Write a duration as the flags read it: `7d`, `90s`."""
    seconds = span.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def one_of(flag: str, value: str, allowed: Iterable[str]) -> BadUsage:
    """Return the error for a value that is not among the allowed ones."""
    return BadUsage(f"{flag}: {value!r} is not one of {', '.join(allowed)}")


def _check_sources(sources: tuple[str, ...]) -> None:
    if not sources:
        raise BadUsage("no SOURCE: name a file, a folder, a glob or a feed's URL")
    for source in filter(is_local, sources):
        if not source:
            raise BadUsage("SOURCE is empty: name a file, a folder, a glob or a feed's URL")
        path = local_path(source)
        if not os.path.lexists(path) and not (glob.has_magic(path) and _matches(path)):
            raise BadUsage(f"SOURCE {source!r}: no such file or folder")


def _matches(pattern: str) -> bool:
    return next(glob.iglob(pattern, recursive=True), None) is not None


def _check_output(output: str) -> None:
    if not output:
        raise BadUsage("--output is missing: name the folder to write to")
    path = local_path(output)
    if is_local(output) and os.path.lexists(path) and not os.path.isdir(path):
        raise BadUsage(f"--output: {output!r} is not a folder")


def _check_run(config: Config) -> None:
    if config.runner not in RUNNERS and "." not in config.runner:
        raise one_of("--runner", config.runner, RUNNERS)
    if config.run_id is not None and not 1 <= len(config.run_id) <= RUN_ID_CHARACTERS:
        raise BadUsage(f"--run-id: needs 1 to {RUN_ID_CHARACTERS} characters")
    if config.run_id is not None and re.search(r"[\ud800-\udfff]", config.run_id):
        raise BadUsage(f"--run-id: {config.run_id!r} is not valid Unicode")
    if config.as_of.utcoffset() is None:
        raise BadUsage(f"--as-of: {config.as_of.isoformat()!r} has no zone; add Z or an offset")
    if config.partition_by not in PARTITIONINGS:
        allowed = map(",".join, PARTITIONINGS)
        raise BadUsage(
            f"--partition-by: {','.join(config.partition_by)!r} is not {' or '.join(allowed)}"
        )
    for name, _ in config.field_map:
        if name not in MAPPABLE:
            raise one_of("--map", name, MAPPABLE)
    for host in config.allow_private_hosts:
        if not _HOST.fullmatch(host):
            raise BadUsage(
                f"--allow-private-hosts: {host!r} is not a host's name or address (without a port)"
            )


def _check_bounds(config: Config) -> None:
    if not 0 <= config.max_reject_ratio <= 1:
        raise BadUsage(f"--max-reject-ratio: {config.max_reject_ratio:g} is not between 0 and 1")
    if config.workers is not None and config.workers < 1:
        raise BadUsage(f"--workers: {config.workers} is not 1 or more")
    if config.max_file_bytes < 1:
        raise BadUsage(f"--max-file-bytes: {config.max_file_bytes} is not 1 or more")
    if config.fetch_timeout <= timedelta(0):
        raise BadUsage("--fetch-timeout: must be longer than 0")
    if config.lock_timeout < timedelta(0):
        raise BadUsage("--lock-timeout: must not be negative")
    if not timedelta(0) <= config.window <= config.as_of - datetime.min.replace(tzinfo=UTC):
        raise BadUsage("--window: must lie between 0 and the time since year 1")


def _check_engines(config: Config) -> None:
    chosen = {"--language-engine": config.language_engine, "--entity-engine": config.entity_engine}
    for flag, engine in chosen.items():
        module, step, default = ENGINES[flag]
        if engine == default:
            continue  # Beam stays unimported
        try:
            getattr(import_module(module), step)(engine)
        except ValueError as error:
            raise BadUsage(f"{flag}: {error}") from error
