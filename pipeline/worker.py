"""A worker process of the local runner: Beam's own, but silent on stderr.

Its log records go to the process that started it, which prints what its user should see.
"""

import logging


def main() -> None:
    """Serve the runner that Beam's environment variables name, until it hangs up."""
    logging.getLogger().addHandler(logging.NullHandler())  # before Beam adds one that prints
    from apache_beam.runners.worker import sdk_worker_main  # noqa: PLC0415

    sdk_worker_main.main([])


if __name__ == "__main__":
    main()
