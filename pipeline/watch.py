"""Runs in a row, for streaming: `watch`.

Each cycle is a bounded run in this one warm process, so that start-up is paid once and every
guarantee of a run holds. A cycle in which nothing is new publishes nothing. Why not an unbounded
source: the local runners poll those without pause, or fire only at their end (docs/decisions.md).
"""

import logging
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from glob import escape, glob
from typing import Any, Final

from pipeline.config import Config
from pipeline.errors import BadUsage, WirefoldError
from pipeline.output import OutputFolder, write_json
from pipeline.plan import Look, feed_settings
from pipeline.run import run
from pipeline.state import FEEDS_NAME
from pipeline.stores import open_stores
from transforms.feed_memory import MEMORY, settle
from transforms.paths import is_local, local_path
from transforms.read_feeds import poll, split_sources
from transforms.read_files import file_states

LOG: Final = logging.getLogger(__name__)
GRACE_SECONDS: Final = 8.0  # a run may finish in it after SIGTERM; supervisors kill after ten
LONGEST_WAIT: Final = timedelta(hours=1)  # between attempts, however often they failed


class Abandoned(BaseException):
    """The grace after SIGTERM is over; like KeyboardInterrupt, it must pass every handler."""


class Stopped(threading.Event):
    """Set once the watch shall stop; `abandoned` when it did in the middle of a run."""

    abandoned = False


@dataclass(slots=True)
class Watch:
    """The memory of a watch: what it has seen of the files, and how it fares."""

    output: OutputFolder
    seen: dict[str, tuple[int, float]] = field(default_factory=dict)  # URI: size, time of change
    failures: int = 0  # cycles in a row
    totals: Counter[str] = field(default_factory=Counter)
    last_success: datetime | None = None
    last_error: str = ""


def watch(config: Config, every: timedelta) -> bool:
    """Carry out runs every `every` until SIGTERM or SIGINT; tell whether the last one ended.

    A run that is under way is given GRACE_SECONDS, then abandoned: it has published nothing, or
    the next command finishes its publication. After failures the pause doubles, up to
    LONGEST_WAIT.
    """
    if not is_local(config.output):
        raise BadUsage(f"watch writes to a folder of this machine, not to {config.output!r}")
    open_stores(config.sources, config.output, config.beam_args)
    state = Watch(OutputFolder(local_path(config.output)))
    with _until_stopped() as stopped:
        while not stopped.is_set():
            began = time.monotonic()
            cycle(config, state)
            pause = _pause(every, state.failures) - (time.monotonic() - began)
            _tell(state, "waiting", datetime.now(UTC) + timedelta(seconds=max(0.0, pause)))
            stopped.wait(max(0.0, pause))
    _tell(state, "stopped", None)
    return not stopped.abandoned


def cycle(config: Config, state: Watch) -> dict[str, Any] | None:
    """Run once over what is new; return the manifest, or None when nothing was or it failed."""
    config = replace(config, as_of=datetime.now(UTC), run_id=None)
    files, feeds = split_sources(config.sources)
    states = file_states(files, state.output.root)
    fresh = frozenset(uri for uri, found in states.items() if state.seen.get(uri) != found)
    manifest, result = None, "idle"
    try:
        with _fetched(config, state.output, feeds) as (news, fetched, memory):
            if fresh or news:
                manifest = run(config, Look(files=fresh, fetched=fetched, memory=memory))
                published = os.path.exists(state.output.manifest(manifest["run_id"]))
                result = "published" if published else "idle"
                state.totals.update(_items(manifest))
    except WirefoldError as error:
        state.failures += 1
        state.last_error = str(error)
        LOG.warning("%s; trying again", error)
        result = "failed"
    else:
        state.seen, state.failures, state.last_success = states, 0, datetime.now(UTC)
    state.totals[f'wirefold_cycles_total{{result="{result}"}}'] += 1
    return manifest


@contextmanager
def _fetched(
    config: Config, output: OutputFolder, feeds: Sequence[str]
) -> Iterator[tuple[bool, str, str | None]]:
    """Fetch the feeds that are due; give whether there is news, the folder, and the memory before.

    Afterwards it is remembered what they answered, unless the run over it failed: then they are
    asked again. An idle cycle over feeds starts no pipeline.
    """
    home = os.path.join(output.root, "_state", ".watch")
    folder = os.path.join(home, "fetched")
    shutil.rmtree(folder, ignore_errors=True)
    memory = _latest_memory(output, home)
    news = bool(feeds) and poll(feeds, feed_settings(config, folder, memory=memory))
    yield news, folder, memory
    if feeds:
        settle(folder, memory)
        learned = os.path.join(folder, MEMORY)
        if os.path.exists(learned):
            os.replace(learned, os.path.join(home, MEMORY))
        shutil.rmtree(folder)


def _latest_memory(output: OutputFolder, home: str) -> str | None:
    """Return the newest memory of feeds: of the last cycle, or of a run that came after it."""
    pattern = os.path.join(escape(output.root), "_state", "*", FEEDS_NAME, MEMORY)
    found = [path for path in [os.path.join(home, MEMORY), *glob(pattern)] if os.path.exists(path)]
    return max(found, key=os.path.getmtime, default=None)


def _items(manifest: dict[str, Any]) -> dict[str, int]:
    kinds = ("read", "articles", "duplicates", "unchanged", "rejects")
    return {f'wirefold_items_total{{kind="{k}"}}': manifest["counts"][k] for k in kinds}


def _pause(every: timedelta, failures: int) -> float:
    doubled = every * 2 ** min(failures, 16)
    return (min(doubled, max(LONGEST_WAIT, every)) if failures else every).total_seconds()


@contextmanager
def _until_stopped() -> Iterator[Stopped]:
    """Give an event that SIGTERM and SIGINT set; GRACE_SECONDS later they raise Abandoned."""
    stopped = Stopped()

    def stop(*_: object) -> None:
        stopped.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def abandon(*_: object) -> None:
        raise Abandoned

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGALRM: abandon}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stopped
    except Abandoned:
        stopped.abandoned = True
        LOG.warning("stopped in the middle of a run, which has published nothing")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(state: Watch, doing: str, next_at: datetime | None) -> None:
    """Write health.json and metrics.prom (Prometheus' text format) under `_runs/`."""
    folder = os.path.join(state.output.root, "_runs")
    os.makedirs(folder, exist_ok=True)
    health = {
        "state": doing,
        "pid": os.getpid(),
        "last_success": state.last_success and state.last_success.isoformat(),
        "failures": state.failures,
        "last_error": state.last_error,
        "next_at": next_at and next_at.isoformat(),
    }
    write_json(os.path.join(folder, "health.json"), health)
    lines = [f"{name} {count}" for name, count in sorted(state.totals.items())]
    lines.append(f"wirefold_failures_in_a_row {state.failures}")
    if state.last_success:
        lines.append(
            f"wirefold_last_success_timestamp_seconds {state.last_success.timestamp():.0f}"
        )
    path = os.path.join(folder, "metrics.prom")
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.replace(f"{path}.tmp", path)
