"""Join what FoldWireCopy found to the rows of the run: `apply_verdicts`, `ApplyVerdicts`."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.pvalue import AsList

from transforms.records import RowFile
from transforms.rows import lay_rows, read_columns, versions
from transforms.schemas import DECIDED, KEPT, VERDICTS

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

    Articles come first, then duplicates; in each the order stays. The story of a row is the
    verdict's, else that of the item's earlier version, else its own.
    """
    original = pa.Table.from_pylist([_ORIGINAL], schema=VERDICTS)
    table = pa.concat_tables([*verdicts, original]).combine_chunks()
    at = pc.index_in(versions(kept), value_set=versions(table).combine_chunks())
    found = table.take(pc.fill_null(at, table.num_rows - 1))
    told = pc.if_else(pc.is_null(at), pa.scalar(None, pa.string()), found["story_id"])
    columns = {name: kept[name] for name in kept.column_names}
    columns |= {name: found[name] for name in ("duplicate_of", "reuse", "reuse_of", "copies")}
    columns["story_id"] = pc.coalesce(told, kept["story_id"], kept["article_id"])
    decided = pa.table([columns[name] for name in DECIDED.names], schema=DECIDED)
    copy = pc.is_valid(decided["duplicate_of"])
    return pa.concat_tables([decided.filter(pc.invert(copy)), decided.filter(copy)])


class ApplyVerdicts(PTransform[PCollection[RowFile], PCollection[RowFile]]):
    """Apply `apply_verdicts` to the one KEPT file of the run: 1:1, to a new file in `folder`."""

    def __init__(self, folder: str, verdicts: PCollection[pa.Table]) -> None:
        super().__init__()
        self._folder, self._verdicts = folder, verdicts

    def expand(self, kept: PCollection[RowFile]) -> PCollection[RowFile]:
        apply = ParDo(_Apply(self._folder), AsList(self._verdicts))
        return kept | apply.with_output_types(RowFile)


class _Apply(DoFn):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(self, kept: RowFile, verdicts: list[pa.Table]) -> Iterator[RowFile]:
        rows = read_columns(kept.path, KEPT.names)
        yield lay_rows(apply_verdicts(rows, verdicts), self._folder)
