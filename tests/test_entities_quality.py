"""What the shipped model reaches: floors that may be raised by anyone."""

import json
import subprocess
import sys

import pytest

from tests.conftest import SHARED, needs_shared
from transforms.tagger import MODEL, find_mentions, load_countries
from transforms.tagger.merge import merge_mentions
from transforms.tagger.spans import Span


def entities(text: str, language: str = "und"):
    (spans,) = find_mentions([text], [language])
    return merge_mentions(text, spans, load_countries(), language)


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("it", "Oggi la Corea del Nord ha risposto.", "KP"),
        ("de", "Heute hat Nordkorea geantwortet.", "KP"),
        ("fr", "La Corée du Nord a répondu.", "KP"),
        ("es", "Ayer Corea del Norte respondió.", "KP"),
        ("nl", "Noord-Korea heeft geantwoord.", "KP"),
        ("pl", "Prezydent poleciał do Korei Północnej.", "KP"),
        ("ru", "Президент прибыл в Северную Корею.", "KP"),
        ("sv", "I går svarade Nordkorea.", "KP"),
        ("tr", "Dün Kuzey Kore yanıt verdi.", "KP"),
        ("el", "Χθες απάντησε η Βόρεια Κορέα.", "KP"),
        ("hi", "कल उत्तर कोरिया ने जवाब दिया।", "KP"),
        ("ar", "ردت كوريا الشمالية أمس", "KP"),
        ("he", "אתמול הגיבה קוריאה הצפונית", "KP"),
        ("ja", "昨日、北朝鮮が回答した。", "KP"),
        ("zh-Hans", "朝鲜昨日作出回应。", "KP"),
        ("ko", "어제 북한은 대답했다.", "KP"),
        ("th", "เมื่อวานเกาหลีเหนือตอบ", "KP"),
        ("uk", "Президент України Володимир Зеленський був у Києві.", "UA"),
        ("uk", "Уряд Німеччини відповів учора.", "DE"),
        ("be", "Учора ён прыехаў у Польшчу.", "PL"),
        ("cs", "Jednali o Ukrajině a Rusku.", "RU"),
        ("it", "Gli Stati Uniti, anzi gli Usa.", "US"),
        ("pl", "Wczoraj Rosja odpowiedziała Niemcom.", "RU"),
    ],
)
def test_countries_are_known_in_any_language(language, text, country):
    assert country in {e.country for e in entities(text, language)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "Il governo nordcoreano e il presidente russo hanno firmato un accordo."),
        ("en", "The weather was fine and nobody came to the meeting on Monday."),
        ("de", "Der Wagen stand am Montag vor dem Haus, und die Tür war offen."),
        ("fr", "Il faisait beau et personne n’est venu à la réunion de lundi."),
    ],
)
def test_adjectives_days_and_nouns_are_no_entities(language, text):
    assert entities(text, language) == ()


def test_a_headline_in_capitals_gives_its_names():
    found = {(e.name, e.label) for e in entities("VLADIMIR PUTIN IN COREA DEL NORD", "it")}
    assert found == {("VLADIMIR PUTIN", "PER"), ("COREA DEL NORD", "LOC")}


@pytest.fixture(scope="module")
def gold():
    lines = (SHARED / "data/ner/seeds_gold.jsonl").read_text("utf-8").splitlines()
    return {d["doc"]: d["entities"] for d in map(json.loads, lines)}


@pytest.fixture(scope="module")
def texts(gold):
    return {name: (SHARED / "seeds" / name).read_text("utf-8") for name in gold}


@needs_shared
class TestSeeds:
    """The five seed articles, labelled by hand, on which nothing was trained."""

    def test_f1(self, gold, texts):
        right = missed = wrong = 0
        for name, text in texts.items():
            (found,) = find_mentions([text], ["it"])
            ok = {Span(g["start"], g["end"], t) for g in gold[name] for t in (g["type"], *g["alt"])}
            required = {(g["start"], g["end"]) for g in gold[name] if not g["optional"]}
            hits = {(s.start, s.end) for s in found if s in ok}
            right += len(required & hits)
            missed += len(required - hits)
            wrong += sum(s not in ok for s in found)
        assert 200 * right / (2 * right + missed + wrong) >= 97.0

    def test_the_eight_most_salient_entities_are_right(self, gold, texts):
        for name, text in texts.items():
            known = {(g["text"], t) for g in gold[name] for t in (g["type"], *g["alt"])}
            for entity in entities(text, "it")[:8]:
                assert {(m.text, entity.label) for m in entity.mentions} <= known

    def test_a_misspelt_president_is_one_person(self, texts):
        first = entities(texts["000_025617ec3dd3fb6d.txt"], "it")[0]
        assert (first.name, first.label) == ("Vladimir Putin", "PER")
        assert {"Vladimir Ptin", "Putin"} == {m.text for m in first.mentions}


def test_the_model_is_small():
    assert MODEL.stat().st_size <= 7_000_000


def test_tagging_needs_no_beam():
    script = (
        "import sys, transforms.tagger as t; t.find_mentions(['Anna'], ['it']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"apache_beam", "pyarrow", "babel", "numba"} & set(done.stdout.split())
