"""Where a run publishes: a folder of this machine, or one on an object store (`opened`).

Nothing can be renamed on an object store, so there the manifest alone makes files count. A run
works in a copy of what it must know. Then it puts its files and its state, under names that hold a
hash, and last the manifest, in one write: until then nothing has changed that an earlier manifest
names. What an earlier publication of the run had besides goes afterwards. There is no lock.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from pipeline import transfer
from pipeline.output import TABLES, OutputFolder, folder_name, order
from pipeline.runner import LOCAL, real_runner
from pipeline.state import FEEDS_NAME, SKETCHES_NAME, VERSIONS_NAME
from pipeline.workplace import Elsewhere, Here, Workplace
from transforms.feed_memory import KEPT, MEMORY
from transforms.paths import is_local, local_path


class Home(Protocol):
    """An output folder, as a run sees it."""

    folder: OutputFolder  # on this machine

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None:
        """Have in `folder` what run `run_id` must know of itself and of those before it."""

    def workplace(self, run_id: str, runner: str) -> AbstractContextManager[Workplace]:
        """Give the place where the workers of `runner` put run `run_id` together."""

    def publish(self, manifest: dict[str, Any]) -> None:
        """Publish what was published in `folder`."""


class LocalHome:
    """A folder of this machine, where everything is at hand."""

    def __init__(self, directory: str) -> None:
        self.folder = OutputFolder(local_path(directory))

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None: ...

    @contextmanager
    def workplace(self, run_id: str, runner: str) -> Iterator[Workplace]:
        yield Here(self.folder.staging(run_id))

    def publish(self, manifest: dict[str, Any]) -> None: ...


@contextmanager
def opened(directory: str) -> Iterator[Home]:
    """Open an output folder, wherever it is; `pipeline.stores` has looked at it."""
    if is_local(directory):
        yield LocalHome(directory)
        return
    with opened_store(directory) as store:
        yield store


@contextmanager
def opened_store(url: str) -> Iterator["Store"]:
    """Open an output folder on an object store and bring its manifests here.

    Raises RunFailed, as whatever is asked of it later, when the store fails.
    """
    with tempfile.TemporaryDirectory(prefix="wirefold-") as copy:
        yield Store(url, copy)


class Store:
    """A folder on an object store, and the copy of it that a run or `verify` works in.

    Paths are below both. But a run's state lies one folder deeper on the store, `_state/RUN/HASH`,
    named by the manifest that it belongs to, so that it too is never overwritten.
    """

    def __init__(self, url: str, copy: str) -> None:
        self._url = url.rstrip("/")
        self.folder = OutputFolder(copy)
        self._old: set[str] = set()  # what the run's earlier publication holds
        self._bring(path for path in self._below("_runs") if path.endswith("/manifest.json"))

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None:
        """Bring the state of earlier runs, or the tables of those whose state is not there.

        Of feeds, the latest memory, and what this run has fetched before.
        """
        manifests = self.folder.manifests()
        earlier = [one for one in manifests if order(one) < (as_of, run_id)]
        mine = [one for one in manifests if one["run_id"] == run_id]
        transfer.check_writable(f"{self._url}/_runs")  # hours of work would be lost
        there = self._below("_state")
        wanted: list[str] = []
        for manifest in earlier:
            names = [VERSIONS_NAME]
            names += [SKETCHES_NAME] if order(manifest)[0] >= as_of - window else []
            state = [f"{self._state(manifest)}/{name}" for name in names]
            rows = [one["path"] for one in manifest["files"] if one["table"] != "rejects"]
            wanted += state if there.issuperset(state) else rows
        feeds = [f"{self._state(manifest)}/{FEEDS_NAME}/{MEMORY}" for manifest in earlier]
        wanted += [path for path in feeds if path in there][-1:]
        kept = tuple(f"{self._state(manifest)}/{FEEDS_NAME}/{KEPT}/" for manifest in mine)
        self._bring([*wanted, *(path for path in there if path.startswith(kept))])
        self._old = {path for path in there if path.startswith(f"_state/{folder_name(run_id)}/")}
        self._old |= {file["path"] for manifest in mine for file in manifest["files"]}

    def bring_tables(self) -> list[str]:
        """Bring the files that manifests name; return all that lie in the tables."""
        named = {file["path"] for one in self.folder.manifests() for file in one["files"]}
        there = set[str]().union(*map(self._below, TABLES))
        self._bring(there & named)
        return sorted(there)

    @contextmanager
    def workplace(self, run_id: str, runner: str) -> Iterator[Workplace]:
        """Give the copy's staging folder, or one on the store to engines who do not see that."""
        here = self.folder.staging(run_id)
        if real_runner(runner) == LOCAL:
            yield Here(here)
            return
        place = Elsewhere(self._there(f"_staging/{folder_name(run_id)}"), here)
        place.clear()  # a run that was killed could not
        try:
            yield place
        finally:
            place.clear()

    def publish(self, manifest: dict[str, Any]) -> None:
        """Put the run that was published in `folder`, its manifest last."""
        run, state = self.folder.run(manifest["run_id"]), self.folder.state(manifest["run_id"])
        last = self.folder.manifest(manifest["run_id"])
        files = {file["path"]: self._here(file["path"]) for file in manifest["files"]}
        files |= {f"{self._state(manifest)}/{name}": path for name, path in _files(state)}
        beside = {os.path.relpath(path, self.folder.root): path for _, path in _files(run)}
        copies = [(path, self._there(name)) for name, path in (files | beside).items()]
        transfer.put(copy for copy in copies if copy[0] != last)
        transfer.put(copy for copy in copies if copy[0] == last)
        transfer.drop(map(self._there, self._old - files.keys()))

    def _state(self, manifest: dict[str, Any]) -> str:
        """Return the folder on the store of the state of a published run."""
        content = Path(self.folder.manifest(manifest["run_id"])).read_bytes()
        return f"_state/{folder_name(manifest['run_id'])}/{sha256(content).hexdigest()[:16]}"

    def _there(self, path: str) -> str:
        return f"{self._url}/{path}"

    def _here(self, path: str) -> str:
        parts = path.split("/")
        if parts[0] == "_state":
            del parts[2]
        return os.path.join(self.folder.root, *parts)

    def _below(self, folder: str) -> set[str]:
        return {f"{folder}/{path}" for path in transfer.below(self._there(folder))}

    def _bring(self, paths: Iterable[str]) -> None:
        transfer.bring((self._here(path), self._there(path)) for path in paths)


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files below a folder: path below it, with slashes, and path."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), str(path)
