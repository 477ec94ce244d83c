"""Choose the engine: `beam_pipeline` makes an empty pipeline on the runner that was named."""

import os
import shlex
import sys
from collections.abc import Sequence
from typing import Final, TypeVar, cast

from apache_beam import Pipeline
from apache_beam.metrics import monitoring_infos
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.job.utils import dict_to_struct
from apache_beam.runners.portability.fn_api_runner.fn_runner import (
    ExtendedProvisionInfo,
    FnApiRunner,
    RunnerResult,
)
from apache_beam.runners.runner import PipelineResult
from apache_beam.transforms.environments import SubprocessSDKEnvironment

View = TypeVar("View", bound=PipelineOptions)
# Beam's `DirectRunner` of 2.77 first tries to download another engine; this one is in the wheel.
LOCAL: Final = "FnApiRunner"
_ALIASES: Final = {"DirectRunner": LOCAL, "direct": LOCAL}
# Worker processes cost 2 to 4 s of start-up: worth it from about 20 s of one core's work,
# which is 8,000 articles of 3 KB.
WORTH_WORKERS_BYTES: Final = 24 << 20
_STEP_MSECS: Final = "beam:metric:ptransform_execution_time:total_msecs:v1"


class Options(PipelineOptions):
    """Beam's options, each view of them made once.

    Beam asks for a view a thousand times while it builds our graph, and makes an argument parser
    for each: 1.1 of the 7.2 s of CPU that a run over the seeds took. All views share their values.
    """

    def view_as(self, cls: type[View]) -> View:
        views = self.__dict__.setdefault("_views", {})  # Beam's own __getattr__ knows options only
        if cls not in views:
            views[cls] = super().view_as(cls)
        return cast(View, views[cls])


def workers_for(bytes_to_read: int, wanted: int | None) -> int:
    """Return how many local processes to use: as `wanted`, else all cores for a large input."""
    if wanted is not None:
        return wanted
    return len(os.sched_getaffinity(0)) if bytes_to_read >= WORTH_WORKERS_BYTES else 1


def real_runner(name: str) -> str:
    """Return the name of the runner that really runs when `name` is asked for."""
    return _ALIASES.get(name, name)


def beam_pipeline(name: str, workers: int, extra: Sequence[str] = ()) -> Pipeline:
    """Return an empty pipeline on the runner `name`; `extra` are flags of Beam's own and win."""
    runner = real_runner(name)
    if runner != LOCAL:
        return Pipeline(options=Options([f"--runner={runner}", *extra]))
    flags = [f"--direct_num_workers={workers}", "--default_sdk_harness_log_level=ERROR"]
    options = Options([*flags, *extra])
    if workers == 1:
        return Pipeline(runner=FnApiRunner(), options=options)
    return Pipeline(runner=FnApiRunner(_processes(), provision_info=_told(extra)), options=options)


def _told(extra: Sequence[str]) -> ExtendedProvisionInfo:
    """Return what worker processes are told of the user's flags; of itself Beam tells nothing."""
    options = Options(list(extra)).get_all_options(drop_default=True)
    struct = dict_to_struct({f"beam:option:{name}:v1": value for name, value in options.items()})
    return ExtendedProvisionInfo(beam_provision_api_pb2.ProvisionInfo(pipeline_options=struct))


def _processes() -> SubprocessSDKEnvironment:
    """Return an environment whose workers are processes of `pipeline.worker`.

    Beam's own `multi_processing` starts the same, but its processes chat on stderr.
    """
    command = f"exec {shlex.quote(sys.executable)} -m pipeline.worker"  # no shell in between
    return SubprocessSDKEnvironment.from_command_string(command)


def step_seconds(result: PipelineResult) -> dict[str, float]:
    """Return the seconds that all workers together spent in each step of the graph.

    Beam samples them; only the in-process runner tells. Steps of less than 10 ms are left out.
    """
    if not isinstance(result, RunnerResult):
        return {}
    found: dict[str, float] = {}
    for info in result.monitoring_infos():
        if info.urn == _STEP_MSECS:
            step = info.labels["PTRANSFORM"].split("/")[0]
            found[step] = found.get(step, 0) + monitoring_infos.extract_counter_value(info) / 1000
    return {step: round(s, 3) for step, s in sorted(found.items()) if s >= 0.01}
