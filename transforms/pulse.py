"""Signs of life of a run, for whoever watches it: `pulse` and `pulses`.

Beam tells its counters at the end only, and the local runner blocks until then. So each process
appends what it has done to a file of its own in the run's folder: a line for each piece read and
each batch written, some thousands in a run of a million articles. Nothing is decided by them.
"""

import os
from collections import Counter
from glob import escape, iglob
from typing import Final

_NAME: Final = "pulse-"


def pulse(folder: str, name: str, number: int) -> None:
    """Say that `number` more of `name` are done; nothing where `folder` is not on this machine."""
    if number and os.path.isdir(folder):
        with open(os.path.join(folder, f"{_NAME}{os.getpid()}"), "a", encoding="ascii") as file:
            file.write(f"{name} {number}\n")


def pulses(folder: str) -> Counter[str]:
    """Return what all processes have said so far."""
    found: Counter[str] = Counter()
    for path in iglob(os.path.join(escape(folder), f"{_NAME}*")):
        with open(path, encoding="ascii") as file:
            for line in file:
                name, _, number = line.partition(" ")
                if number.endswith("\n"):  # or it is being written
                    found[name] += int(number)
    return found
