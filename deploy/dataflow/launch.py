"""A Dataflow job of one step: `wirefold run`, on one worker.

A Flex Template builds its graph in a program that ends before the job begins, and wirefold
publishes after its graph has run. So the whole command is the step. The run id and `--as-of` are
given: when Dataflow tries the step again, it is the same run, and the same files.

    python launch.py --input=gs://BUCKET/news/2025-01-14 --output=gs://BUCKET/wirefold \
      --run_id=daily-2025-01-14 --as_of=2025-01-15T00:00:00Z --runner=DataflowRunner ...

Run: the seeds, twice, from and to a bucket of a storage emulator, with Beam's own workers; the job
that DataflowRunner makes (`--template_location`); by tests/test_dataflow.py.
Not run: Google Cloud.
"""

import argparse
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.arguments import read_run
from pipeline.errors import BadUsage


def carry_out(flags: Sequence[str]) -> None:
    """Run wirefold here. Raises RuntimeError, with its last line, when it published nothing."""
    command = [sys.executable, "-m", "pipeline", "run", *flags]
    last = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            last = line.rstrip()
            logging.info("%s", last)
    if running.returncode == 4:
        logging.warning("published, though a source could not be read: rejects/ says which")
    elif running.returncode:
        raise RuntimeError(f"wirefold ended with {running.returncode}: {last}")


def main(arguments: Sequence[str]) -> None:
    """Make the job; what metadata.json names is for wirefold, the rest for Beam."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    metadata = json.loads(Path(__file__).with_name("metadata.json").read_text("utf-8"))
    for parameter in metadata["parameters"]:
        parser.add_argument(f"--{parameter['name']}", required=not parameter.get("isOptional"))
    ours, beams = parser.parse_known_args(arguments)
    flags = [f"--{name}={value}" for name, value in vars(ours).items() if value]
    try:
        read_run(flags)
    except BadUsage as error:
        parser.error(str(error))  # a wrong setting ends the launch, not the job
    pipeline = beam.Pipeline(options=PipelineOptions(beams))
    pipeline | "Flags" >> beam.Create([flags]) | "Wirefold" >> beam.Map(carry_out)
    pipeline.run()


if __name__ == "__main__":
    main(sys.argv[1:])
