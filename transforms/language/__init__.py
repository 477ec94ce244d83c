"""Tell the language of articles: `detect_languages` for some, `DetectLanguage` for all.

The engines are named in `DETECTORS` (engines.py). The default one scores langdetect's profiles
(profiles.py), asks py3langid (second.py) and weighs both (honesty.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Final

from apache_beam import ParDo, PCollection, PTransform
from apache_beam.metrics import Metrics

from transforms.buffer import BufferingDoFn
from transforms.language.engines import DETECTORS, Detector, load_detector
from transforms.language.honesty import Detection
from transforms.language.profiles import LIMIT
from transforms.records import Article

__all__ = ["DETECTORS", "DetectLanguage", "Detection", "Detector", "detect_languages"]

EXTRAS: Final = {"lingua": "lingua"}  # engine and extra -> the module that the extra installs


def detect_languages(articles: Sequence[Article], detector: Detector) -> list[Article]:
    """Return copies of `articles` with `language` and `language_confidence` set, in their order.

    The text is judged; the title joins where the text is shorter than LIMIT. The row's own hint is
    overwritten: it is often a default of the software that wrote it. `und` adds warnings.
    """
    found = detector([_sample(article) for article in articles])
    return [_with(article, one) for article, one in zip(articles, found, strict=True)]


def _sample(article: Article) -> str:
    if article.title and len(article.text) < LIMIT:
        return f"{article.text}\n{article.title}"
    return article.text


def _with(article: Article, found: Detection) -> Article:
    why = {f"language_candidate:{code}" for code in found.candidates}
    why.update([found.reason] if found.reason else [])
    return replace(
        article,
        language=found.language,
        language_confidence=found.confidence,
        warnings=tuple(sorted(why.union(article.warnings))) if why else article.warnings,
    )


class DetectLanguage(PTransform[PCollection[Article], PCollection[Article]]):
    """Apply `detect_languages` to batches of articles: 1:1, deterministic, no rejects.

    An article's language does not depend on the batch that it came in. Counters: articles per
    language code.
    """

    def __init__(self, engine: str = "langdetect") -> None:
        """Check `engine`, a name of DETECTORS: ValueError says which there are."""
        super().__init__()
        if engine not in DETECTORS:
            raise ValueError(f"unknown language engine {engine!r}; known: {', '.join(DETECTORS)}")
        if engine in EXTRAS and not find_spec(EXTRAS[engine]):
            raise ValueError(f"language engine {engine!r} is not installed: wirefold[{engine}]")
        self._engine = engine

    def expand(self, pcoll: PCollection[Article]) -> PCollection[Article]:
        return pcoll | ParDo(_Detect(self._engine)).with_output_types(Article)


class _Detect(BufferingDoFn[Article]):
    rows = 64  # numpy's cost per call is spread over a batch: 2.5 times faster than one by one

    def __init__(self, engine: str) -> None:
        self._name = engine

    def setup(self) -> None:
        self._detector = load_detector(self._name)  # on the worker, never in the pickle

    def flush(self, records: list[Article]) -> Iterator[Article]:
        for found in detect_languages(records, self._detector):
            Metrics.counter("DetectLanguage", found.language).inc()
            yield found

    def weigh(self, record: Article) -> int:
        return len(record.text)
