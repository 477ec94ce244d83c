"""Collect the records of a bundle and handle them together: `BufferingDoFn`."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from apache_beam import DoFn
from apache_beam.transforms.window import GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

Record = TypeVar("Record")


class BufferingDoFn(DoFn, Generic[Record]):
    """A DoFn over batches of at most `rows` records or `characters` of text (bounded input only).

    Subclasses say what to do with a batch (`flush`) and how heavy a record is (`weigh`). Batches
    depend on the bundles: what `flush` yields may not depend on how records are batched, unless
    everything after it is indifferent to that.
    """

    rows = 4096
    characters = 16_000_000

    def flush(self, records: list[Record]) -> Iterable[Any]:
        """Yield what comes of a batch; never called with an empty one."""
        raise NotImplementedError

    def weigh(self, record: Record) -> int:
        """Return the characters of text that `record` holds."""
        raise NotImplementedError

    def start_bundle(self) -> None:
        self._records: list[Record] = []
        self._held = 0

    def process(self, record: Record) -> Iterator[Any]:
        self._records.append(record)
        self._held += self.weigh(record)
        if len(self._records) >= self.rows or self._held >= self.characters:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._records:
            yield from map(GlobalWindows.windowed_value, self._flush())

    def _flush(self) -> Iterable[Any]:
        records = self._records
        self.start_bundle()
        return self.flush(records)
