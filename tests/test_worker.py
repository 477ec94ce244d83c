"""Tests of pipeline/worker.py with real processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.test_run import row, story, write_rows

PARENT = """
import os, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(worker.pid, flush=True)
time.sleep(600)
"""
WORKER = """
import os, threading, time
from pipeline.worker import _end_with
threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_a_worker_ends_with_the_process_that_started_it():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, WORKER], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            worker = int(parent.stdout.readline())
            time.sleep(3)  # it looks at its parent, and stays
            assert is_alive(worker)
        finally:
            parent.kill()
    end = time.monotonic() + 60
    while is_alive(worker):
        assert time.monotonic() < end, "it outlives its parent"
        time.sleep(0.1)


def test_a_run_with_workers_says_nothing_on_stderr(tmp_path):
    write_rows(tmp_path / "in.jsonl", [row(str(n), story(n)) for n in range(5)])
    arguments = ["run", tmp_path / "in.jsonl", "--output", tmp_path / "out", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments), "--entity-engine", "none", "-q"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stderr == ""
