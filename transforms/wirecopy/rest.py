"""Blocks at rest: arrays of many keys, pairs or articles lie in files, and Beam carries the paths.

In-process Beam holds what it carries in memory several times over.
"""

import pickle
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from transforms.rows import create, new_path, open_to_read

Block = TypeVar("Block")


@dataclass(frozen=True, slots=True)
class Rest(Generic[Block]):
    """A block in a file that nobody else uses."""

    path: str

    def read(self) -> Block:
        """Read the block."""
        with open_to_read(self.path) as file:
            return cast(Block, pickle.load(file))

    def share(self) -> Block:
        """Return the block that all elements of a step need, read once a process."""
        return cast(Block, _shared(self))


def lay(block: Block, folder: str) -> Rest[Block]:
    """Write a block to a new file in `folder`, on any file system."""
    path = new_path(folder, ".block")
    with create(path) as file:
        pickle.dump(block, file, pickle.HIGHEST_PROTOCOL)
    return Rest(path)


@lru_cache(maxsize=2)  # a register and a verdict
def _shared(rest: Rest[Any]) -> Any:  # noqa: ANN401
    return rest.read()
