"""Tests of pipeline/config.py."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import RUNNERS, Config, duration_text, mask
from pipeline.errors import BadUsage
from tests.conftest import AS_OF


@pytest.fixture
def make(tmp_path):
    def make(**settings):
        given = {"sources": (str(tmp_path),), "output": str(tmp_path / "out"), "as_of": AS_OF}
        return Config(**given | settings)

    return make


def test_defaults_are_the_contracts(make):
    config = make()

    assert (config.runner, config.partition_by) == ("DirectRunner", ("date", "lang"))
    assert (config.window, config.max_reject_ratio) == (timedelta(days=7), 1.0)


def test_as_of_is_now_unless_told(tmp_path):
    config = Config(sources=(str(tmp_path),), output="out")

    assert abs(datetime.now(UTC) - config.as_of) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sources": ()}, "no SOURCE: name a file, a folder, a glob or a feed's URL"),
        ({"sources": ("",)}, "SOURCE is empty: name a file, a folder, a glob or a feed's URL"),
        ({"sources": ("nowhere/at/all",)}, "SOURCE 'nowhere/at/all': no such file or folder"),
        ({"sources": ("nowhere/*.txt",)}, "SOURCE 'nowhere/*.txt': no such file or folder"),
        (
            {"sources": ("file:///no%20where",)},
            "SOURCE 'file:///no%20where': no such file or folder",
        ),
        ({"output": ""}, "--output is missing: name the folder to write to"),
        ({"runner": "Direct"}, f"--runner: 'Direct' is not one of {', '.join(RUNNERS)}"),
        ({"run_id": ""}, "--run-id: needs 1 to 200 characters"),
        ({"run_id": "x" * 201}, "--run-id: needs 1 to 200 characters"),
        ({"run_id": "\ud800"}, r"--run-id: '\ud800' is not valid Unicode"),
        (
            {"as_of": datetime(2024, 6, 20)},
            "--as-of: '2024-06-20T00:00:00' has no zone; add Z or an offset",
        ),
        (
            {"partition_by": ("lang", "date")},
            "--partition-by: 'lang,date' is not date,lang or date",
        ),
        (
            {"field_map": (("txt", "body"),)},
            "--map: 'txt' is not one of id, url, title, summary, text, published, source, authors,"
            " language, tags",
        ),
        (
            {"allow_private_hosts": ("127.0.0.1:9",)},
            "--allow-private-hosts: '127.0.0.1:9' is not a host's name or address (without a port)",
        ),
        ({"max_reject_ratio": 1.5}, "--max-reject-ratio: 1.5 is not between 0 and 1"),
        ({"max_reject_ratio": float("nan")}, "--max-reject-ratio: nan is not between 0 and 1"),
        ({"workers": 0}, "--workers: 0 is not 1 or more"),
        ({"max_file_bytes": 0}, "--max-file-bytes: 0 is not 1 or more"),
        ({"fetch_timeout": timedelta(0)}, "--fetch-timeout: must be longer than 0"),
        ({"lock_timeout": timedelta(-1)}, "--lock-timeout: must not be negative"),
        ({"window": timedelta(-1)}, "--window: must lie between 0 and the time since year 1"),
        (
            {"window": timedelta(days=999_999)},
            "--window: must lie between 0 and the time since year 1",
        ),
    ],
)
def test_wrong_setting_names_flag_value_and_what_is_allowed(make, settings, message):
    with pytest.raises(BadUsage) as caught:
        make(**settings)

    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_output_that_is_a_file_is_refused(make, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(BadUsage, match="is not a folder"):
        make(output=str(tmp_path / "file"))


def test_glob_and_file_with_the_characters_of_a_glob_are_sources(make, tmp_path):
    (tmp_path / "a[1].txt").touch()

    assert make(sources=(str(tmp_path / "*.txt"),))
    assert make(sources=(str(tmp_path / "a[1].txt"),))


def test_file_url_is_a_path(make, tmp_path):
    (tmp_path / "a b.txt").touch()

    assert make(sources=(f"file://{tmp_path}/a%20b.txt",))


def test_urls_are_not_looked_up(make):
    make(sources=("https://example.org/feed.xml", "gs://bucket/day/*.jsonl"))


def test_runner_may_be_a_dotted_path(make):
    assert make(runner="my.own.Runner").runner == "my.own.Runner"


def test_runners_are_those_beam_knows():
    from apache_beam.options.pipeline_options import StandardOptions  # noqa: PLC0415

    assert sorted(RUNNERS) == sorted(StandardOptions.KNOWN_RUNNER_NAMES)


@pytest.mark.parametrize(
    ("secret", "masked"),
    [
        ("https://me:pw@example.org/feed", "https://***@example.org/feed"),
        ("https://a.org/feed?token=abc&page=2", "https://a.org/feed?token=***&page=2"),
        ("--azure_api_key=abc", "--azure_api_key=***"),
        ("https://a.org/feed?page=2", "https://a.org/feed?page=2"),
    ],
)
def test_secrets_are_masked(secret, masked):
    assert mask(secret) == masked


def test_masked_settings_are_json_under_the_flags_names(make):
    config = make(field_map=(("text", "corpo"),), beam_args=("--password=x",))

    assert config.masked["map"] == {"text": "corpo"}
    assert config.masked["beam"] == ["--password=***"]
    assert config.masked["window"] == "7d"
    assert config.masked["as-of"] == "2024-06-20T12:00:00+00:00"


@given(st.timedeltas(timedelta(0), timedelta(days=10_000)))
def test_duration_is_written_exactly(span):
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

    text = duration_text(span)

    assert timedelta(**{unit[text[-1]]: float(text[:-1])}) == span
