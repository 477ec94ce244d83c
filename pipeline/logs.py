"""Log lines: to stderr, with a time and a level; stdout is the result's alone."""

import json
import logging
import sys
import threading
import warnings
from datetime import UTC, datetime
from typing import Final

OURS: Final = ("pipeline", "transforms")
_READER: Final = "wait_until_finish_read"  # Beam's thread that reads what a job service says


def say(*, quiet: bool = False, verbose: bool = False, as_json: bool = False) -> None:
    """Log less or more than `start_logs` does, or a JSON object a line."""
    ours = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    for name in OURS:
        logging.getLogger(name).setLevel(ours)
    for handler in logging.getLogger().handlers:
        if as_json:
            handler.setFormatter(_JsonFormatter())
        if verbose:
            handler.removeFilter(_is_ours_to_show)


class _JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object: time, level, message, and the record's `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


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
    for ours in OURS:
        logging.getLogger(ours).setLevel(logging.INFO)
    warnings.simplefilter("ignore")  # of libraries, to their developers; tests make them errors
    threading.excepthook = _tell_end_of_thread


def _tell_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, but for a lost connection of Beam's reader.

    Waiting for the run fails where that does, and tells it.
    """
    if ended.thread and ended.thread.name == _READER:
        from grpc import RpcError  # noqa: PLC0415 - loaded by then, and no start waits for it

        if issubclass(ended.exc_type, RpcError):
            return
    error = ended.exc_value
    name = ended.thread.name if ended.thread else "unknown"
    logging.getLogger("pipeline").error("thread %s ended", name, exc_info=error)


def _is_ours_to_show(record: logging.LogRecord) -> bool:
    """Show what wirefold says, and of others only what went wrong.

    Beam warns, on the root logger too, of settings that its user cannot see.
    """
    ours = record.name.partition(".")[0] in OURS
    return ours or record.levelno >= logging.ERROR
