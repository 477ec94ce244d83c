"""The golden test: what a run must find in the seeds, as docs/seeds.md tells it."""

from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from pipeline.config import Config
from pipeline.run import run
from pipeline.verify import verify
from tests.conftest import SEEDS, SHARED, needs_shared

AS_OF = datetime(2025, 1, 15, 6, tzinfo=UTC)


class Found(NamedTuple):
    """What one run wrote: its manifest and the rows of each table, in a fixed order."""

    directory: str
    manifest: dict
    articles: list[dict]
    duplicates: list[dict]
    rejects: list[dict]

    def row(self, place: str) -> dict:
        return next(row for row in self.articles + self.duplicates if at(row) == place)

    def place_of(self, article_id: str) -> str:
        return at(next(row for row in self.articles if row["article_id"] == article_id))


def at(row: dict) -> str:
    """Name a row by its file and what follows the #."""
    return row["source_uri"].rpartition("/")[2]


def fold(folder, output) -> Found:
    manifest = run(Config(sources=(str(folder),), output=str(output), as_of=AS_OF))
    tables = {name: [] for name in ("articles", "duplicates", "rejects")}
    for path in sorted(output.rglob("*.parquet")):
        table = path.relative_to(output).parts[0]
        if table in tables:
            tables[table] += pq.ParquetFile(path).read().to_pylist()
    return Found(str(output), manifest, **tables)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> Found:
    return fold(SEEDS, tmp_path_factory.mktemp("seeds"))


def test_every_item_is_accounted_for(seeds):
    counts = seeds.manifest["counts"]
    assert {name: counts[name] for name in ("read", "articles", "duplicates")} == {
        "read": 34,
        "articles": 21,
        "duplicates": 9,
    }
    assert (counts["unchanged"], counts["rejects"]) == (1, 3)
    assert (len(seeds.articles), len(seeds.duplicates), len(seeds.rejects)) == (21, 9, 3)
    assert verify(seeds.directory) == []


def test_broken_items_are_refused_with_a_reason_and_the_rest_is_read(seeds):
    assert {at(row): row["reason"] for row in seeds.rejects} == {
        "half-export.json#1": "bad_json",
        "agency.jsonl#4": "bad_json",
        "syndication.csv#6": "no_text",
    }


def test_the_languages_are_told_whatever_a_row_claims(seeds):
    expected = {"it": 7, "de": 4, "es": 3, "en": 1, "fr": 1, "ja": 1, "nl": 1, "pl": 1, "pt": 1}
    assert seeds.manifest["counts"]["languages"] == expected | {"ru": 1}
    assert Counter(row["language"] for row in seeds.articles) == expected | {"ru": 1}
    for copy in seeds.duplicates:
        assert copy["language"] == seeds.row(seeds.place_of(copy["duplicate_of"]))["language"]


def test_copies_are_folded_onto_their_originals(seeds):
    found = {
        at(copy): (seeds.place_of(copy["duplicate_of"]), copy["reuse"]) for copy in seeds.duplicates
    }
    assert found == {
        "carrow.html": ("agency.jsonl#1", "near"),
        "syndication.csv#1": ("agency.jsonl#1", "near"),
        "syndication.csv#2": ("valmorin.txt", "exact"),
        "syndication.csv#3": ("sluis.txt", "near"),
        "syndication.csv#7": ("agency.jsonl#2", "near"),
        "syndication.csv#8": ("agency.jsonl#8", "near"),
        "elsach.txt": ("agency.jsonl#3", "near"),
        "bory.txt": ("agency.jsonl#5", "near"),
        "parom.txt": ("agency.jsonl#6", "near"),
    }
    for row in seeds.articles:
        assert row["copies"] == [onto for onto, _ in found.values()].count(at(row))


def test_reused_passages_are_linked_and_nothing_else(seeds):
    links = {
        (at(row), seeds.place_of(link["article_id"]), link["kind"])
        for row in seeds.articles
        for link in row["reuse_of"]
    }
    assert links == {
        ("pyongyang-1.txt", "pyongyang-4.txt", "partial"),
        ("radio-sierra.xml#rs-1047", "radio-sierra.xml#rs-1045", "partial"),
    }
    borrowers = {at(row) for row in seeds.articles if row["reuse"] != "original"}
    assert borrowers == {"pyongyang-1.txt", "radio-sierra.xml#rs-1047"}


def test_every_article_that_stays_has_its_own_story(seeds):
    """The pieces with one footer, the two market notices, both sides of a partial rewrite."""
    for row in seeds.articles:
        assert row["story_id"] == row["article_id"]
    assert seeds.manifest["counts"]["stories"] == 20


def test_a_correction_is_a_second_revision(seeds):
    first, second = seeds.row("agency.jsonl#3"), seeds.row("agency.jsonl#9")
    assert first["article_id"] == second["article_id"]
    assert (first["revision"], second["revision"]) == (1, 2)
    assert {row["revision"] for row in seeds.articles if row is not second} == {1}


