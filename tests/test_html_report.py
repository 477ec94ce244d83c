"""Tests of pipeline/html_report.py and its sections: the whole page."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from pipeline.errors import BadUsage, RunFailed
from pipeline.html_report import rewrite_report
from pipeline.output import OutputFolder
from pipeline.report_sections import SECTIONS, language, territory
from tests.conftest import AS_OF
from tests.outputs import a_copy, a_reject, a_row, an_entity, publish

HOSTILE = "<script>document.title='run'</script><img src=x onerror=alert(1)>&\"' \x00\x1b[1m"
HEADLINES = [
    HOSTILE,
    "عاجل: الميناء يفتح أبوابه بعد إغلاق دام أسبوعين",
    "小鳩島の灯台、十四年ぶりに点灯",
    "Donaudampfschifffahrtsgesellschaft" * 12,
    "",
]


def read(path: str) -> str:
    return Path(path).read_text("utf-8")


def sections(text: str) -> list[str]:
    return [one.get("aria-labelledby") for one in html.fromstring(text).iter("section")]


def publish_much(root: Path, word: str = "") -> None:
    """Publish a run with something in every section, all of it hostile."""
    articles = [
        a_row(
            f"a{n}",
            title=word or HEADLINES[n % len(HEADLINES)],
            source=word or f"Outlet {n % 30} {HOSTILE}",
            url="javascript:alert(1)" if n % 2 else "https://news.example/?a=1&b=\"'",
            event_at=AS_OF - timedelta(days=n % 40),
            entities=[
                an_entity(f"{word}{HOSTILE} {n}", label, "KR" if label == "LOC" else None)
                for label in ("PER", "LOC", "ORG", "MISC")
            ],
        )
        for n in range(60)
    ]
    copies = [
        a_copy(f"c{n}", of=f"a{n % 25}", title=f"{word}{n}", source=f"{n % 40}{word}{HOSTILE}")
        for n in range(1000)
    ]
    rejects = [
        a_reject(f"bad_{n % 20}", source_uri=f"/in/{word}", detail=HOSTILE + word, sample=word)
        for n in range(60)
    ]
    source = {"kind": "feed", "items": 3, "new": 1}
    states = ("ok", "failed", "partial", "not_modified")
    publish(root, [a_row("old")], run_id="r0", as_of="2024-06-19T00:00:00+00:00")
    publish(
        root,
        articles,
        copies,
        rejects,
        run_id=f"{HOSTILE[:60]}/../",
        sources=[
            {**source, "uri": f"https://{n}.example/{word}{HOSTILE}", "status": states[n % 4]}
            for n in range(60)
        ],
        config={"input": [HOSTILE, word], "output": word, "map": {}},
    )


def test_a_report_of_everything_shows_it_and_runs_nothing(tmp_path):
    publish_much(tmp_path)
    path = rewrite_report(str(tmp_path), None)
    assert os.path.dirname(path) == OutputFolder(str(tmp_path)).run(f"{HOSTILE[:60]}/../")
    text = read(path)
    assert sections(text) == list(SECTIONS)
    tree = html.fromstring(text)
    assert not list(tree.iter("script", "img", "link", "iframe", "object", "base", "form"))
    assert not [a for one in tree.iter() for a in one.attrib if a.startswith("on")]
    links = {one.get("href") for one in tree.iter("a")}
    assert links == {*(f"#{name}" for name in SECTIONS), "https://news.example/?a=1&b=%22'"}
    assert "<script>document.title='run'</script><img src=x onerror=alert(1)>&\"'" in (
        tree.text_content()
    )


def test_a_report_has_landmarks_captions_and_names(tmp_path):
    publish_much(tmp_path)
    tree = html.fromstring(read(rewrite_report(str(tmp_path), None)))
    assert [one.tag for one in tree.find("body")] == ["header", "nav", "main", "footer"]
    assert len(tree.findall(".//h1")) == 1
    assert all(one.findtext("caption") for one in tree.iter("table"))
    for drawn in tree.iter("svg"):
        assert (drawn.get("role"), bool(drawn.get("aria-label"))) == ("img", True) or (
            drawn.get("aria-hidden") == "true"
        )
    names = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(names) == len(set(names))


def test_however_long_the_words_are_the_page_stays_below_500_kilobytes(tmp_path):
    publish_much(tmp_path, "&" * 5000)
    assert os.path.getsize(rewrite_report(str(tmp_path), None)) < 500_000


def test_a_run_with_nothing_in_it(tmp_path):
    publish(tmp_path)
    text = read(rewrite_report(str(tmp_path), None))
    assert sections(text) == ["items", "run"]
    assert "there was nothing in them" in text


def test_written_again_it_is_the_same_and_earlier_runs_change_nothing_of_theirs(tmp_path):
    publish(tmp_path, [a_row("a")])
    first = read(rewrite_report(str(tmp_path), "r1"))
    publish(tmp_path, [a_row("b")], run_id="r2", as_of="2024-06-21T00:00:00+00:00")
    assert read(rewrite_report(str(tmp_path), "r1")) == first
    assert "the mean of the 1 before it" in read(rewrite_report(str(tmp_path), None))
    assert sorted(os.listdir(OutputFolder(str(tmp_path)).run("r1"))) == [
        "manifest.json",
        "report.html",
    ]


def test_change_against_the_mean_of_the_runs_before(tmp_path):
    for day, rows in enumerate((2, 4, 6)):
        some = [a_row(f"{day} {n}") for n in range(rows)]
        publish(tmp_path, some, run_id=f"r{day}", as_of=f"2024-06-2{day}T00:00:00+00:00")
    tree = html.fromstring(read(rewrite_report(str(tmp_path), None)))
    rows = {
        row.findtext("th"): [cell.text_content() for cell in row.iter("td")]
        for row in tree.get_element_by_id("before").getparent().iter("tr")
    }
    assert rows["articles"] == ["6", "3", "+100 %", ""]
    assert rows["rejects"] == ["0", "0", "–", ""]


def test_secrets_of_addresses_are_masked(tmp_path):
    reject = a_reject("http_404", source_uri="https://me:secret@a.example/?token=secret")
    publish(tmp_path, [], [], [reject])
    text = read(rewrite_report(str(tmp_path), None))
    assert "secret" not in text
    assert "The server answered with this status" in text


def test_unknown_runs_are_named(tmp_path):
    with pytest.raises(BadUsage, match="no run has been published"):
        rewrite_report(str(tmp_path), None)
    publish(tmp_path)
    with pytest.raises(BadUsage, match="--run-id: 'x' is not one of r1"):
        rewrite_report(str(tmp_path), "x")


def test_lost_and_damaged_files_are_named(tmp_path):
    manifest = publish(tmp_path, [a_row("a")])
    path = tmp_path / manifest["files"][0]["path"]
    path.write_bytes(b"PAR1 and nothing that follows PAR1")
    with pytest.raises(RunFailed, match=r"a table file is damaged.*try wirefold verify"):
        rewrite_report(str(tmp_path), None)
    path.unlink()
    with pytest.raises(RunFailed, match=path.name):
        rewrite_report(str(tmp_path), None)
    assert os.listdir(OutputFolder(str(tmp_path)).run("r1")) == ["manifest.json"]


def test_names_of_languages_and_countries():
    codes = ("it", "zh-Hans", "pt-BR", "und", "xx-yy")
    assert [language(code) for code in codes] == [
        "Italian",
        "Simplified Chinese",
        "Brazilian Portuguese",
        "undetermined",
        "xx-yy",
    ]
    assert [territory(code) for code in ("KR", "ZZZ")] == ["South Korea", "ZZZ"]


def test_a_manifest_of_another_version_is_enough(tmp_path):
    manifest = publish(tmp_path, [a_row("a")])
    assert "highlights" not in json.dumps(manifest)
    assert sections(read(rewrite_report(str(tmp_path), None))) == [
        "items",
        "time",
        "outlets",
        "run",
    ]
