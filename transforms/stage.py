"""Put articles to rest: `write_staged` for a batch, `Stage` for many.

A text crosses no shuffle: it is written here, with its sketch beside it, and read once more by
WritePartitions. What flows on between are paths, row numbers and verdicts.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa
from apache_beam import ParDo, PCollection, PTransform
from apache_beam.metrics import Metrics

from transforms.buffer import BufferingDoFn
from transforms.pulse import pulse
from transforms.records import Article, Staged
from transforms.rows import NUMBERS, new_path, write_rows
from transforms.schemas import ARTICLES, SKETCHES
from transforms.sketch import sketch_texts


def write_staged(articles: Sequence[Article], folder: str) -> Staged:
    """Write articles and their sketches to two new IPC files in `folder`.

    Rows are sorted by (date, language, event_at, article_id, content_hash), so that a partition's
    rows lie together.
    """
    ordered = sorted(articles, key=_order)
    rows = articles_table(ordered)
    sketches = sketches_table(rows)
    paths = new_path(folder, ".articles.arrow"), new_path(folder, ".sketches.arrow")
    write_rows(paths[0], rows)
    write_rows(paths[1], sketches, NUMBERS)
    return Staged(articles=paths[0], sketches=paths[1], rows=len(ordered))


def articles_table(articles: Sequence[Article]) -> pa.Table:
    """Return the articles as a table of schema ARTICLES."""
    columns = [_array(field.type, [getattr(a, field.name) for a in articles]) for field in ARTICLES]
    return pa.table(columns, schema=ARTICLES)


def sketches_table(rows: pa.Table) -> pa.Table:
    """Return the SKETCHES row of each row of `rows`, a table with the columns it needs of ARTICLES.

    `story_id` is null: nobody knows it yet.
    """
    texts = rows["text"].to_pylist()
    columns: dict[str, Any] = {
        "story_id": pa.nulls(len(texts), pa.string()),
        "length": pa.array([len(text) for text in texts], pa.int32()),
        **sketch_texts(texts).columns(),
    }
    columns |= {name: rows[name] for name in SKETCHES.names if name not in columns}
    return pa.table([columns[name] for name in SKETCHES.names], schema=SKETCHES)


class Stage(PTransform[PCollection[Article], PCollection[Staged]]):
    """Write each bundle's articles to files in `folder`: at rest once, one `Staged` a file pair.

    Files of a bundle that failed are left behind unnamed; the run's end clears `folder`.
    Counter: `articles`.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def expand(self, articles: PCollection[Article]) -> PCollection[Staged]:
        return articles | ParDo(_Stage(self._folder)).with_output_types(Staged)


class _Stage(BufferingDoFn[Article]):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def weigh(self, article: Article) -> int:
        return len(article.text)

    def flush(self, articles: list[Article]) -> Iterator[Staged]:
        Metrics.counter("Stage", "articles").inc(len(articles))
        yield write_staged(articles, self._folder)
        pulse(self._folder, "staged", len(articles))


def _order(article: Article) -> tuple[Any, ...]:
    return (
        article.date,
        article.language,
        article.event_at,
        article.article_id,
        article.content_hash,
    )


def _array(kind: pa.DataType, values: list[Any]) -> pa.Array:
    """Return `values` as an array of type `kind`; structs in lists are records."""
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        return pa.array(values, kind)
    records = list(chain.from_iterable(values))
    fields = list(kind.value_type)
    children = [_array(field.type, [getattr(r, field.name) for r in records]) for field in fields]
    offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
    return pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(children, fields=fields), type=kind
    )
