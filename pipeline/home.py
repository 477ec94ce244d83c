"""Where a run publishes: a folder of this machine, or one on an object store (`opened`).

Nothing can be renamed on an object store, so there the manifest alone makes files count. A run
works in a copy of what it must know. Then it puts its files and its state, under names that hold a
hash, and last the manifest, in one write: until then nothing has changed that an earlier manifest
names. What an earlier publication of the run had besides goes afterwards. There is no lock.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from pipeline.config import is_local, local_path
from pipeline.errors import BadUsage, RunFailed
from pipeline.output import TABLES, OutputFolder, folder_name, order
from pipeline.state import FEEDS_NAME, SKETCHES_NAME, VERSIONS_NAME
from transforms.feed_memory import KEPT, MEMORY

AT_ONCE: Final = 8  # files copied


class Home(Protocol):
    """An output folder, as a run sees it."""

    folder: OutputFolder  # on this machine

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None:
        """Have in `folder` what run `run_id` must know of itself and of those before it."""

    def publish(self, manifest: dict[str, Any]) -> None:
        """Publish what was published in `folder`."""


class LocalHome:
    """A folder of this machine, where everything is at hand."""

    def __init__(self, directory: str) -> None:
        self.folder = OutputFolder(local_path(directory))

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None: ...

    def publish(self, manifest: dict[str, Any]) -> None: ...


@contextmanager
def opened(directory: str) -> Iterator[Home]:
    """Open an output folder, wherever it is; raises as `opened_store` does."""
    if is_local(directory):
        yield LocalHome(directory)
        return
    with opened_store(directory) as store:
        yield store


@contextmanager
def opened_store(url: str) -> Iterator["Store"]:
    """Open an output folder on an object store and bring its manifests here.

    Raises BadUsage when no file system of its scheme is known, RunFailed when it does not answer.
    """
    try:
        FileSystems.get_filesystem(url)
    except ValueError as error:
        raise BadUsage(f"{url!r}: no file system of this scheme is known") from error
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
        with self._answering():
            self._bring(path for path in self._list("_runs") if path.endswith("/manifest.json"))

    def bring_state(self, run_id: str, as_of: datetime, window: timedelta) -> None:
        """Bring the state of earlier runs, or the tables of those whose state is not there.

        Of feeds, the latest memory, and what this run has fetched before.
        """
        manifests = self.folder.manifests()
        earlier = [one for one in manifests if order(one) < (as_of, run_id)]
        mine = [one for one in manifests if one["run_id"] == run_id]
        with self._answering():
            self._check_writable()
            there = self._list("_state")
            wanted: list[str] = []
            for manifest in earlier:
                names = [VERSIONS_NAME]
                names += [SKETCHES_NAME] if order(manifest)[0] >= as_of - window else []
                state = [self._state(manifest, name) for name in names]
                lost = not there.issuperset(state)
                wanted += [file["path"] for file in manifest["files"]] if lost else state
            feeds = [self._state(manifest, FEEDS_NAME, MEMORY) for manifest in earlier]
            wanted += [path for path in feeds if path in there][-1:]
            kept = tuple(self._state(manifest, FEEDS_NAME, KEPT, "") for manifest in mine)
            self._bring([*wanted, *(path for path in there if path.startswith(kept))])
        self._old = {path for path in there if path.startswith(f"_state/{folder_name(run_id)}/")}
        self._old |= {file["path"] for manifest in mine for file in manifest["files"]}

    def bring_tables(self) -> list[str]:
        named = {file["path"] for one in self.folder.manifests() for file in one["files"]}
        with self._answering():
            there = set[str]().union(*map(self._list, TABLES))
            self._bring(there & named)
        return sorted(there)

    def publish(self, manifest: dict[str, Any]) -> None:
        """Put the run that was published in `folder`, its manifest last."""
        run, state = self.folder.run(manifest["run_id"]), self.folder.state(manifest["run_id"])
        files = {file["path"]: self._here(file["path"]) for file in manifest["files"]}
        files |= {self._state(manifest, name): path for name, path in _files(state)}
        beside = {os.path.relpath(path, self.folder.root): path for _, path in _files(run)}
        last = os.path.relpath(self.folder.manifest(manifest["run_id"]), self.folder.root)
        with self._answering():
            self._at_once(self._put, files.items())
            self._at_once(self._put, beside.items() - {(last, beside[last])})
            self._put((last, beside[last]))
            FileSystems.delete([self._there(path) for path in sorted(self._old - files.keys())])

    def _state(self, manifest: dict[str, Any], *names: str) -> str:
        """Return a path on the store, below the folder of the state of a published run."""
        content = Path(self.folder.manifest(manifest["run_id"])).read_bytes()
        name = folder_name(manifest["run_id"])
        return "/".join(("_state", name, sha256(content).hexdigest()[:16], *names))

    def _there(self, path: str) -> str:
        return f"{self._url}/{path}"

    def _here(self, path: str) -> str:
        parts = path.split("/")
        if parts[0] == "_state":
            del parts[2]
        return os.path.join(self.folder.root, *parts)

    def _list(self, folder: str) -> set[str]:
        (found,) = FileSystems.match([self._there(f"{folder}/**")])
        return {one.path.removeprefix(f"{self._url}/") for one in found.metadata_list}

    def _bring(self, paths: Iterable[str]) -> None:
        self._at_once(self._get, paths)

    def _get(self, path: str) -> None:
        here = self._here(path)
        os.makedirs(os.path.dirname(here), exist_ok=True)
        with _open(self._there(path)) as source, open(here, "wb") as target:
            shutil.copyfileobj(source, target)

    def _put(self, entry: tuple[str, str]) -> None:
        path, here = entry
        with open(here, "rb") as source, _create(self._there(path)) as target:
            shutil.copyfileobj(source, target)

    def _check_writable(self) -> None:
        """Put something and take it away again: a run of hours should not fail at its end."""
        probe = self._there(f"_runs/.probe-{uuid4().hex}")
        with _create(probe) as target:
            target.write(b"wirefold")
        FileSystems.delete([probe])

    @staticmethod
    def _at_once(work: Callable[[Any], None], of: Iterable[Any]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for _ in threads.map(work, of):
                pass

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # file systems raise whatever their clients do
            raise RunFailed(f"{self._url}: {error}") from error


_open = partial(FileSystems.open, compression_type=CompressionTypes.UNCOMPRESSED)
_create = partial(FileSystems.create, compression_type=CompressionTypes.UNCOMPRESSED)


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files below a folder: path below it, with slashes, and path."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), str(path)
