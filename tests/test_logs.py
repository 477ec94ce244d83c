"""Tests of pipeline/logs.py."""

import json
import subprocess
import sys

import pytest


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )


def test_importing_beam_writes_nothing():
    program = "from pipeline.logs import start_logs; start_logs(); import apache_beam"

    done = run(program)

    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("how", "lines"),
    [
        ("quiet=True", ["WARNING ours"]),
        ("verbose=True", ["DEBUG ours", "INFO ours", "WARNING ours", "WARNING theirs"]),
    ],
)
def test_less_and_more_is_said(how, lines):
    program = (
        f"from pipeline.logs import say, start_logs; start_logs(); say({how}); import logging;"
        "ours = logging.getLogger('pipeline.run');"
        "ours.debug('ours'); ours.info('ours'); ours.warning('ours');"
        "logging.getLogger('apache_beam').warning('theirs')"
    )

    done = run(program)

    assert [line.split(" ", 1)[1] for line in done.stderr.splitlines()] == lines


def test_our_lines_and_others_errors_go_to_stderr_with_a_level():
    program = (
        "from pipeline.logs import start_logs; start_logs(); import logging;"
        "logging.getLogger('pipeline.run').info('ours');"
        "logging.getLogger('apache_beam').warning('chatter');"
        "logging.getLogger('apache_beam').error('theirs')"
    )

    done = run(program)

    lines = [line.split(" ", 1)[1] for line in done.stderr.splitlines()]
    assert (done.stdout, lines) == ("", ["INFO ours", "ERROR theirs"])


@pytest.mark.parametrize(
    ("thread", "error", "told"),
    [
        ("fetching", "OSError", ["OSError"]),
        ("fetching", "grpc.RpcError", ["grpc.RpcError"]),
        ("wait_until_finish_read", "OSError", ["OSError"]),
        ("wait_until_finish_read", "grpc.RpcError", []),
    ],
)
def test_what_ends_a_thread_is_told_once(thread, error, told):
    program = (
        "from pipeline.logs import start_logs; start_logs(); import threading; import grpc\n"
        f"def fail(): raise {error}\n"
        f"thread = threading.Thread(target=fail, name={thread!r}); thread.start(); thread.join()"
    )

    done = run(program)

    assert done.stderr.splitlines()[-1:] == told


def test_what_ends_a_thread_is_an_object_too():
    program = (
        "import threading; from pipeline.logs import say, start_logs\n"
        "start_logs(); say(as_json=True)\n"
        "thread = threading.Thread(target=lambda: 1 / 0, name='fetching')\n"
        "thread.start(); thread.join()"
    )

    done = run(program)

    (line,) = done.stderr.splitlines()
    assert json.loads(line)["message"] == "thread fetching ended"
    assert "ZeroDivisionError" in json.loads(line)["exception"]
