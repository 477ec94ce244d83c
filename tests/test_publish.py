"""Tests of pipeline/publish.py: what readers and crashes see."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.output import OutputFolder, write_json
from pipeline.publish import Change, commit, publish, recover, settle

FOLDER = "articles/date=2024-06-19/lang=it"


@pytest.fixture
def output(tmp_path):
    return OutputFolder(str(tmp_path / "out"))


def stage(output, run_id, files, remove=(), folder=FOLDER):
    """Stage a run that publishes `files` {name: text} in one folder."""
    staging = output.staging(run_id)
    os.makedirs(os.path.join(staging, "state"))
    write(os.path.join(staging, "state", "sketches.arrow"), run_id)
    os.makedirs(os.path.join(staging, "run"))
    write(os.path.join(staging, "run", "report.html"), " ".join(files))
    for name, text in files.items():
        write(os.path.join(staging, f"waits-{name}"), text)
    manifest = {"run_id": run_id, "as_of": "2024-06-20T00:00:00+00:00"}
    change = Change(folder=folder, add={n: f"waits-{n}" for n in files}, remove=tuple(remove))
    return staging, manifest, [change]


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def tables(output):
    found = {}
    for folder, _, names in os.walk(os.path.join(output.root, "articles")):
        for name in names:
            with open(os.path.join(folder, name)) as file:
                found[name] = file.read()
    return found


def test_runs_share_a_partition_and_each_owns_its_files(output):
    commit(output, *stage(output, "r1", {"a": "1"}))
    commit(output, *stage(output, "r2", {"b": "2"}))
    commit(output, *stage(output, "r1", {"c": "3"}, remove=["a"]))
    assert tables(output) == {"b": "2", "c": "3"}
    assert [m["run_id"] for m in output.manifests()] == ["r1", "r2"]
    assert os.listdir(output.staging()) == []
    assert os.listdir(output.state("r1")) == ["sketches.arrow"]
    with open(os.path.join(output.run("r1"), "report.html")) as file:
        assert file.read() == "c"


def test_a_folder_that_loses_its_last_file_goes(output):
    commit(output, *stage(output, "r1", {"a": "1"}))
    commit(output, *stage(output, "r1", {}, remove=["a"]))
    assert not os.path.exists(os.path.join(output.root, FOLDER))


def test_what_was_killed_before_its_journal_is_cleared(output):
    staging, _, _ = stage(output, "r1", {"a": "1"})
    assert "cleared" in recover(output)[0]
    assert not os.path.exists(staging)
    assert tables(output) == {}


def test_settling_finishes_what_a_journal_promises(output):
    staging, manifest, changes = stage(output, "r1", {"a": "1"})
    journal(staging, manifest, changes)
    settle(output)
    assert tables(output) == {"a": "1"}
    assert output.manifests() == [manifest]


def journal(staging, manifest, changes):
    """Do what `commit` does before the point of no return."""
    write_json(os.path.join(staging, "manifest.json"), manifest)
    plain = [{"folder": c.folder, "add": c.add, "remove": list(c.remove)} for c in changes]
    write_json(
        os.path.join(staging, "journal.json"), {"run_id": manifest["run_id"], "changes": plain}
    )


STOP_AT_CALL = textwrap.dedent(
    """
    import os, sys, shutil
    from pipeline.output import OutputFolder
    from pipeline import publish

    calls, limit = 0, int(sys.argv[3])
    def dying(function):
        def call(*arguments, **named):
            global calls
            calls += 1
            if calls == limit:
                os.kill(os.getpid(), 9)
            return function(*arguments, **named)
        return call

    for name in ("rename", "replace", "link", "makedirs", "remove", "fsync"):
        setattr(os, name, dying(getattr(os, name)))
    shutil.rmtree = dying(shutil.rmtree)
    publish._exchange = dying(publish._exchange)
    publish.publish(OutputFolder(sys.argv[1]), sys.argv[2])
    """
)


def test_killed_at_every_system_call_the_next_command_finishes_the_run(tmp_path):
    """A real process is killed -9 at its first, second, ... call until one lives to the end."""
    call = 1
    while True:
        output = OutputFolder(str(tmp_path / str(call)))
        commit(output, *stage(output, "other", {"kept": "k"}))
        commit(output, *stage(output, "r1", {"old": "1"}))
        staging, manifest, changes = stage(output, "r1", {"new": "2"}, remove=["old"])
        journal(staging, manifest, changes)
        arguments = [sys.executable, "-c", STOP_AT_CALL, output.root, staging, str(call)]
        code = subprocess.run(arguments, check=False).returncode
        seen = tables(output)
        assert seen in ({"kept": "k", "old": "1"}, {"kept": "k", "new": "2"})
        recover(output)
        assert tables(output) == {"kept": "k", "new": "2"}
        assert [m["run_id"] for m in output.manifests()] == ["other", "r1"]
        assert os.listdir(output.staging()) == []
        if code == 0:
            break
        assert code == -signal.SIGKILL
        call += 1
    assert call > 8


names = st.sets(st.sampled_from("abcde"), max_size=4)


@given(here=names, add=names, remove=names)
@settings(max_examples=40)
def test_publishing_again_changes_nothing(tmp_path_factory, here, add, remove):
    output = OutputFolder(str(tmp_path_factory.mktemp("out")))
    commit(output, *stage(output, "other", dict.fromkeys(here, "x")))
    run = stage(output, "r1", {f"new-{name}": "y" for name in add}, remove=remove)
    journal(*run)
    shutil.copytree(run[0], f"{run[0]}-again")
    publish(output, run[0])
    first = tables(output)
    assert set(first) == (here - remove) | {f"new-{name}" for name in add}
    publish(output, f"{run[0]}-again")
    assert tables(output) == first
