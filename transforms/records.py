"""The records that flow between steps, and how an item can be refused.

Records are frozen: a step that adds something returns a copy (`dataclasses.replace`).

    ItemError               the item is at fault, never the code: it becomes a `Rejected`
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

UNDETERMINED: Final = "und"  # ISO 639-2, for a text whose language cannot be told
SAMPLE_BYTES: Final = 4096  # most of a refused item that a reject row keeps


class ItemError(ValueError):
    """An item cannot become an article; the run goes on without it.

    `reason` is a word of the catalogue in docs/rejects.md. `retryable` says that the same item
    may succeed later (a time-out, an embargo), so that a schedule need not raise an alarm.
    """

    def __init__(self, reason: str, detail: str, *, retryable: bool = False) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.retryable = reason, detail, retryable

    def __reduce__(self) -> tuple[object, ...]:
        return _item_error, (self.reason, self.detail, self.retryable)


def _item_error(reason: str, detail: str, retryable: bool) -> ItemError:
    return ItemError(reason, detail, retryable=retryable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Where an entity is named: `article.text[start:end] == text`, in Unicode code points."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A person, place or organisation of one article, with all its mentions in text order."""

    name: str  # the best full surface form in the article
    label: str  # PER, LOC, ORG or MISC
    country: str | None = None  # ISO 3166-1 alpha-2, for a country
    count: int  # len(mentions)
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseLink:
    """A link to an earlier article that shares passages with this one."""

    article_id: str
    kind: str  # exact, near or partial
    coverage: float  # share of this article that the passages cover, 0..1
    coverage_other: float  # the same for the other article


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One version of one news article: at the end of the pipeline, one Parquet row.

    The fields are the columns of the contract (docs/contract.md), in their order. Readers fill
    those up to `fetched_at` and `content_hash`; later steps fill the rest.
    """

    article_id: str
    source: str
    source_uri: str
    url: str | None = None
    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str
    published_at: datetime | None = None  # UTC
    published_precision: str | None = None  # second, day, month or year
    event_at: datetime  # UTC; published_at, else the run's as-of
    fetched_at: datetime | None = None  # UTC; when it came over the network
    language: str = UNDETERMINED  # BCP 47; readers put the row's own hint, DetectLanguage decides
    language_confidence: float = 0.0  # 0..1
    entities: tuple[Entity, ...] = ()
    story_id: str = ""
    duplicate_of: str | None = None
    reuse: str = "original"  # original, exact, near or partial
    reuse_of: tuple[ReuseLink, ...] = ()
    copies: int = 0
    revision: int = 1
    content_hash: str
    warnings: tuple[str, ...] = ()  # words of the catalogue in docs/rejects.md, sorted
    run_id: str = ""

    @property
    def date(self) -> date:
        """The UTC day the row belongs to."""
        return self.event_at.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An item that could not become an article, with what is needed to look into it by hand."""

    source_uri: str
    step: str  # the PTransform that refused it, e.g. "ReadFiles"
    reason: str  # a word of the catalogue in docs/rejects.md
    detail: str
    sample: str = ""  # the beginning of the item, at most SAMPLE_BYTES of UTF-8
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRead:
    """What one source, or a piece of it, gave: added up in the manifest by `uri`."""

    uri: str
    kind: str  # file, folder, glob, feed, page, list
    status: str = "ok"  # ok, not_modified, partial or failed
    items: int = 0
    # Of feeds and pages alone: the bytes of the body, unpacked, and the time to fetch and read it.
    bytes: int = field(default=0, compare=False)
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """How many items were left out, for nothing about them is new."""

    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A pair of staged Arrow IPC files: articles with their texts, and their sketches.

    Row k of `sketches` (schema SKETCHES) describes row k of `articles`. Rows are sorted by
    (date, language, event_at, article_id, content_hash).
    """

    articles: str  # path
    sketches: str  # path
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchFile:
    """A file of SKETCHES rows for FoldWireCopy, and the numbers of the rows it must not see.

    `published` files are an earlier run's: their `story_id` column is filled and fixed.
    """

    path: str
    skip: tuple[int, ...] = ()
    published: bool = False


@dataclass(frozen=True, slots=True)
class RowFile:
    """An Arrow IPC file of what is decided about the run's rows: of schema KEPT, later DECIDED."""

    path: str
    rows: int
