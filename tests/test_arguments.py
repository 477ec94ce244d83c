"""Tests of pipeline/arguments.py, flags.py and beam_flags.py: the command line of a run."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher

import pytest

from pipeline.arguments import TYPO, Said, read_run
from pipeline.config import Config
from pipeline.errors import BadUsage
from pipeline.flags import FLAGS

UNSETTING = {"json", "config", "quiet", "verbose", "log_format"}  # of the command line alone
FLAGS_BY_FIELD = {flag.field: flag for flag in FLAGS.values()}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in"
    path.mkdir()
    return str(path)


@pytest.fixture
def settings(tmp_path):
    def write(toml: str) -> str:
        path = tmp_path / "wirefold.toml"
        path.write_text(toml, "utf-8")
        return f"--config={path}"

    return write


def refusal(*arguments: str) -> str:
    with pytest.raises(BadUsage) as caught:
        read_run(arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_flag_of_a_run(source):
    flags = read_run(
        [
            *("--input", source, f"--input={source}", "--output=out", "--runner=flink"),
            *("--run-id=é/1", "--as-of=2024-06-20T14:00:00+02:00", "--window=3d"),
            *("--partition-by=date", "--max-reject-ratio=0.5", "--language-engine=langdetect"),
            *("--entity-engine=builtin", "--workers=2", "--allow-private-hosts=a,b"),
            *("--allow-private-hosts=c", "--fulltext", "--refetch", "--max-file-bytes=1K"),
            *("--fetch-timeout=5", "--lock-timeout=1m30s", "--dry-run", "--map=text=body"),
            *("--map=title=head", "--json", "-v", "--log-format=json"),
        ]
    )

    assert flags.json
    assert flags.said == Said(verbose=True, log_format="json")
    assert flags.config == Config(
        sources=(source, source),
        output="out",
        runner="FlinkRunner",
        run_id="é/1",
        as_of=datetime(2024, 6, 20, 12, tzinfo=UTC),
        window=timedelta(days=3),
        partition_by=("date",),
        max_reject_ratio=0.5,
        workers=2,
        allow_private_hosts=("a", "b", "c"),
        fulltext=True,
        refetch=True,
        max_file_bytes=1024,
        fetch_timeout=timedelta(seconds=5),
        lock_timeout=timedelta(seconds=90),
        dry_run=True,
        field_map=(("text", "body"), ("title", "head")),
    )


def test_every_setting_has_a_flag():
    fields = {field for field in Config.__dataclass_fields__ if field != "beam_args"}

    assert fields == {flag.field for flag in FLAGS.values()} - UNSETTING


def test_manifest_shows_the_settings_under_the_flags_names(source):
    shown = read_run([source, "--output=out"]).config.masked
    of_the_line = {name for name, flag in FLAGS.items() if flag.field in UNSETTING}

    assert {f"--{name}" for name in shown} == set(FLAGS) - of_the_line | {"--beam"}


def test_defaults_in_the_help_are_the_defaults(source):
    config = read_run([source, "--output=out"]).config
    defaults = {
        flag.field: found[1]
        for flag in FLAGS.values()
        if (found := re.search(r"\(default: ([\w.,]+)\)$", flag.help))
        and flag.field not in {"as_of", *UNSETTING}
    }

    read = {field: FLAGS_BY_FIELD[field].read(text) for field, text in defaults.items()}

    assert len(read) == 8
    assert {field: getattr(config, field) for field in read} == read


def test_sources_may_stand_anywhere_and_be_mixed_with_input(source):
    flags = read_run([source, "--output", "out", source, "--input", source])

    assert flags.config.sources == (source,) * 3


def test_flags_of_beam_are_passed_on_as_they_are(source):
    flags = read_run(
        [
            source,
            "--output=out",
            "--labels",
            "a=b",
            "--labels=c=d",
            "--streaming",
            "--num_workers=3",
        ]
    )

    assert flags.config.beam_args == (
        "--labels=a=b",
        "--labels=c=d",
        "--streaming",
        "--num_workers=3",
    )
    assert flags.config.sources == (source,)


def test_runner_is_ours_though_beam_has_one_too(source):
    flags = read_run([source, "--output=out", "--labels=a=b", "--runner=PrismRunner"])

    assert (flags.config.runner, flags.config.beam_args) == ("PrismRunner", ("--labels=a=b",))


def test_flags_may_be_spelled_as_beam_spells_its_own(source):
    given = ["--output=out", "--dry_run", "--run_id=a_b", "--lock_timeout", "5s"]
    config = read_run([source, *given]).config

    assert (config.dry_run, config.run_id, config.beam_args) == (True, "a_b", ())
    assert config.lock_timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ouput=out"], "--ouput: unknown flag; the nearest is --output"),
        (["--run_ids=x"], "--run_ids: unknown flag; the nearest is --run-id"),
        (["--lables=a=b"], "--lables: unknown flag; the nearest is --labels"),
        (["-out", "out"], "-out: unknown flag; the nearest is --output"),
        (["--output"], "--output: expected one argument"),
        (["--json=yes"], "--json: ignored explicit argument 'yes'"),
        (["--workers=two"], "--workers: 'two' is not a whole number"),
        (["--num_workers=two"], "--num_workers: invalid int value: 'two'"),
        ([], "no SOURCE: name a file, a folder, a glob or a feed's URL"),
        (["--config=no.toml"], "--config: 'no.toml': No such file or directory"),
    ],
)
def test_mistake_is_answered_by_one_line(arguments, message):
    assert refusal(*arguments) == message


def test_output_is_needed(source):
    assert refusal(source) == "--output is missing: name the folder to write to"


def test_unknown_engine_is_refused_with_the_known_ones(source):
    message = refusal(source, "--output=out", "--entity-engine=bilutin")

    assert message.startswith("--entity-engine: ")
    assert "builtin" in message


def test_no_flag_of_beam_is_so_near_to_ours_that_it_counts_as_a_typo():
    from pipeline.beam_flags import add_beam_flags  # noqa: PLC0415
    from pipeline.flags import run_parser  # noqa: PLC0415

    beam = add_beam_flags(run_parser())

    assert "--labels" in beam
    theirs = [name for name in beam if name.replace("_", "-") not in FLAGS]
    assert max(SequenceMatcher(None, b, f).ratio() for b in theirs for f in FLAGS) < TYPO


def test_settings_of_a_file(source, settings):
    file = settings(
        f"""
        input = ["{source}"]
        output = "out"
        as-of = 2024-06-20T12:00:00Z
        window = "2d"
        workers = 2
        max-reject-ratio = 0.25
        fulltext = true
        json = true
        dry-run = false
        allow-private-hosts = ["a", "b"]
        labels = ["team=news"]
        map = {{ text = "corpo" }}
        """
    )

    flags = read_run([file])

    assert flags.json
    assert flags.config == Config(
        sources=(source,),
        output="out",
        as_of=datetime(2024, 6, 20, 12, tzinfo=UTC),
        window=timedelta(days=2),
        workers=2,
        max_reject_ratio=0.25,
        fulltext=True,
        allow_private_hosts=("a", "b"),
        field_map=(("text", "corpo"),),
        beam_args=("--labels=team=news",),
    )


def test_command_line_replaces_what_the_file_says(source, settings):
    file = settings('input = ["elsewhere"]\noutput = "a"\nworkers = 2\nlabels = "a=b"')

    config = read_run([file, source, "--output=b", "--labels=c=d"]).config

    assert (config.sources, config.output, config.workers) == ((source,), "b", 2)
    assert config.beam_args == ("--labels=a=b", "--labels=c=d")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("outptu = 'x'", "--outptu: unknown flag; the nearest is --output"),
        ("workers = 'x'", "--workers: 'x' is not a whole number"),
        ("workers = true", "--workers: expected one argument"),
        ("workers = false", "--workers: 'false' is not a whole number"),
        ("json = 'x'", "--json: ignored explicit argument 'x'"),
    ],
)
def test_mistake_in_a_file_is_answered_as_on_the_command_line(settings, toml, message):
    assert refusal(settings(toml)) == message


def test_file_that_is_not_toml_is_refused(settings):
    assert "is not TOML" in refusal(settings("a = "))


def test_file_names_no_other_file(settings):
    assert "may not name another file" in refusal(settings("config = 'x.toml'"))


def test_nothing_slow_is_imported_for_a_command_line_without_flags_of_beam(source):
    program = (
        "import sys; from pipeline.arguments import read_run;"
        "read_run([sys.argv[1], '--output=out']);"
        "print({'apache_beam', 'pyarrow', 'numpy', 'rich', 'duckdb'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, source], capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
