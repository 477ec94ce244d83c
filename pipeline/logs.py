"""Log lines: to stderr, with a time and a level; stdout is the result's alone."""

import logging
import sys
import warnings


def start_logs() -> None:
    """Send log records to stderr. Call it before Beam is imported.

    Importing Beam logs "apitools not found" on the root logger, which would also give that logger
    a handler of its own (`logging.basicConfig`); with one in place it does not.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    handler.addFilter(_is_ours_to_show)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("pipeline", "transforms"):
        logging.getLogger(ours).setLevel(logging.INFO)
    warnings.simplefilter("ignore")  # of libraries, to their developers; tests make them errors


def _is_ours_to_show(record: logging.LogRecord) -> bool:
    """Show what wirefold says, and of others only what went wrong.

    Beam warns, on the root logger too, of settings that its user cannot see.
    """
    ours = record.name.partition(".")[0] in ("pipeline", "transforms")
    return ours or record.levelno >= logging.ERROR
