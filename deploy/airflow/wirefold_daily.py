"""One wirefold run for each day's export, for Airflow 3; safe to retry and to backfill.

wirefold has a virtual environment of its own (`WIREFOLD`): it shares no package with Airflow.

The interval's day names the run, and its end is `--as-of`. So a retry or a backfill is the same
run: the same files again, byte for byte. Days go one after the other, because a day looks for
copies in the days before it.

Run: `airflow dags test wirefold_daily 2025-01-15` of Airflow 3.3.2, with the seeds as a day's
export, and the command below with every exit code, by tests/test_deploy.py.
Not run: Airflow's scheduler.
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

# Exit 4 has published, though a source could not be read: rejects/ of the run says which.
COMMAND = """
"$WIREFOLD" run "$NEWS/{{ data_interval_start | ds }}" --output "$OUTPUT" --json \
  --run-id "daily-{{ data_interval_start | ds }}" \
  --as-of "{{ data_interval_end.isoformat() }}" || test $? = 4
"""

with DAG(
    dag_id="wirefold_daily",
    # Airflow 3 gives "@daily" an interval of no length. `ds` is the day after, in a manual run.
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["news"],
):
    BashOperator(
        task_id="run",
        bash_command=COMMAND,
        env={
            "WIREFOLD": "/opt/wirefold/bin/wirefold",
            "NEWS": "/data/news",
            "OUTPUT": "/data/wirefold",
        },
        append_env=True,
    )
