"""The peers of the entity benchmark: spaCy's `ner` and python-crfsuite, trained on our data."""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, minibatch

from tools.ner_data import spans

EPOCHS, BATCH = 4, 16  # of spaCy: its loss still falls, at many times our training time
ITERATIONS = 60  # of L-BFGS

Sentence = tuple[list[str], list[str]]


def spacy_ner(sentences: Sequence[Sentence] = ()) -> Any:  # noqa: ANN401
    """Return a pipeline with spaCy's default `ner` (HashEmbedCNN), trained on `sentences`."""
    fix_random_seed(0)
    nlp = spacy.blank("xx")
    ner = nlp.add_pipe("ner")
    for label in ("PER", "LOC", "ORG"):
        ner.add_label(label)
    examples = [_example(nlp, words, tags) for words, tags in sentences]
    optimizer = nlp.initialize(lambda: examples or [_example(nlp, ["Anna"], ["B-PER"])])
    chance = random.Random(0)
    for _ in range(EPOCHS if examples else 0):
        chance.shuffle(examples)
        for batch in minibatch(examples, BATCH):
            nlp.update(batch, sgd=optimizer, drop=0.1)
    return nlp


def _example(nlp: Any, words: list[str], tags: list[str]) -> Example:  # noqa: ANN401
    return Example(Doc(nlp.vocab, words=words), Doc(nlp.vocab, words=words, ents=_plain(tags)))


def _plain(tags: list[str]) -> list[str]:
    """Return tags without MISC and without an I that has no B."""
    found = ["O"] * len(tags)
    for start, end, label in spans(tags):
        if label != "MISC":
            found[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return found


def _spacy_tags(nlp: Any, sentences: Sequence[Sentence]) -> Iterator[list[str]]:  # noqa: ANN401
    docs = (Doc(nlp.vocab, words=words) for words, _ in sentences)
    for doc in nlp.pipe(docs):
        yield [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]


def _crfsuite(sentences: Sequence[Sentence], path: Path) -> Any:  # noqa: ANN401
    import pycrfsuite  # noqa: PLC0415

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.05, "c2": 0.01, "max_iterations": ITERATIONS})
    for words, tags in sentences:
        trainer.append(list(_crfsuite_features(words)), _plain(tags))
    trainer.train(str(path))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def _crfsuite_features(words: list[str]) -> Iterator[list[str]]:
    padded = ["<s>", "<s>", *words, "</s>", "</s>"]
    for i, word in enumerate(words, 2):
        found = [f"suffix{n}={word[-n:]}" for n in (2, 3, 4)] + [f"prefix3={word[:3]}"]
        for offset in (-2, -1, 0, 1, 2):
            other = padded[i + offset]
            shape = "".join(
                sorted({"A" if c.isupper() else "a" if c.islower() else "0" for c in other})
            )
            found += [f"{offset}={other.lower()}", f"{offset}shape={shape}{other.istitle()}"]
        yield found


def compare(data: Path, share: float) -> None:
    """Train all three on the same share of the training part, print F1 on what is held back."""
    from tools.ner_data import f1, hold_back  # noqa: PLC0415
    from tools.ner_measure import tag_sentences  # noqa: PLC0415
    from tools.train_entities import build_model, read_corpus  # noqa: PLC0415
    from transforms.tagger.crf import Tagger  # noqa: PLC0415

    trains, measures = hold_back(read_corpus(data))
    chance = random.Random(0)
    trains = {n: [s for s in those if chance.random() < share] for n, those in trains.items()}
    everything = [s for those in trains.values() for s in those]
    print(f"{len(everything):,} sentences to train on")
    ours = Tagger(build_model(trains))
    crf = _crfsuite(everything, Path("/tmp") / "wirefold-benchmark.crfsuite")
    nlp = spacy_ner(everything)

    def tags_of(name: str, sentences: Sequence[Sentence]) -> Mapping[str, list[list[str]]]:
        return {
            "ours": tag_sentences(ours, name, sentences),
            "crfsuite": [crf.tag(list(_crfsuite_features(ws))) for ws, _ in sentences],
            "spaCy": list(_spacy_tags(nlp, sentences)),
        }

    sums: dict[str, list[float]] = {}
    for name, sentences in measures.items():
        gold = [tags for _, tags in sentences]
        scores = {peer: f1(gold, found) for peer, found in tags_of(name, sentences).items()}
        for peer, score in scores.items():
            sums.setdefault(peer, []).append(score)
        print(f"{name:28}", "  ".join(f"{peer} {score:.1f}" for peer, score in scores.items()))
    print(f"{'mean':28}", "  ".join(f"{peer} {np.mean(s):.1f}" for peer, s in sums.items()))
