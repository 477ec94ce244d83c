"""Find the persons, places and organisations that articles name.

`extract_entities` for some articles, `ExtractEntities` for all. An engine finds mentions; merging
them into entities is the same for every engine. The engine that ships, and the merging, are
`transforms/tagger/`: they know no Beam.

To add an engine, write its factory and name it in `EXTRACTORS`: the command line and the contract
tests read that table.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from transforms.entities.spacy_engine import load_spacy
from transforms.records import Article
from transforms.tagger import find_mentions, load_countries, load_tagger
from transforms.tagger.merge import merge_mentions
from transforms.tagger.spans import Span

# texts and their languages -> the mentions of each text: in text order, never overlapping
Engine = Callable[[Sequence[str], Sequence[str]], list[list[Span]]]

# numpy's cost per call is spread over a batch; its arrays take about 100 bytes per character.
BATCH_ARTICLES: Final = 64
BATCH_CHARACTERS: Final = 256_000


def extract_entities(articles: Sequence[Article], engine: Engine) -> list[Article]:
    """Return copies of `articles` with `entities` set, in the same order."""
    found = engine([a.text for a in articles], [a.language for a in articles])
    countries = load_countries()
    return [
        replace(a, entities=merge_mentions(a.text, spans, countries, a.language))
        for a, spans in zip(articles, found, strict=True)
    ]


class ExtractEntities(PTransform[PCollection[Article], PCollection[Article]]):
    """Apply `extract_entities` to batches of articles: 1:1, deterministic, no rejects.

    An article's entities do not depend on the batch that it came in. Counters: entities per
    label (`PER`, `LOC`, `ORG`, `MISC`).
    """

    def __init__(self, engine: str = "builtin") -> None:
        """Check `engine`, a name of EXTRACTORS: ValueError says which there are."""
        super().__init__()
        engine_factory(engine)
        self._engine = engine

    def expand(self, pcoll: PCollection[Article]) -> PCollection[Article]:
        return pcoll | ParDo(_Extract(self._engine)).with_output_types(Article)


class _Extract(DoFn):
    def __init__(self, engine: str) -> None:
        self._name = engine

    def setup(self) -> None:
        self._engine = load_engine(self._name)  # models load on the worker, never in the pickle

    def start_bundle(self) -> None:
        self._waiting: list[WindowedValue] = []
        self._characters = 0

    def process(
        self,
        article: Article,
        timestamp: Any = DoFn.TimestampParam,  # noqa: ANN401
        window: Any = DoFn.WindowParam,  # noqa: ANN401
    ) -> Iterator[WindowedValue]:
        self._waiting.append(WindowedValue(article, timestamp, (window,)))
        self._characters += len(article.text)
        if len(self._waiting) == BATCH_ARTICLES or self._characters >= BATCH_CHARACTERS:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from self._flush()

    def _flush(self) -> Iterator[WindowedValue]:
        batch = self._waiting
        self.start_bundle()
        found = extract_entities([waiting.value for waiting in batch], self._engine)
        labels = Counter(entity.label for article in found for entity in article.entities)
        for label, count in labels.items():
            Metrics.counter("ExtractEntities", label).inc(count)
        for waiting, article in zip(batch, found, strict=True):
            yield waiting.with_value(article)


def engine_factory(name: str) -> Callable[[], Engine]:
    """Return what loads the engine called `name`: a name of EXTRACTORS or `spacy:MODEL`."""
    kind, colon, model = name.partition(":")
    if kind not in EXTRACTORS or bool(colon) != (kind == "spacy") or bool(colon) != bool(model):
        known = ", ".join("spacy:MODEL" if k == "spacy" else k for k in EXTRACTORS)
        raise ValueError(f"unknown entity engine {name!r}; known: {known}")
    return lambda: EXTRACTORS[kind](model)


@cache  # one copy of a model per process, whatever the number of worker threads
def load_engine(name: str) -> Engine:
    """Load the engine called `name`, once per process."""
    return engine_factory(name)()


def _load_builtin(_: str) -> Engine:
    load_tagger()
    return find_mentions


def _load_none(_: str) -> Engine:
    return lambda texts, languages: [[] for _ in texts]


EXTRACTORS: Final[dict[str, Callable[[str], Engine]]] = {
    "builtin": _load_builtin,
    "none": _load_none,
    "spacy": load_spacy,
}
