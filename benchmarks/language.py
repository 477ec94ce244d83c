"""How right, honest and fast the language engines are: `python -m benchmarks.language [ENGINE]`.

Reads news sentences in 75 languages, `data/language/sentences-dev.jsonl.gz` in the folder `shared`
beside the checkout. The limits of honesty.py were chosen on the even sentences of each language;
everything here is measured on the odd ones. Figures are means over languages, so that each counts
the same. Speed is CPU time against the library langdetect on the same texts in the same run.
"""

import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from time import process_time

from langdetect import DetectorFactory, LangDetectException, detect_langs

from transforms.language.engines import DETECTORS, Detector, load_detector
from transforms.language.honesty import MACRO

ROOT = Path(__file__).parent.parent
SENTENCES = Path("shared", "data", "language", "sentences-dev.jsonl.gz")
# The languages of langdetect: 51 of those in the data, another 23 it does not know.
PROFILES = files("langdetect") / "profiles"
KNOWN = frozenset(entry.name.partition("-")[0] for entry in PROFILES.iterdir())
UNSPACED = frozenset({"ja", "th", "zh"})
BATCH = 64

Sample = tuple[str, str]  # language, text


def main() -> None:
    """Print quality per kind of text, then speed, for the engines named as arguments."""
    names = sys.argv[1:] or ["langdetect"]
    if unknown := set(names) - set(DETECTORS):
        sys.exit(f"unknown engine {sorted(unknown)}; known: {', '.join(DETECTORS)}")
    kinds = make_samples(read_sentences()[1])
    print(f"{'engine':<22}{'texts':<22}{'right':>8}{'und':>8}{'label':>8}    per cent, means")
    for name in names:
        for kind, samples in kinds.items():
            right, und, label = quality(samples, load_detector(name))
            print(f"{name:<22}{kind:<22}{right:8.2f}{und:8.2f}{label:8.2f}")
    print("right: of the known languages' texts with an answer; und: of all of theirs;")
    print("label: texts in languages that langdetect does not know which get a label all the same")
    for name in names:
        error = calibration_error(kinds["headline"], load_detector(name))
        print(f"{name}, headline: confidence off by {error:.2f} points")
        print(*speeds(kinds, load_detector(name), name), sep="\n")


def read_sentences() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the even and the odd sentences of each language, shuffled once."""
    places = [folder / SENTENCES for folder in ROOT.parents]  # a worktree lies one folder deeper
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        sys.exit(f"{SENTENCES} is not beside this checkout")
    found = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            found[MACRO.get(row["lang"], row["lang"])].append(row["text"])
    for sentences in found.values():
        random.Random(1).shuffle(sentences)
    return {k: v[::2] for k, v in found.items()}, {k: v[1::2] for k, v in found.items()}


def make_samples(sentences: dict[str, list[str]], most: int = 250) -> dict[str, list[Sample]]:
    """Return texts of each kind, at most `most` for a language."""
    kinds: dict[str, list[Sample]] = defaultdict(list)
    for language, all_of_it in sentences.items():
        some = all_of_it[:most]
        kinds["headline"] += [(language, headline(text)) for text in some]
        short = [text for text in all_of_it if len(text) <= 60][:most]
        kinds["short sentence"] += [(language, text) for text in short]
        kinds["sentence"] += [(language, text) for text in some]
        if any(map(str.islower, some[0])):
            kinds["sentence in capitals"] += [(language, text.upper()) for text in some]
            kinds["headline in capitals"] += [(language, headline(text).upper()) for text in some]
        glue = "" if language in UNSPACED else " "
        for size in (500, 1500):
            texts = articles(all_of_it, glue, size, most // 4)
            kinds[f"article of {size}"] += [(language, text) for text in texts]
    return kinds


def headline(text: str, size: int = 60) -> str:
    """Return the beginning of `text`, cut between words where it has words."""
    cut = text[: size + 1]
    return text if len(text) <= size else cut[: cut.rfind(" ")] if " " in cut[20:] else cut[:size]


def articles(sentences: list[str], glue: str, size: int, count: int) -> Iterator[str]:
    """Yield `count` texts of `size` characters made of sentences drawn at random."""
    rng = random.Random(2)
    for _ in range(count):
        yield glue.join(rng.sample(sentences, min(len(sentences), size // 15)))[:size]


def quality(samples: Sequence[Sample], detector: Detector) -> tuple[float, float, float]:
    """Return three shares in per cent, means over languages.

    Right among the answers and `und` among all texts of known languages; labelled texts among
    those of unknown languages.
    """
    texts = [text for _, text in samples]
    answers: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(texts), BATCH):
        found = detector(texts[start : start + BATCH])
        for (language, _), one in zip(samples[start : start + BATCH], found, strict=True):
            answers[language].append(_plain(one.language))
    known = {k: v for k, v in answers.items() if k in KNOWN}
    named = {k: [a for a in v if a != "und"] for k, v in answers.items()}
    right = [named[k].count(k) / len(named[k]) for k in known if named[k]]
    und = [v.count("und") / len(v) for v in known.values()]
    label = [len(named[k]) / len(v) for k, v in answers.items() if k not in KNOWN]
    return _mean(right), _mean(und), _mean(label)


def calibration_error(samples: Sequence[Sample], detector: Detector) -> float:
    """Return how far confidence and the share of right answers lie apart, in points of per cent.

    Over the answers to known languages in ten bins of confidence, each by its number of answers.
    """
    known = [sample for sample in samples if sample[0] in KNOWN]
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for (language, _), one in zip(known, detector([text for _, text in known]), strict=True):
        if one.language != "und":
            right = _plain(one.language) == language
            bins[int(10 * one.confidence)].append((one.confidence, right))
    gaps = [abs(sum(confidence - right for confidence, right in found)) for found in bins.values()]
    return 100 * sum(gaps) / sum(map(len, bins.values()))


def speeds(kinds: dict[str, list[Sample]], detector: Detector, name: str) -> Iterator[str]:
    """Yield a line for each kind: milliseconds per text and how many times the library's pace."""
    DetectorFactory.seed = 0
    for kind in ("headline", "sentence", "article of 1500"):
        texts = [text for language, text in kinds[kind] if language in KNOWN]
        texts = random.Random(3).sample(texts, 256)
        passes = [(_cost(_library, texts), _cost(detector, texts)) for _ in range(3)]
        library, ours = (min(column) for column in zip(*passes, strict=True))
        yield (
            f"{name}, {kind}: {ours:.3f} ms a text, library {library:.3f} ms,"
            f" ratio {library / ours:.1f}"
        )


def _plain(tag: str) -> str:
    """Return the language of a BCP 47 tag under the name that the data has for it."""
    name = tag.partition("-")[0]
    return MACRO.get(name, name)


def _library(texts: Sequence[str]) -> None:
    for text in texts:
        try:
            detect_langs(text)
        except LangDetectException:
            continue  # a text without letters


def _cost(detect: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    begin = process_time()
    for start in range(0, len(texts), BATCH):
        detect(texts[start : start + BATCH])
    return (process_time() - begin) / len(texts) * 1000


def _mean(shares: Sequence[float]) -> float:
    return 100 * sum(shares) / max(1, len(shares))


if __name__ == "__main__":
    main()
