"""Measure a command and all processes it starts: wall time, CPU time, peak memory (Linux)."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY = 0.05  # seconds between two looks at the processes


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command and its descendants used."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, of all processes
    peak: int  # bytes: the largest sum of the processes' proportional set sizes


def measure(command: Sequence[str], *, cwd: str | None = None) -> Usage:
    """Run a command to its end. Raises CalledProcessError when it fails.

    Looks 20 times a second: each process may lose its last 50 ms.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=cwd)
    cpu: dict[int, float] = {}
    peak = 0
    while process.poll() is None:
        memory = 0
        for pid, seconds in _family(process.pid).items():
            cpu[pid] = seconds
            memory += _memory(pid)
        peak = max(peak, memory)
        time.sleep(_EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Usage(time.monotonic() - start, sum(cpu.values()), peak)


def _family(root: int) -> dict[int, float]:
    """Return the CPU seconds of a process and all its living descendants, by process id."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        seconds[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
    found = [root]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return {pid: seconds[pid] for pid in found if pid in seconds}


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has just ended
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
