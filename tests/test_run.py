"""Tests of pipeline/run.py on real files: what is published, when, and what is not."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.config import Config
from pipeline.errors import QualityGate, RunFailed
from pipeline.output import OutputFolder
from pipeline.run import run
from pipeline.verify import verify
from tests.conftest import AS_OF

WORDS = ["governo", "oggi", "legge", "bilancio", "settimana", "voto", "riforma", "accordo"]


def story(seed: int, words: int = 120) -> str:
    """Return a text that shares no passage with that of another seed."""
    pick = random.Random(seed)
    return " ".join(f"{pick.choice(WORDS)} {pick.randrange(10**6)}" for _ in range(words))


def row(name: str, text: str, **fields) -> dict:
    return {"id": name, "text": text, "published": "2024-06-18", "source": "Test", **fields}


@pytest.fixture
def folder(tmp_path):
    """Make an input folder of two rows, one bad row, one text and one file that is no news."""
    home = tmp_path / "in"
    home.mkdir()
    write_rows(home / "rows.jsonl", [row("a", story(1)), row("b", story(2))], "{broken\n")
    (home / "c.txt").write_text(story(3))
    (home / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return home


def write_rows(path: Path, rows: list[dict], more: str = "") -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows) + more)


def config(folder: Path, output: Path, **fields) -> Config:
    return Config(
        **{
            "sources": (str(folder),),
            "output": str(output),
            "as_of": AS_OF,
            "run_id": "r1",
            "entity_engine": "none",
            **fields,
        }
    )


def counts(manifest: dict) -> tuple[int, int, int, int, int]:
    kinds = ("read", "articles", "duplicates", "unchanged", "rejects")
    return tuple(manifest["counts"][kind] for kind in kinds)


def hashes(output: Path) -> dict[str, str]:
    """Return the hash of every table file, by path."""
    paths = [
        p
        for table in ("articles", "duplicates", "rejects")
        for p in output.glob(f"{table}/**/*.parquet")
    ]
    return {str(p.relative_to(output)): sha256(p.read_bytes()).hexdigest() for p in paths}


def rows(output: Path, table: str = "articles") -> dict[str, dict]:
    found = [
        r
        for p in output.glob(f"{table}/**/*.parquet")
        for r in pq.ParquetFile(p).read().to_pylist()
    ]
    return {f"{r['source_uri'].rpartition('/')[2]} {r['revision']}": r for r in found}


def test_everything_read_is_published_or_refused_with_a_reason(folder, tmp_path):
    manifest = run(config(folder, tmp_path / "out"))
    assert counts(manifest) == (5, 3, 0, 0, 2)
    assert manifest["counts"]["rejects_by_reason"] == {"bad_json": 1, "unsupported_format": 1}
    (source,) = manifest["sources"]
    assert (source["items"], source["new"], source["status"]) == (5, 3, "ok")
    assert manifest == OutputFolder(str(tmp_path / "out")).manifests()[0]
    assert sorted(os.listdir(tmp_path / "out" / "_runs" / "r1")) == ["manifest.json", "report.html"]
    assert set(rows(tmp_path / "out")) == {"rows.jsonl#1 1", "rows.jsonl#2 1", "c.txt 1"}
    assert verify(str(tmp_path / "out")) == []
    assert os.listdir(tmp_path / "out" / "_staging") == []


@pytest.mark.parametrize("pattern", ["*", "[cr]*", "?.txt"])
def test_what_is_new_of_a_glob_is_told(folder, tmp_path, pattern):
    (source,) = run(config(folder, tmp_path / "out", sources=(f"{folder}/{pattern}",)))["sources"]

    assert source["kind"] == "glob"
    assert (source["new"], source["unchanged"]) == (1 if pattern == "?.txt" else 3, 0)


def test_running_again_is_byte_identical_wherever_and_however_spelled(
    folder, tmp_path, monkeypatch
):
    run(config(folder, tmp_path / "out"))
    first = hashes(tmp_path / "out")
    run(config(folder, tmp_path / "out"))
    assert hashes(tmp_path / "out") == first
    monkeypatch.chdir(tmp_path)
    run(config(Path("./in/../in"), Path("elsewhere/out")))
    assert hashes(tmp_path / "elsewhere" / "out") == first


def test_two_workers_write_what_one_writes(folder, tmp_path):
    write_rows(folder / "more.jsonl", [row(f"m{n}", story(n, 40)) for n in range(100, 300)])
    run(config(folder, tmp_path / "one", workers=1))
    run(config(folder, tmp_path / "two", workers=2))
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_a_later_run_publishes_only_what_is_new_or_changed(folder, tmp_path):
    run(config(folder, tmp_path / "out"))
    before = hashes(tmp_path / "out")
    write_rows(folder / "rows.jsonl", [row("a", story(1)), row("b", story(22)), row("d", story(4))])
    later = run(config(folder, tmp_path / "out", run_id="r2", as_of=AS_OF + timedelta(days=1)))
    assert counts(later) == (5, 2, 0, 2, 1)
    found = rows(tmp_path / "out")
    assert found["rows.jsonl#2 2"]["article_id"] == found["rows.jsonl#2 1"]["article_id"]
    assert found["rows.jsonl#2 2"]["story_id"] == found["rows.jsonl#2 1"]["story_id"]
    assert found["rows.jsonl#3 1"]["run_id"] == "r2"
    assert before.items() <= hashes(tmp_path / "out").items()
    assert verify(str(tmp_path / "out")) == []


def test_an_old_run_sees_only_runs_before_its_logical_time(folder, tmp_path):
    run(config(folder, tmp_path / "out", run_id="late", as_of=AS_OF + timedelta(days=9)))
    early = run(config(folder, tmp_path / "out", run_id="early"))
    assert counts(early) == (5, 3, 0, 0, 2)
    again = run(config(folder, tmp_path / "out", run_id="late", as_of=AS_OF + timedelta(days=9)))
    assert counts(again) == (5, 0, 0, 3, 2)


def test_other_input_under_the_same_id_replaces_that_run_alone(folder, tmp_path):
    run(config(folder, tmp_path / "out"))
    write_rows(folder / "only.jsonl", [row("z", story(9))])
    run(config(folder / "only.jsonl", tmp_path / "out", run_id="r2", as_of=AS_OF + timedelta(1)))
    second = run(config(folder / "c.txt", tmp_path / "out"))
    assert counts(second) == (1, 1, 0, 0, 0)
    assert set(rows(tmp_path / "out")) == {"c.txt 1", "only.jsonl#1 1"}
    assert not list((tmp_path / "out").glob("rejects/**/*.parquet"))
    assert verify(str(tmp_path / "out")) == []


def test_missing_and_damaged_memory_is_rebuilt_from_the_tables(folder, tmp_path, caplog):
    run(config(folder, tmp_path / "out"))
    shutil.rmtree(tmp_path / "out" / "_state")
    later = run(config(folder, tmp_path / "out", run_id="r2", as_of=AS_OF + timedelta(days=1)))
    assert counts(later) == (5, 0, 0, 3, 2)
    assert "the memory of run r1 is missing" in caplog.text
    (tmp_path / "out" / "_state" / "r1" / "versions.parquet").write_bytes(b"PAR1 and no more")
    later = run(config(folder, tmp_path / "out", run_id="r3", as_of=AS_OF + timedelta(days=2)))
    assert counts(later) == (5, 0, 0, 3, 2)
    assert "the memory of run r1 is damaged" in caplog.text


def test_too_many_rejects_publish_nothing(folder, tmp_path):
    with pytest.raises(QualityGate, match=r"2 of 5 items .* --max-reject-ratio 0\.3"):
        run(config(folder, tmp_path / "out", max_reject_ratio=0.3))
    assert hashes(tmp_path / "out") == {}
    assert os.listdir(tmp_path / "out" / "_staging") == []


def test_nothing_to_read_is_a_run_too(tmp_path):
    (tmp_path / "in").mkdir()
    assert counts(run(config(tmp_path / "in", tmp_path / "out"))) == (0, 0, 0, 0, 0)
    assert verify(str(tmp_path / "out")) == []


def test_a_run_without_an_id_is_named_after_its_logical_time(folder, tmp_path):
    names = [run(config(folder, tmp_path / "out", run_id=None))["run_id"] for _ in range(2)]
    assert names == ["20240620T120000Z", "20240620T120000Z-2"]


def start(folder: Path, output: Path, *more: str, **options) -> subprocess.Popen:
    """Start a real run in a process of its own."""
    arguments = ["run", folder, "--output", output, "--run-id", "r1", "--entity-engine", "none"]
    arguments += ["--as-of", AS_OF.isoformat(), *more]
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_killed_at_random_moments_the_next_run_puts_all_right(folder, tmp_path):
    expected = run(config(folder, tmp_path / "quiet"))["counts"]
    wanted = hashes(tmp_path / "quiet")
    moments = random.Random(3)
    for number in range(4):
        output = tmp_path / f"out-{number}"
        process = start(folder, output)
        time.sleep(1 + moments.random() * 2)  # starting takes about one second
        process.kill()
        process.communicate()
        assert hashes(output) in ({}, wanted) or hashes(output).items() <= wanted.items()
        assert run(config(folder, output))["counts"] == expected
        assert hashes(output) == wanted
        assert verify(str(output)) == []


def test_a_full_disk_publishes_nothing_and_says_so(folder, tmp_path):
    """The limit on the size of files stands in for the disk: the kernel's refusal is the same."""

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    process = start(folder, tmp_path / "out", preexec_fn=no_room)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert "File too large" in err
    assert hashes(tmp_path / "out") == {}
    assert counts(run(config(folder, tmp_path / "out"))) == (5, 3, 0, 0, 2)


def test_a_damaged_manifest_stops_the_next_run_and_is_named(folder, tmp_path):
    run(config(folder, tmp_path / "out"))
    path = Path(OutputFolder(str(tmp_path / "out")).manifest("r1"))
    path.write_text(path.read_text()[:100])
    with pytest.raises(RunFailed, match=r"r1/manifest\.json is damaged"):
        run(replace(config(folder, tmp_path / "out"), run_id="r2", as_of=AS_OF + timedelta(1)))
