"""Worker processes for an engine elsewhere: `python -m pipeline.worker_pool --service_port PORT`.

Beam's own worker pool starts whatever is called `python` on PATH. Where that is not this
environment, its workers die at once and the job waits for them without end. This one puts its own
interpreter first, and does not start where there is none of that name.
"""

import os
import sys
from collections.abc import Sequence

from pipeline.errors import BadUsage


def main(arguments: Sequence[str]) -> int:
    """Serve an engine's requests for workers (`--environment_type=EXTERNAL`) until ended."""
    folder = os.path.dirname(sys.executable)
    if not os.access(os.path.join(folder, "python"), os.X_OK):
        sys.stderr.write(f"wirefold: {folder} holds no `python`: use a virtual environment's\n")
        return BadUsage.exit_code
    os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])
    from apache_beam.runners.worker import worker_pool_main  # noqa: PLC0415

    worker_pool_main.main(list(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
