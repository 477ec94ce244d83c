"""Where things lie in an output folder, and who may write to it."""

import fcntl
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from pipeline.errors import LockHeld, RunFailed
from transforms.schemas import SCHEMA_VERSION

TABLES: Final = ("articles", "duplicates", "rejects")
NAME_BYTES: Final = 200  # file systems allow 255; `run=` and temporary suffixes come on top
_POLL_SECONDS: Final = 0.2


def folder_name(run_id: str) -> str:
    """Return `run_id` percent-encoded as one path segment; very long ones end in a hash."""
    name = re.sub(r"^\.", "%2E", quote(run_id, safe=" +,:@="))
    if len(name) <= NAME_BYTES:
        return name
    return f"{name[: NAME_BYTES - 33]}-{sha256(run_id.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The paths of one output folder, as in docs/contract.md."""

    root: str  # absolute

    def run(self, run_id: str) -> str:
        """Return the folder of a run's manifest and report."""
        return os.path.join(self.root, "_runs", folder_name(run_id))

    def manifest(self, run_id: str) -> str:
        """Return the path of the file without which a run has not happened."""
        return os.path.join(self.run(run_id), "manifest.json")

    def state(self, run_id: str) -> str:
        """Return the folder of what later runs need to know of a run."""
        return os.path.join(self.root, "_state", folder_name(run_id))

    def staging(self, run_id: str = "") -> str:
        """Return the folder in which a run puts together what it will publish."""
        return os.path.join(self.root, "_staging", folder_name(run_id))

    def manifests(self) -> list[dict[str, Any]]:
        """Return the manifests of all runs that have happened, by `as_of`, then run id.

        One that is damaged, or of a newer version than this, raises RunFailed.
        """
        runs = os.path.join(self.root, "_runs")
        paths = [os.path.join(runs, name, "manifest.json") for name in _listed(runs)]
        found = [_manifest(path) for path in paths if os.path.exists(path)]
        return sorted(found, key=order)


def _manifest(path: str) -> dict[str, Any]:
    manifest = read_json(path)
    schema = manifest.get("versions", {}).get("schema", SCHEMA_VERSION)
    if int(schema) > int(SCHEMA_VERSION):
        raise RunFailed(
            f"{path} was written by a newer wirefold (schema {schema}, this one knows "
            f"{SCHEMA_VERSION}): update wirefold, or choose another folder"
        )
    return manifest


def order(manifest: dict[str, Any]) -> tuple[datetime, str]:
    """Return the place of a run among all runs: its logical time, ties by its id."""
    return datetime.fromisoformat(manifest["as_of"]), manifest["run_id"]


def read_json(path: str) -> dict[str, Any]:
    """Read a JSON file of ours; a damaged one raises RunFailed and is named."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except ValueError as error:
        raise RunFailed(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise RunFailed(f"{path} is damaged: not an object")
    return found


def write_json(path: str, value: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all, and make sure that it is on the disk."""
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.tmp", path)


@contextmanager
def held(output: OutputFolder, timeout: timedelta, who: str) -> Iterator[None]:
    """Hold the output folder against other runs; wait at most `timeout`, then raise LockHeld.

    The lock is the kernel's (`flock`): it goes with its process, however that ends. The lock file
    names the holder for those who wait.
    """
    try:
        os.makedirs(output.root, exist_ok=True)
        file = open(os.path.join(output.root, "_lock"), "a+", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise RunFailed(f"cannot write to {output.root}: {error.strerror}") from error
    with file:
        _wait_for(file.fileno(), file.name, timeout)
        file.seek(0)
        file.truncate()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now, "what": who}
        json.dump(holder, file)
        file.flush()
        yield


def _wait_for(descriptor: int, path: str, timeout: timedelta) -> None:
    end = time.monotonic() + timeout.total_seconds()
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise LockHeld(_holder(path)) from None
        time.sleep(_POLL_SECONDS)


def _holder(path: str) -> str:
    folder = os.path.dirname(path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not text:  # it has just taken the lock and not yet signed
        return f"{folder} is held by another process"
    who = json.loads(text)
    age = datetime.now(UTC) - datetime.fromisoformat(who["since"])
    return (
        f"{folder} is held by {who['what']} (process {who['pid']} on {who['host']}) "
        f"for {age.total_seconds():.0f} s"
    )


def _listed(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
