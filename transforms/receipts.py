"""Carry what a pipeline says of itself to whoever started it, on any runner: `WriteReceipts`.

Counters are not enough: the names and hashes of files, and what became of each source, are results.
They are few and light, so they end in one JSON file.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from apache_beam import DoFn, Flatten, ParDo, PCollection, PTransform
from apache_beam.transforms.combiners import ToList
from apache_beam.typehints.decorators import no_annotations

from transforms.rows import create


class WriteReceipts(PTransform[tuple[PCollection[Any], ...], PCollection[str]]):
    """Write the dataclasses of several collections to the JSON file `path`.

    The file holds {class name: [fields, ...]}.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    @no_annotations  # type: ignore[untyped-decorator] # Beam knows no type of several inputs
    def expand(self, receipts: tuple[PCollection[Any], ...]) -> PCollection[str]:
        return receipts | Flatten() | ToList() | ParDo(_Write(self._path)).with_output_types(str)


class _Write(DoFn):
    def __init__(self, path: str) -> None:
        self._path = path

    def process(self, receipts: list[Any]) -> Iterator[str]:
        found: dict[str, list[dict[str, Any]]] = {}
        for receipt in receipts:
            found.setdefault(type(receipt).__name__, []).append(asdict(receipt))
        with create(self._path) as file:
            file.write(json.dumps(found).encode())
        yield self._path
