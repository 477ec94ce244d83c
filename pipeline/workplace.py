"""Where the workers of a run put it together: a folder that they and the command both reach."""

import json
import os
from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.parse import quote

from pipeline import transfer
from pipeline.manifest import Receipts

RECEIPTS: Final = "receipts.json"  # what the graph writes last, see transforms/receipts.py


class Workplace(Protocol):
    """A folder of one run alone."""

    folder: str  # any path that Beam's file systems know

    def lend(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return the paths by which workers read files of this machine."""

    def receipts(self) -> Receipts:
        """Return what the graph has said; the files that it tells of are on this machine."""


class Here:
    """A folder of this machine, or of a disk that all machines have mounted."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def lend(self, paths: Sequence[str]) -> tuple[str, ...]:
        return tuple(paths)

    def receipts(self) -> Receipts:
        with open(os.path.join(self.folder, RECEIPTS), encoding="utf-8") as file:
            found: Receipts = json.load(file)
        return found


class Elsewhere:
    """A folder on an object store, for workers that see no other; `here` is this machine's."""

    def __init__(self, url: str, here: str) -> None:
        self.folder, self._here = url, here

    def lend(self, paths: Sequence[str]) -> tuple[str, ...]:
        lent = {path: f"{self.folder}/earlier/{quote(path, safe='')}" for path in paths}
        transfer.put(lent.items())
        return tuple(lent.values())

    def receipts(self) -> Receipts:
        path = os.path.join(self._here, RECEIPTS)
        copies: dict[str, str] = {}

        def moved(value: Any) -> Any:  # noqa: ANN401
            if isinstance(value, dict):
                return {name: moved(one) for name, one in value.items()}
            if isinstance(value, list):
                return [moved(one) for one in value]
            if isinstance(value, str) and value.startswith(f"{self.folder}/"):
                here = os.path.join(self._here, value.removeprefix(f"{self.folder}/"))
                copies[here] = value
                return here
            return value

        transfer.bring([(path, f"{self.folder}/{RECEIPTS}")])
        with open(path, encoding="utf-8") as file:
            found: Receipts = moved(json.load(file))
        transfer.bring(copies.items())
        return found

    def clear(self) -> None:
        """Delete what lies in the folder."""
        transfer.drop(f"{self.folder}/{path}" for path in transfer.below(self.folder))
