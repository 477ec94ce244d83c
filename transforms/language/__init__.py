"""Tell the language of articles: `detect_language` for one, `DetectLanguage` for all.

The engines are named in `DETECTORS` (engines.py). The default one scores langdetect's profiles
(profiles.py), asks py3langid (second.py) and weighs both (honesty.py).
"""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.metrics import Metrics

from transforms.language.engines import DETECTORS, Detector, load_detector
from transforms.language.honesty import Detection
from transforms.language.profiles import LIMIT
from transforms.records import Article

__all__ = ["DETECTORS", "DetectLanguage", "Detection", "Detector", "detect_language"]

EXTRAS = {"lingua": "lingua"}  # engine -> the module it needs, installed by the extra of its name


def detect_language(article: Article, detector: Detector) -> Article:
    """Return the article with `language` and `language_confidence` set, for `und` also warnings.

    The text is judged; the title joins where the text is shorter than LIMIT. The row's own hint is
    overwritten: it is often a default of the software that wrote it.
    """
    sample = article.text
    if article.title and len(sample) < LIMIT:
        sample = f"{sample}\n{article.title}"
    found = detector(sample)
    why = {found.reason} if found.reason else set()
    why.update(f"language_candidate:{code}" for code in found.candidates)
    return replace(
        article,
        language=found.language,
        language_confidence=found.confidence,
        warnings=tuple(sorted(why.union(article.warnings))) if why else article.warnings,
    )


class DetectLanguage(PTransform[PCollection[Article], PCollection[Article]]):
    """Apply `detect_language` to each article: 1:1, deterministic, no rejects.

    Counters: articles per language code.
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


class _Detect(DoFn):
    def __init__(self, engine: str) -> None:
        self._name = engine

    def setup(self) -> None:
        self._detector = load_detector(self._name)  # on the worker, never in the pickle

    def process(self, article: Article) -> Iterator[Article]:
        found = detect_language(article, self._detector)
        Metrics.counter("DetectLanguage", found.language).inc()
        yield found
