"""Not too much of one host at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

AT_ONCE: Final = 2  # requests to one host
APART: Final = 0.5  # seconds between the beginnings of two requests to one host


@dataclass(slots=True)
class _Host:
    turns: threading.BoundedSemaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_at: float = 0.0  # monotonic seconds


class Pace:
    """Turns for requests, host by host; hosts that the user opened are his own and never wait."""

    def __init__(
        self, opened: frozenset[str], at_once: int = AT_ONCE, apart: float = APART
    ) -> None:
        self._opened, self._at_once, self._apart = opened, at_once, apart
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until the host may be asked, and keep the turn until the block ends."""
        if host in self._opened:
            yield
            return
        with self._lock:
            known = self._hosts.setdefault(host, _Host(threading.BoundedSemaphore(self._at_once)))
        with known.turns:
            with known.lock:
                wait = known.next_at - time.monotonic()
                known.next_at = max(time.monotonic(), known.next_at) + self._apart
            if wait > 0:
                time.sleep(wait)
            yield
