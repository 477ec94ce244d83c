"""Tests of pipeline/__main__.py: what the program prints, where, and its exit code."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from pipeline import __version__
from pipeline.__main__ import COMMANDS, main
from pipeline.errors import BadUsage
from tests.conftest import ROOT, SEEDS

HEAVY = {"apache_beam", "pyarrow", "numpy", "rich", "duckdb", "langdetect"}


def wirefold(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


SOURCE = str(SEEDS / "agency.jsonl")  # nine rows


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    output = tmp_path_factory.mktemp("main") / "out"
    return output, wirefold(SOURCE, "--output", str(output), "--run-id", "r1", "-q")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_overview_names_every_command(arguments, capsys):
    assert main(arguments) == 0

    shown = capsys.readouterr().out
    assert not [name for name in COMMANDS if f"wirefold {name}" not in shown]
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])

    assert caught.value.code == 0
    assert "examples:\n  " in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0

    assert capsys.readouterr().out == f"wirefold {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verfy", "out"], "'verfy' is no command and no SOURCE; did you mean verify?"),
        (["verify"], "the following arguments are required: DIR"),
        (["verify", "nowhere"], "DIR 'nowhere': no such folder"),
        (["query", "nowhere", "SELECT 1"], "DIR 'nowhere': no such folder"),
        (["nowhere", "--output=out"], "SOURCE 'nowhere': no such file or folder"),
        (["completion", "csh"], "SHELL: invalid choice: 'csh' (choose from 'bash', 'zsh', 'fish')"),
    ],
)
def test_mistake_names_what_is_wrong(arguments, message):
    with pytest.raises(BadUsage) as caught:
        main(arguments)

    assert str(caught.value) == message


def test_mistake_is_one_line_on_stderr_and_exit_code_2(tmp_path):
    done = wirefold("nowhere", "--output", str(tmp_path / "out"))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "wirefold: SOURCE 'nowhere': no such file or folder\n"
    assert not (tmp_path / "out").exists()


def test_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    done = wirefold("no\udcff\u5e73", "--output=out", env={"PYTHONIOENCODING": "ascii"})

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "wirefold: SOURCE 'no\\udcff\\u5e73': no such file or folder\n"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--ouput=x"], ["verfy"]])
def test_help_and_mistakes_wait_for_no_package(arguments):
    program = (
        "import sys; from pipeline.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except BaseException: pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("module", "heavy"), [("pipeline.verify", "apache_beam"), ("pipeline.query", "apache_beam")]
)
def test_commands_that_only_read_do_not_import_beam(module, heavy):
    program = f"import sys, {module}; sys.exit({heavy!r} in sys.modules)"

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_run_prints_the_table_and_nothing_else(first_run):
    _, done = first_run

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("run           r1, as of ")
    assert "\nread          9\n" in done.stdout
    assert re.search(r"\nnext +\S*python\S*\s+-m\s+pipeline\s+query\s", done.stdout)


def test_run_with_json_prints_the_manifest(first_run, tmp_path):
    output = shutil.copytree(first_run[0], tmp_path / "out")

    done = wirefold(f"--input={SOURCE}", f"--output={output}", "--run-id=r2", "--json", "-q")

    manifest = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (manifest["run_id"], manifest["counts"]["read"]) == ("r2", 9)
    assert manifest["counts"]["articles"] == 0


def test_dry_run_writes_nothing(tmp_path):
    output = tmp_path / "out"

    assert main([SOURCE, f"--output={output}", "--dry-run"]) == 0

    assert not output.exists()


def test_verify_says_that_nothing_is_off(first_run):
    output, _ = first_run

    done = wirefold("verify", str(output))

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{output}: nothing is off\n", "")


def test_verify_lists_what_is_off(first_run, tmp_path):
    output = shutil.copytree(first_run[0], tmp_path / "out")
    next(output.glob("articles/*/*/part-*.parquet")).unlink()

    done = wirefold("verify", str(output))

    assert (done.returncode, done.stderr) == (1, "")
    assert "is missing" in done.stdout


def test_query_asks_the_tables(first_run):
    pytest.importorskip("duckdb", reason="the extra `query` is not installed")
    output, _ = first_run

    done = wirefold("query", str(output), "SELECT count(*) AS n FROM runs", "--format=csv")

    assert (done.returncode, done.stdout, done.stderr) == (0, "n\n1\n", "")


def test_reader_that_has_seen_enough_is_no_fault(first_run):
    output, _ = first_run
    program = f"{sys.executable} -m pipeline query {output} 'FROM range(100000)' | head -n 1"

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""
