"""What an item inherits from the place where it was read, and how it is refused there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from transforms.records import SAMPLE_BYTES, ItemError

WHOLE_BYTES: Final = 64 << 20  # longest file of a format that is read whole into memory
ROW_BYTES: Final = 16 << 20  # longest row; the longest article of the test corpora has 0.4 MB


@dataclass(frozen=True, slots=True)
class Origin:
    """A file as its items see it."""

    uri: str  # absolute and percent-encoded
    place: str  # given folder's name and the path below it
    folder: str  # name of the folder that holds it: the outlet of items that name none
    fields: Mapping[str, str] = field(default_factory=dict)  # --map: field -> column


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that a format could not read."""

    uri: str
    error: ItemError
    sample: str = ""


def sample(data: bytes | str) -> str:
    """Return the beginning of an item in at most SAMPLE_BYTES of UTF-8, for a reject row."""
    if isinstance(data, str):
        data = data[:SAMPLE_BYTES].encode("utf-8", "replace")
    text = data[:SAMPLE_BYTES].decode("utf-8", "replace")
    while len(text.encode()) > SAMPLE_BYTES:  # each undecodable byte became three
        text = text[: len(text) * 9 // 10]
    return text
