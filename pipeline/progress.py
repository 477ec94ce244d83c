"""How far a run is, while it is at work: `watched`, and who is told.

OnTerminal   a live line below the log lines
InLogs       a log line every ten seconds
Progress     nobody
"""

import logging
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import Event, Thread
from time import monotonic
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from transforms.pulse import pulses

LOG: Final = logging.getLogger(__name__)
ENOUGH: Final = 0.05  # of the reading must be done before the time left is guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How far a run is."""

    step: str  # read, tag, fold or write
    seconds: float  # since the start
    articles: int  # read
    rejects: int
    rows: int  # written, articles and copies
    done: float | None  # share of the step, 0..1, where it can be known

    @property
    def left(self) -> float | None:
        """Seconds until all is read, where they can be guessed."""
        if self.step != "read" or self.done is None or self.done < ENOUGH:
            return None
        return self.seconds * (1 - self.done) / self.done


def snapshot(told: Mapping[str, int], seconds: float) -> Snapshot:
    """Return how far a run is that has told this (`transforms.pulse`)."""
    pieces, read = told.get("pieces", 0), told.get("read", 0)
    staged, rows = told.get("staged", 0), told.get("rows", 0)
    articles = max(told.get("articles", 0), staged)
    step, done = "read", read / pieces if pieces else None
    if rows:
        step, done = "write", min(rows / articles, 1.0) if articles else None
    elif pieces and read >= pieces:
        step, done = ("tag", staged / articles) if staged < articles else ("fold", None)
    return Snapshot(
        step=step,
        seconds=round(seconds, 1),
        articles=articles,
        rejects=told.get("rejects", 0),
        rows=rows,
        done=None if done is None else round(done, 3),
    )


def sentence(at: Snapshot) -> str:
    """Return a snapshot for people, on one line."""
    share = "" if at.done is None else f" {at.done:.0%}"
    rejects = f", {at.rejects:,} rejects" if at.rejects else ""
    if at.step == "tag":
        return f"tagging{share}: {at.articles:,} articles{rejects}, {_span(at.seconds)}"
    if at.step == "write":
        return f"writing{share}: {at.rows:,} of {at.articles:,} articles, {_span(at.seconds)}"
    if at.step == "fold":
        return f"folding: {at.articles:,} articles{rejects}, {_span(at.seconds)}"
    speed = f", {at.articles / at.seconds:,.0f} a second" if at.articles and at.seconds else ""
    left = "" if at.left is None else f", about {_span(at.left)} left"
    return f"reading{share}: {at.articles:,} articles{rejects}{speed}{left}"


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"


class Progress:
    """Tells nobody how far a run is."""

    every: float = math.inf  # seconds

    def begin(self) -> None:
        """Be ready to show."""

    def show(self, at: Snapshot) -> None:
        """Say how far the run is."""

    def end(self) -> None:
        """Leave nothing behind."""


class InLogs(Progress):
    """Logs a line now and then; with `--log-format json` the numbers are fields of it."""

    every = 10.0

    def show(self, at: Snapshot) -> None:
        LOG.info("%s", sentence(at), extra={"fields": asdict(at)})


IN_LOGS: Final = InLogs()


class OnTerminal(Progress):
    """Keeps a live line on stderr, below whatever is logged meanwhile."""

    every = 0.5

    def __init__(self, console: Console) -> None:
        self._spinner = Spinner("dots", Text("starting", no_wrap=True, overflow="ellipsis"))
        self._live = Live(self._spinner, console=console, transient=True, redirect_stdout=False)

    def begin(self) -> None:
        self._live.start()
        _log_to_stderr_as_it_is()

    def show(self, at: Snapshot) -> None:
        self._spinner.update(text=Text(sentence(at), no_wrap=True, overflow="ellipsis"))

    def end(self) -> None:
        self._live.stop()
        _log_to_stderr_as_it_is()


def _log_to_stderr_as_it_is() -> None:
    """Let log lines go through what rich has put in the place of stderr, or no longer has."""
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:  # not one that writes to a file
            handler.setStream(sys.stderr)


def choose(quiet: bool, in_logs: bool) -> Progress:
    """Return who is told: nobody if `quiet`, else the terminal if there is one that can."""
    if quiet:
        return Progress()
    console = Console(stderr=True)
    if in_logs or not console.is_terminal or console.is_dumb_terminal:
        return IN_LOGS
    return OnTerminal(console)


@contextmanager
def watched(folder: str, progress: Progress) -> Iterator[None]:
    """Tell how far the run in the staging folder `folder` is, as long as the block takes."""
    done = Event()
    watcher = Thread(target=_watch, args=(folder, progress, done), daemon=True)
    progress.begin()
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        progress.end()


def _watch(folder: str, progress: Progress, done: Event) -> None:
    started = monotonic()
    while not done.wait(None if math.isinf(progress.every) else progress.every):
        progress.show(snapshot(pulses(folder), monotonic() - started))