def test_dates_are_taken_where_they_are_evident(seeds):
    found = {
        at(row): (f"{row['published_at']:%Y-%m-%d %H:%M}", row["published_precision"])
        for row in seeds.articles + seeds.duplicates
        if row["published_at"]
    }
    assert found == {
        "agency.jsonl#1": ("2024-09-12 05:15", "second"),
        "agency.jsonl#2": ("2024-10-03 09:00", "second"),
        "agency.jsonl#3": ("2024-10-17 09:40", "second"),
        "agency.jsonl#5": ("2024-11-05 00:00", "day"),
        "agency.jsonl#6": ("2024-11-14 08:00", "second"),
        "agency.jsonl#8": ("2024-11-18 10:20", "second"),
        "agency.jsonl#9": ("2024-10-17 12:05", "second"),
        "bory.txt": ("2024-11-06 00:00", "day"),
        "brauhaus.txt": ("2024-10-21 00:00", "day"),
        "carrow.html": ("2024-09-12 16:05", "second"),
        "pyongyang-4.txt": ("2024-06-01 00:00", "month"),
        "pyongyang-5.txt": ("2024-06-01 00:00", "month"),
        "radio-sierra.xml#rs-1045": ("2024-11-21 08:15", "second"),
        "radio-sierra.xml#rs-1046": ("2024-11-21 12:30", "second"),
        "radio-sierra.xml#rs-1047": ("2024-11-24 19:00", "second"),
        "sluis.txt": ("2024-06-04 00:00", "day"),
        "stadtbad.txt": ("2024-10-23 00:00", "day"),
        "syndication.csv#1": ("2024-09-13 00:00", "day"),
        "syndication.csv#2": ("2024-09-28 00:00", "day"),
        "syndication.csv#4": ("2024-10-08 00:00", "day"),
        "syndication.csv#5": ("2024-10-09 00:00", "day"),
        "syndication.csv#7": ("2024-10-04 07:30", "second"),
        "syndication.csv#8": ("2024-11-19 00:00", "day"),
        "valmorin.txt": ("2024-09-27 00:00", "day"),
    }
    assert "date_rejected" in seeds.row("syndication.csv#3")["warnings"]


def test_titles_and_authors_come_from_fields_and_header_lines_alone(seeds):
    """Captions, subscription boxes and first lines are none."""
    said = {
        at(row): (row["title"], row["authors"], row["source"])
        for row in seeds.articles + seeds.duplicates
        if at(row).endswith(".txt") and row["title"]
    }
    assert said == {
        "bory.txt": (
            "Koniec pożaru pod Borami. Pomogła woda z jeziora",
            ["Tomasz Kalinowy"],
            "Kurier Borowski",
        ),
        "sluis.txt": ("Sluis van Oudewaarde draait weer op de hand", [], "Waardse Courant"),
        "valmorin.txt": (
            "À Valmorin, le tramway passera par la gare de triage",
            ["Mathilde Cazenave"],
            "Le Valmorinois",
        ),
    }
    assert seeds.row("carrow.html")["authors"] == ["Penelope Grigg"]
    assert seeds.row("carrow.html")["title"].startswith("Bus number 14 goes first")
    assert seeds.row("pyongyang-4.txt")["source"] == "seeds"


def test_tracking_parameters_are_no_part_of_a_url(seeds):
    assert seeds.row("agency.jsonl#1")["url"] == "https://westline.example/en/carrow-bridge"
    assert seeds.row("syndication.csv#2")["url"] == "https://echo-valmorin.example/tram-2"


def test_people_and_countries_are_named(seeds):
    for number in range(1, 6):
        entities = seeds.row(f"pyongyang-{number}.txt")["entities"]
        assert {"KP", "UA"} <= {entity["country"] for entity in entities}
        assert "PER" in {entity["label"] for entity in entities if "Putin" in entity["name"]}
    assert {entity["country"] for entity in seeds.row("agency.jsonl#8")["entities"]} == {"FR"}


def test_a_misspelt_name_joins_the_right_one(seeds):
    putin = {
        entity["name"]: [mention["text"] for mention in entity["mentions"]]
        for entity in seeds.row("pyongyang-1.txt")["entities"]
        if entity["label"] == "PER"
    }["Vladimir Putin"]
    assert putin[0] == "Vladimir Ptin"
    assert len(putin) == 5


@needs_shared
def test_the_five_articles_beside_the_checkout(tmp_path):
    found = fold(SHARED / "seeds", tmp_path)
    assert [row["language"] for row in found.articles] == ["it"] * 5
    assert found.duplicates == found.rejects == []
    links = {
        (at(row)[:3], found.place_of(link["article_id"])[:3], link["kind"])
        for row in found.articles
        for link in row["reuse_of"]
    }
    assert links == {("000", "003", "partial")}
