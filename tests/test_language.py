"""Tests of transforms/language/__init__.py and the contract of every engine."""

from dataclasses import replace
from importlib.util import find_spec

import pytest
from apache_beam import Create, Map
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import AS_OF, counters
from transforms.language import DETECTORS, Detection, DetectLanguage, detect_languages
from transforms.language.engines import GLANCE, load_detector
from transforms.reasons import WARNINGS
from transforms.records import Article

TEXTS = {
    "de": "Der russische Präsident ist in Nordkorea eingetroffen, um Verträge zu unterzeichnen.",
    "en": "The Russian president arrived in North Korea, where he signed a mutual defence treaty.",
    "it": "Il presidente russo è arrivato in Corea del Nord, dove ha firmato un accordo di difesa.",
    "ru": "Российский президент прибыл в Северную Корею, где подписал договор о взаимной обороне.",
}
LATIN = "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani."


def article(text: str, title: str | None = None) -> Article:
    return Article(
        article_id="a",
        source="s",
        source_uri="s",
        title=title,
        text=text,
        event_at=AS_OF,
        content_hash="h",
        language="xx",
        warnings=("zone_assumed",),
    )


@pytest.fixture(params=DETECTORS, scope="module")
def detector(request):
    if request.param == "lingua" and not find_spec("lingua"):
        pytest.skip("the extra `lingua` is not installed")
    return load_detector(request.param)


class TestEveryEngine:
    """The contract: a new entry in DETECTORS is tested by being there."""

    def test_tells_languages_apart(self, detector):
        assert [found.language for found in detector(list(TEXTS.values()))] == list(TEXTS)

    @pytest.mark.parametrize("text", ["", " ", "12/06/2024", "http://a.b/c", "👩‍👩‍👧", "\ud800"])
    def test_a_text_without_letters_is_undetermined(self, detector, text):
        assert [found.language for found in detector([text])] == ["und"]

    @settings(deadline=None, max_examples=50)  # the machine may be busy
    @given(text=st.text(max_size=300))
    @example(text="x" * 20_000)
    @example(text="a\0b")
    def test_any_text_gets_a_language_or_a_reason(self, detector, text):
        (found,) = detector([text])
        assert detector([TEXTS["de"], text, text])[1:] == [found, found]
        if found.language == "und":
            assert found.confidence == 0
            assert found.reason in WARNINGS
        else:
            assert 0 < found.confidence <= 1
            assert found.reason == ""


def test_the_title_joins_a_short_text():
    seen = []

    def spy(texts):
        seen.extend(texts)
        return [Detection(language="it", confidence=0.5)] * len(texts)

    articles = [article("Testo.", "Titolo"), article("x" * 1000, "Titolo"), article("Testo.")]
    found = detect_languages(articles, spy)

    assert seen == ["Testo.\nTitolo", "x" * 1000, "Testo."]
    assert found == [replace(a, language="it", language_confidence=0.5) for a in articles]


STRANGERS = {
    "be": "Прэзідэнт краіны заявіў сёння, што ўрад у хуткім часе прапануе новы закон аб адукацыі.",
    "bs": "Predsjednik kaže da će sljedeće sedmice potpisati zakon o saradnji sa Evropom.",
    "eo": "La prezidanto diris hodiaŭ ke la registaro baldaŭ proponos novan leĝon pri edukado.",
    "eu": "Lehendakariak gaur esan du gobernuak laster hezkuntza lege berri bat proposatuko duela.",
    "ga": "Dúirt an tUachtarán inniu go bhfuil an rialtas chun dlí nua oideachais a mholadh.",
    "gl": "O presidente da Xunta anunciou onte que o goberno galego vai investir nas estradas.",
    "is": "Forsetinn sagði í dag að ríkisstjórnin myndi brátt leggja fram nýtt frumvarp.",
    "ms": "Polis menahan tiga lelaki kerana disyaki terlibat dalam kes rompakan di sebuah kedai.",
    "sr": "Предсједник је изјавио да ће сљедеће седмице бити разматран закон о сарадњи са Европом.",
}


def test_languages_that_langdetect_lacks_are_undetermined_and_named():
    found = load_detector("langdetect")(list(STRANGERS.values()))

    assert [(one.language, one.candidates[0]) for one in found] == [
        ("und", code) for code in STRANGERS
    ]


def test_no_articles_give_none():
    assert detect_languages([], load_detector("langdetect")) == []


def test_und_says_why_and_what_it_may_be():
    (found,) = detect_languages([article(LATIN)], load_detector("langdetect"))

    assert (found.language, found.language_confidence) == ("und", 0.0)
    assert found.warnings[0].startswith("language_candidate:")
    assert "language_candidate:la" in found.warnings
    assert found.warnings[2:] == ("language_unknown", "zone_assumed")


def test_the_second_opinion_reads_on_where_the_beginning_leaves_doubt():
    table = "12 34 56 78 " * 40
    (found,) = load_detector("langdetect")([table[:GLANCE] + TEXTS["it"] * 3])

    assert found.language == "it"


@pytest.mark.parametrize("name", ["", "Langdetect", "fasttext"])
def test_unknown_engine_is_refused_when_the_pipeline_is_built(name):
    with pytest.raises(ValueError, match="known: langdetect, langdetect-reference, lingua"):
        DetectLanguage(name)


def test_articles_come_out_with_their_language_and_are_counted():
    pipeline = BeamPipeline()
    found = pipeline | Create([article(TEXTS["it"]), article(LATIN)]) | DetectLanguage()
    detector = load_detector("langdetect")
    expected = detect_languages([article(TEXTS["it"]), article(LATIN)], detector)
    assert_that(found, equal_to(expected))
    result = pipeline.run()
    result.wait_until_finish()

    assert counters(result) == {"it": 1, "und": 1}


def test_batches_lose_nothing():
    articles = [replace(article("Ciao"), article_id=str(i)) for i in range(150)]
    with BeamPipeline() as pipeline:
        found = pipeline | Create(articles) | DetectLanguage() | Map(lambda a: a.article_id)
        assert_that(found, equal_to([a.article_id for a in articles]))
