"""Tests of the report and the explanation as a real browser shows them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.explain import explain
from pipeline.explain_page import as_page
from pipeline.html_report import rewrite_report
from tests.browser import Browser, driver, needs_browser
from tests.conftest import ROOT
from tests.outputs import a_copy, a_row, publish
from tests.records import digest
from tests.test_decision import ONE, TWO
from tests.test_html_report import HEADLINES, HOSTILE, publish_much

PHONE, DESK = 360, 1200  # pixels
# The validator of the W3C, where npm has put it (`.ci/run`).
VALIDATOR = ROOT / ".venv/vnu/node_modules/vnu-jar/build/dist/vnu.jar"

# Every element that shows text of its own: (text, its colour, the colour below it, its size).
TEXTS = """
const below = one => {
  for (; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
return [...document.querySelectorAll("body *:not(svg *)")]
  .filter(one => [...one.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
  .filter(one => one.checkVisibility())
  .map(one => [one.textContent.slice(0, 40), getComputedStyle(one).color, below(one)]);
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Write pages with much, all hostile, with next to nothing, and an explanation."""
    much, empty, story = (tmp_path_factory.mktemp(name) for name in ("much", "empty", "story"))
    publish_much(much)
    publish(empty)
    texts = [f"{HOSTILE} {HEADLINES[1]} {' '.join(ONE)}", " ".join([*ONE, *TWO[:3]])]
    publish(story, [a_row("a", title=HOSTILE, text=texts[0])], [a_copy("b", "a", text=texts[1])])
    found = {"much": rewrite_report(str(much), None), "empty": rewrite_report(str(empty), None)}
    why = story / "why.html"
    why.write_text(as_page(explain(str(story), digest("b"))), "utf-8")
    return {**{name: Path(path) for name, path in found.items()}, "why": why}


@pytest.fixture(scope="module")
def browsers():
    with driver() as root:
        windows = {width: Browser(root, width) for width in (PHONE, DESK)}
        yield windows
        for window in windows.values():
            window.close()


@needs_browser
@pytest.mark.parametrize("name", ["much", "empty", "why"])
def test_nothing_runs_and_nothing_is_fetched(pages, browsers, name):
    browser = browsers[DESK]
    browser.open(pages[name])
    assert browser.run("return document.title").startswith("wirefold")
    assert browser.run("return document.scripts.length") == 0
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert browser.run("return document.body.textContent.includes('<script>')") == (name != "empty")


@needs_browser
@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", ["much", "empty", "why"])
def test_nothing_is_wider_than_the_screen(pages, browsers, name, width, tmp_path):
    browser = browsers[width]
    browser.open(pages[name])
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.run("return document.scrollingElement.scrollWidth") <= width
    browser.picture(tmp_path / f"{name}-{width}.png")
    assert os.path.getsize(tmp_path / f"{name}-{width}.png") > 5_000


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["much", "why"])
def test_all_words_have_contrast(pages, browsers, name, scheme):
    """WCAG 2.2 AA: 4.5 to 1."""
    browser = browsers[DESK]
    browser.emulate(scheme)
    browser.open(pages[name])
    texts = browser.run(TEXTS)
    assert len(texts) > 10
    weak = [one for one in texts if contrast(one[1], one[2]) < 4.5]
    assert weak == []
    paper = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.1) == (scheme == "dark")


@needs_browser
def test_a_report_can_be_printed(pages, browsers):
    browser = browsers[DESK]
    browser.emulate("dark", "print")
    browser.open(pages["much"])
    hidden = browser.run("return getComputedStyle(document.querySelector('nav')).display")
    assert hidden == "none"
    assert browser.pdf().startswith(b"%PDF")


@pytest.mark.skipif(
    not (VALIDATOR.is_file() and shutil.which("java")),
    reason="the validator vnu-jar is not in .venv/vnu, or there is no Java",
)
def test_the_validator_of_the_w3c_finds_nothing(pages):
    command = ["java", "-Xmx256m", "-jar", str(VALIDATOR), "--Werror"]
    done = subprocess.run(
        [*command, *map(str, pages.values())], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def contrast(one: str, other: str) -> float:
    bright, dim = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG of `rgb(r, g, b)`."""
    parts = [int(part) / 255 for part in colour.strip("rgba()").split(",")[:3]]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
