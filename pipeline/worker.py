"""A worker process of the local runner: Beam's own, but silent on stderr, and no orphan.

Its log records go to the process that started it, which prints what its user should see.
"""

import logging
import os
import threading
import time
from typing import Final

LOOK_SECONDS: Final = 1.0  # how often the parent is looked for


def main() -> None:
    """Serve the runner that Beam's environment variables name, until it hangs up or is gone."""
    logging.getLogger().addHandler(logging.NullHandler())  # before Beam adds one that prints
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    from apache_beam.runners.worker import sdk_worker_main  # noqa: PLC0415

    sdk_worker_main.main([])


def _end_with(parent: int) -> None:
    """End this process soon after its parent, for whom Beam's own would wait for ever."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
