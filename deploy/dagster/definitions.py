"""One wirefold run for each day's export, for Dagster; safe to retry and to backfill.

wirefold has a virtual environment of its own (WIREFOLD): it shares no package with Dagster.

    WIREFOLD=/opt/wirefold/bin/wirefold NEWS=/data/news OUTPUT=/data/wirefold \
      dagster asset materialize -f definitions.py --select news --partition 2025-01-14

The partition is the day: it names the run, and its end is `--as-of`. So a retry or a backfill is
the same run: the same files again, byte for byte. Give the pool `wirefold` one slot, so that days
go one after the other: a day looks for copies in the days before it.

Run: the command above with Dagster 1.13.29, by tests/test_deploy.py, with the seeds as a day's
export. Not run: the daemon with its schedule and its pool.
"""

import json
import os
import subprocess

import dagster as dg

DONE = (0, 4)  # 4 has published, though a source could not be read: rejects/ of the run says which
SAME_AT_EVERY_ATTEMPT = (2, 3)  # a wrong call; more rejects than are allowed

days = dg.DailyPartitionsDefinition(start_date="2025-01-01", timezone="UTC")


@dg.asset(
    partitions_def=days,
    pool="wirefold",
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300),
)
def news(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Read a day's articles, fold them into stories, tag names, publish Parquet."""
    day, output = context.partition_key, os.environ["OUTPUT"]
    command = [os.environ["WIREFOLD"], "run", f"{os.environ['NEWS']}/{day}", "--output", output]
    command += [
        "--run-id",
        f"daily-{day}",
        "--as-of",
        context.partition_time_window.end.isoformat(),
    ]
    done = subprocess.run([*command, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in DONE:
        raise dg.Failure(
            f"wirefold ended with {done.returncode} and published nothing",
            allow_retries=done.returncode not in SAME_AT_EVERY_ATTEMPT,
        )
    counts = json.loads(done.stdout)["counts"]
    kinds = ("read", "articles", "duplicates", "unchanged", "rejects", "stories")
    return dg.MaterializeResult(metadata={kind: counts[kind] for kind in kinds})


daily = dg.define_asset_job("daily", [news])

defs = dg.Definitions(
    assets=[news], jobs=[daily], schedules=[dg.build_schedule_from_partitioned_job(daily)]
)
