"""Join what FoldWireCopy found to the rows of the run: `apply_verdicts`, `ApplyVerdicts`."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.pvalue import AsList

from transforms.rows import versions
from transforms.schemas import DECIDED, VERDICTS

_ORIGINAL = {
    "article_id": "",
    "content_hash": "",
    "story_id": "",
    "reuse": "original",
    "reuse_of": [],
    "copies": 0,
}


def apply_verdicts(kept: pa.Table, verdicts: Sequence[pa.Table]) -> pa.Table:
    """Return `kept` (schema KEPT) as DECIDED; a row without a verdict is an original.

    The story of a row is the verdict's, else that of the item's earlier version, else its own.
    """
    original = pa.Table.from_pylist([_ORIGINAL], schema=VERDICTS)
    table = pa.concat_tables([*verdicts, original]).combine_chunks()
    at = pc.index_in(versions(kept), value_set=versions(table).combine_chunks())
    found = table.take(pc.fill_null(at, table.num_rows - 1))
    told = pc.if_else(pc.is_null(at), pa.scalar(None, pa.string()), found["story_id"])
    columns = {name: kept[name] for name in kept.column_names}
    columns |= {name: found[name] for name in ("duplicate_of", "reuse", "reuse_of", "copies")}
    columns["story_id"] = pc.coalesce(told, kept["story_id"], kept["article_id"])
    return pa.table([columns[name] for name in DECIDED.names], schema=DECIDED)


class ApplyVerdicts(PTransform[PCollection[pa.Table], PCollection[pa.Table]]):
    """Apply `apply_verdicts` to the one KEPT table of the run: 1:1."""

    def __init__(self, verdicts: PCollection[pa.Table]) -> None:
        super().__init__()
        self._verdicts = verdicts

    def expand(self, kept: PCollection[pa.Table]) -> PCollection[pa.Table]:
        return kept | ParDo(_Apply(), AsList(self._verdicts)).with_output_types(pa.Table)


class _Apply(DoFn):
    def process(self, kept: pa.Table, verdicts: list[pa.Table]) -> Iterator[pa.Table]:
        yield apply_verdicts(kept, verdicts)
