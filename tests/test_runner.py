"""Tests of pipeline/runner.py."""

import pytest
from apache_beam import Pipeline
from apache_beam.options.pipeline_options import DebugOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from pipeline.runner import WORTH_WORKERS_BYTES, Options, beam_pipeline, real_runner, workers_for


def test_view_is_made_once_and_shares_its_values():
    options = Options(["--runner=FlinkRunner", "--experiments=a"])

    options.view_as(StandardOptions).streaming = True

    assert options.view_as(StandardOptions) is options.view_as(StandardOptions)
    assert options.view_as(StandardOptions).runner == "FlinkRunner"
    assert options.view_as(DebugOptions).view_as(StandardOptions).streaming
    assert options.get_all_options(drop_default=True)["streaming"]


@pytest.mark.parametrize("name", ["DirectRunner", "FnApiRunner"])
def test_the_direct_runner_is_the_one_that_downloads_nothing(name):
    pipeline = beam_pipeline(name, workers=1)

    assert isinstance(pipeline, Pipeline)
    assert isinstance(pipeline.runner, FnApiRunner)
    assert real_runner(name) == "FnApiRunner"


def test_workers_are_as_told_else_worth_their_start(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})

    assert workers_for(0, 5) == 5
    assert workers_for(WORTH_WORKERS_BYTES - 1, None) == 1
    assert workers_for(WORTH_WORKERS_BYTES, None) == 3
