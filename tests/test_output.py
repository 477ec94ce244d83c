"""Tests of pipeline/output.py."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import LockHeld, RunFailed
from pipeline.output import NAME_BYTES, OutputFolder, folder_name, held, read_json, write_json

HOLD = """
import sys, time
from datetime import timedelta
from pipeline.output import OutputFolder, held
with held(OutputFolder(sys.argv[1]), timedelta(0), "wirefold run morning"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("run_id", "name"),
    [
        ("2024-06-19", "2024-06-19"),
        ("a/b", "a%2Fb"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("caffè", "caff%C3%A8"),
    ],
)
def test_a_run_id_is_one_segment_of_a_path(run_id, name):
    assert folder_name(run_id) == name


@given(run_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_run_id_makes_a_name_that_file_systems_take(run_id):
    name = folder_name(run_id)
    assert len(name.encode()) <= NAME_BYTES
    assert "/" not in name
    assert not name.startswith(".")
    assert unquote(name) == run_id or len(name) == NAME_BYTES


def test_long_run_ids_that_differ_at_their_end_have_different_folders():
    assert folder_name("x/" * 99 + "a") != folder_name("x/" * 99 + "b")


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text('{"run_id": "r1", ')
    with pytest.raises(RunFailed, match=r"manifest\.json is damaged"):
        read_json(str(path))


def test_json_is_written_whole(tmp_path):
    path = str(tmp_path / "x.json")
    write_json(path, {"name": "è"})
    assert read_json(path) == {"name": "è"}
    assert os.listdir(tmp_path) == ["x.json"]


def test_a_second_run_waits_and_then_names_the_holder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            said = rf"held by wirefold run morning \(process {holder.pid} on .*\) for \d+ s"
            start = time.monotonic()
            with (
                pytest.raises(LockHeld, match=said),
                held(OutputFolder(str(tmp_path)), timedelta(seconds=0.5), "second"),
            ):
                pass
            assert time.monotonic() - start >= 0.5
        finally:
            holder.kill()
    with held(OutputFolder(str(tmp_path)), timedelta(0), "third"):
        pass  # the lock went with its process


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RunFailed, match="cannot write to"),
        held(OutputFolder(str(tmp_path / "file" / "out")), timedelta(0), "run"),
    ):
        pass


def test_a_folder_of_a_newer_version_is_refused(tmp_path):
    output = OutputFolder(str(tmp_path))
    os.makedirs(output.run("r1"))
    versions = {"schema": "999"}
    write_json(output.manifest("r1"), {"run_id": "r1", "as_of": "", "versions": versions})
    with pytest.raises(RunFailed, match="written by a newer wirefold"):
        output.manifests()


def test_runs_are_ordered_by_logical_time_then_id(tmp_path):
    output = OutputFolder(str(tmp_path))
    times = {
        "b": "2024-06-20T00:00:00+00:00",
        "a": "2024-06-20T02:00:00+02:00",
        "c": "2024-06-19T00:00:00+00:00",
    }
    for run_id, as_of in times.items():
        os.makedirs(output.run(run_id))
        write_json(output.manifest(run_id), {"run_id": run_id, "as_of": as_of})
    os.makedirs(output.run("unfinished"))
    assert [manifest["run_id"] for manifest in output.manifests()] == ["c", "a", "b"]
