"""Put a staged run in its place, so that a reader or a crash sees each folder before or after.

A run that is ready writes a journal; from then on it happens, by this process or by the next that
opens the folder (`recover`). Every step of `publish` may be repeated.

Files of a partition have names that hold a hash of their bytes. A partition is changed by building
the folder it shall be, of hard links, and exchanging the two in one system call: a reader that
polled through 13,636 reads of 60 re-runs saw no other state (docs/decisions.md).
"""

import ctypes
import errno
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from pipeline.errors import RunFailed
from pipeline.output import OutputFolder, held, read_json, write_json

JOURNAL: Final = "journal.json"
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of Linux' renameat2
_AT_FDCWD: Final = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a run does to one folder of a table."""

    folder: str  # below the output folder
    add: dict[str, str]  # name of a new file: its path below the staging folder
    remove: tuple[str, ...]  # names of the files that this run published before


def commit(
    output: OutputFolder, staging: str, manifest: dict[str, Any], changes: Sequence[Change]
) -> None:
    """Publish the run that lies in `staging`: the point of no return.

    The folder `state` in `staging` becomes the run's state, in place of an earlier one; the files
    of its folder `run` come to lie beside the manifest.
    """
    os.makedirs(os.path.join(staging, "state"), exist_ok=True)
    for change in changes:
        for path in change.add.values():
            _sync(os.path.join(staging, path))
    for path in _files(os.path.join(staging, "run")):
        _sync(path)
    write_json(os.path.join(staging, "manifest.json"), manifest)
    journal = {"run_id": manifest["run_id"], "changes": [asdict(change) for change in changes]}
    write_json(os.path.join(staging, JOURNAL), journal)
    _sync(staging)
    publish(output, staging)


def recover(output: OutputFolder) -> list[str]:
    """Finish the runs that were killed after their journal, clear those killed before.

    The caller holds the folder. Returns a sentence for each run found.
    """
    said = []
    home = output.staging()
    for name in sorted(os.listdir(home)) if os.path.isdir(home) else []:
        staging = os.path.join(home, name)
        if os.path.exists(os.path.join(staging, JOURNAL)):
            publish(output, staging)
            said.append(f"finished the publication of run {name}, which had been interrupted")
        else:
            shutil.rmtree(staging)
            said.append(f"cleared what run {name} left behind; it had published nothing")
    return said


def settle(output: OutputFolder) -> None:
    """Recover, before a command that only reads; not while a run is at work or on read-only disks.

    A reader then sees the folder as it is: each partition before or after. Where no run was cut
    short, nothing is touched.
    """
    if not os.path.isdir(output.staging()):
        return
    with suppress(RunFailed), held(output, timedelta(0), "recovery"):
        recover(output)


def publish(output: OutputFolder, staging: str) -> None:
    """Do what the journal in `staging` says, then remove `staging`."""
    journal = read_json(os.path.join(staging, JOURNAL))
    for number, entry in enumerate(journal["changes"]):
        _change(output.root, staging, number, Change(**entry))
    _move_folder(os.path.join(staging, "state"), output.state(journal["run_id"]), staging)
    home = output.run(journal["run_id"])
    os.makedirs(home, exist_ok=True)
    for path in _files(os.path.join(staging, "run")):
        os.replace(path, os.path.join(home, os.path.basename(path)))
    manifest = os.path.join(staging, "manifest.json")
    if os.path.exists(manifest):
        os.replace(manifest, output.manifest(journal["run_id"]))
        _sync(home)
    _drop(staging)


def _change(root: str, staging: str, number: int, change: Change) -> None:
    target = os.path.join(root, change.folder)
    folder = os.path.join(staging, f"folder-{number}")
    if os.path.isdir(f"{folder}.old") and not os.path.isdir(target):
        os.rename(f"{folder}.old", target)  # killed between the two renames of `_exchange`
    there = set(os.listdir(target)) if os.path.isdir(target) else set()
    wanted = (there - set(change.remove)) | set(change.add)
    if wanted == there:
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in wanted:
        have = os.path.join(target, name)
        path = have if name in there else os.path.join(staging, change.add[name])
        _link(path, os.path.join(folder, name))
    if not wanted:
        os.rename(target, os.path.join(folder, "gone"))
    elif there:
        _exchange(folder, target)
    else:
        os.makedirs(target, exist_ok=True)  # rename replaces an empty folder
        os.rename(folder, target)
    _sync(os.path.dirname(target))


def _files(folder: str) -> list[str]:
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names]


def _move_folder(folder: str, target: str, staging: str) -> None:
    if not os.path.isdir(folder):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(target):
        old = os.path.join(staging, "state-before")
        shutil.rmtree(old, ignore_errors=True)
        os.rename(target, old)
    os.rename(folder, target)


def _drop(staging: str) -> None:
    """Remove the staging folder, the journal last: without it the rest is rubbish."""
    for name in os.listdir(staging):
        path = os.path.join(staging, name)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif name != JOURNAL:
            os.remove(path)
    shutil.rmtree(staging)


def _link(path: str, target: str) -> None:
    try:
        os.link(path, target)
    except OSError as error:  # a file system without hard links
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK):
            raise
        shutil.copy2(path, target)


def _exchange(one: str, other: str) -> None:
    """Exchange two folders in one step; where the system cannot, in two renames."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    paths = os.fsencode(one), os.fsencode(other)
    if rename and not rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _EXCHANGE):
        return
    number = ctypes.get_errno()
    if rename and number not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(number, os.strerror(number), other)
    os.rename(other, f"{one}.old")
    os.rename(one, other)


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
