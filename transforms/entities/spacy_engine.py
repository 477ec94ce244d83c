"""Any installed spaCy pipeline as an engine: `spacy:MODEL`, with the extra `spacy`."""

from collections.abc import Callable, Sequence
from typing import Final

from transforms.tagger.spans import Span

# The names that spaCy's pipelines give to what we call PER, LOC, ORG and MISC; others (dates,
# amounts, nationalities) are no entities here.
LABELS: Final = {
    name: label
    for label, names in {
        "PER": "PER PERSON PRS persName",
        "LOC": "LOC GPE FAC GPE_LOC LOCATION placeName geogName",
        "ORG": "ORG GPE_ORG ORGANIZATION orgName",
        "MISC": "MISC EVENT EVT WORK_OF_ART PRODUCT PROD",
    }.items()
    for name in names.split()
}


def load_spacy(model: str) -> Callable[[Sequence[str], Sequence[str]], list[list[Span]]]:
    """Return an engine around the installed spaCy pipeline `model`, with only its NER running.

    Raises ImportError when spaCy, OSError when the pipeline is not installed.
    """
    import spacy  # noqa: PLC0415

    nlp = spacy.load(model)
    needed = {"ner", "entity_ruler", "span_ruler", "tok2vec", "transformer"}
    nlp.select_pipes(enable=[name for name in nlp.pipe_names if name in needed])

    def engine(texts: Sequence[str], languages: Sequence[str]) -> list[list[Span]]:
        nlp.max_length = max(nlp.max_length, *map(len, texts), 1)
        return [
            [
                Span(entity.start_char, entity.end_char, LABELS[entity.label_])
                for entity in doc.ents
                if entity.label_ in LABELS and entity.text.strip()
            ]
            for doc in nlp.pipe(texts)
        ]

    return engine
