"""Tests of pipeline/page.py and charts.py: the report as a page."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from types import MappingProxyType

import pytest

from pipeline.figures import Figures, Refused, Story
from pipeline.page import page
from tests.test_report import MANIFEST

EVIL = "<script>alert(1)</script>\"'&\x1b\ud800"
EMPTY = Figures(unit="day", times=(), stories=(), names={}, countries=(), flows=(), refused=())
RUN = MANIFEST | {
    "started_at": "2024-06-20T12:00:00+00:00",
    "finished_at": "2024-06-20T12:00:09+00:00",
    "versions": {"wirefold": "0.1.0"},
    "config": {"output": "out"},
}


def full(text: str = "Headline", many: int = 3) -> Figures:
    """Return figures with everything in them, each text being `text`."""
    return Figures(
        unit="day",
        times=tuple((f"2024-06-{day:02}", day, 31 - day) for day in range(1, 31)),
        stories=tuple(Story(text, text, 3, (text, text)) for _ in range(many)),
        names=MappingProxyType({"PER": ((text, 3),), "LOC": ((text, 1),)}),
        countries=(("KP", 4), ("IT", 1)),
        flows=tuple((f"{text}{n}", text, n + 1) for n in range(many)),
        refused=(
            Refused("empty", 2, ({"source_uri": text, "detail": text, "sample": f"{text}\n"},)),
        ),
    )


class Outline(HTMLParser):
    """Checks that every element is closed in order, and keeps what is asked for."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.captions = 0
        self.feed(markup)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)
        assert len({name for name, _ in attrs}) == len(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("found", [EMPTY, full(), full(EVIL)], ids=["empty", "full", "evil"])
def test_page_is_well_formed_and_needs_nothing_else(found):
    markup = page(RUN, found, [RUN])

    seen = Outline(markup).seen
    assert not {"script", "link", "img", "iframe"} & set(seen)
    assert not re.search(r"(src|href|url\()", markup)
    assert {"header", "main", "footer", "h1"} <= set(seen)
    assert seen.count("table") == seen.count("caption")
    assert seen.count("svg") == len(re.findall("<svg[^>]*><title>", markup))
    markup.encode()


def test_what_feeds_say_is_shown_not_obeyed():
    markup = page(RUN, full(EVIL), [])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup
    assert "<script" not in markup


def test_numbers_of_the_run_and_of_those_before():
    before = RUN | {"counts": RUN["counts"] | {"read": 1000}}

    markup = page(RUN, full(), [before, before | {"counts": RUN["counts"] | {"read": 500}}])

    assert "1,234 items read" in markup
    assert '<td class="number">1,234</td><td class="number">750.0</td>' in markup
    assert '<td class="number">9.0</td><td class="number">9.0</td>' in markup


def test_failed_sources_come_first():
    markup = page(RUN, EMPTY, [])

    assert markup.index("https://me:pw@a.example/rss".replace("me:pw", "***")) < markup.index(
        ">/in<"
    )


def test_many_stories_and_long_words_stay_small():
    assert len(page(RUN, full("w" * 300, many=40), [])) < 500_000


def test_languages_beyond_the_first_are_summed_up():
    counts = RUN["counts"] | {"languages": {f"l{n:02}": 1 for n in range(25)}}

    assert '<bdi>others</bdi></th><td class="number">5</td>' in page(
        RUN | {"counts": counts}, EMPTY, []
    )


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_browser_draws_it_on_a_phone(tmp_path):
    path, shot = tmp_path / "report.html", tmp_path / "shot.png"
    path.write_text(page(RUN, full(EVIL), [RUN]), "utf-8", errors="strict")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=390,2000"]

    subprocess.run(
        ["chromium", *options, f"--screenshot={shot}", path.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )

    assert shot.stat().st_size > 20_000
