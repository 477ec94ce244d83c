"""The report of a run as one self-contained page: no script, no network.

It is made to be read on a phone, in the dark and on paper (report.css).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from pipeline.charts import columns, flows
from pipeline.config import mask
from pipeline.figures import Figures, Refused, Story
from pipeline.markup import Html, tag

_LABELS: Final = {"PER": "People", "LOC": "Places", "ORG": "Organisations", "MISC": "Other names"}
_TABLES: Final = ("articles", "duplicates", "unchanged", "rejects")
_LANGUAGES: Final = 20
_SOURCES: Final = 50
_COMPARED: Final = 10  # earlier runs whose averages are shown


def page(manifest: Mapping[str, Any], found: Figures, earlier: Sequence[Mapping[str, Any]]) -> str:
    """Return the report of a run; `earlier` are the manifests before it, the last one last."""
    sections = [
        _funnel(manifest["counts"]),
        _compared(manifest, earlier[-_COMPARED:]),
        _section("Over time", _times(found)),
        _section(
            "Languages", _bars("Articles by language", _first(manifest["counts"]["languages"]))
        ),
        _section("Stories printed most", _stories(found.stories)),
        _section("Who copies from whom", _flows(found.flows)),
        _section("Names", *_names(found)),
        _section("Refused items", *map(_refused, found.refused)),
        _section("Sources", _sources(manifest["sources"])),
        _section("The run", *_run(manifest)),
    ]
    title = f"wirefold: run {manifest['run_id']}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(files("pipeline").joinpath("report.css").read_text("utf-8"))),
    )
    time = datetime.fromisoformat(manifest["as_of"])
    told = f"As of {time:%Y-%m-%d %H:%M} UTC. {manifest['counts']['stories']:,} stories."
    top = tag("header", tag("h1", title), tag("p", told))
    body = tag("body", top, tag("main", sections), tag("footer", tag("p", "Written by wirefold.")))
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _section(title: str, *content: object) -> Html:
    return tag("section", tag("h2", title), *(content or [tag("p", "Nothing.")]))


def _funnel(counts: Mapping[str, Any]) -> Html:
    read = counts["read"]
    parts = [
        tag("span", class_=f"part {name}", style=f"flex-grow:{counts[name]}")
        for name in _TABLES
        if counts[name]
    ]
    rows = [
        ([_key(name), name], f"{counts[name]:,}", _share(counts[name], read)) for name in _TABLES
    ]
    table = _table("What became of the items that were read", ("", "items", "share"), rows)
    return _section(
        f"{read:,} items read", tag("div", parts, class_="funnel", aria_hidden="true"), table
    )


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _compared(manifest: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Html:
    if not earlier:
        return _section("Compared with earlier runs", tag("p", "There are none."))
    rows = []
    for name in ("read", *_TABLES, "stories"):
        usual = sum(one["counts"][name] for one in earlier) / len(earlier)
        rows.append((name, f"{manifest['counts'][name]:,}", f"{usual:,.1f}"))
    times = [_took(one) for one in earlier]
    rows.append(("seconds", f"{_took(manifest):,.1f}", f"{sum(times) / len(times):,.1f}"))
    caption = f"This run and the average of the {len(earlier)} before it"
    return _section(
        "Compared with earlier runs", _table(caption, ("", "this run", "average"), rows)
    )


def _took(manifest: Mapping[str, Any]) -> float:
    ends = [datetime.fromisoformat(manifest[name]) for name in ("started_at", "finished_at")]
    return (ends[1] - ends[0]).total_seconds()


def _times(found: Figures) -> Html:
    if not found.times:
        return tag("p", "Nothing.")
    title = f"Articles and copies by {found.unit} of publication"
    key = tag(
        "figcaption",
        f"{title} (UTC). ",
        _key("articles"),
        "articles ",
        _key("duplicates"),
        "copies. An item without a date counts at the time of the run.",
    )
    return tag("figure", _drawing(columns(found.times, title), title), key)


def _key(name: str) -> Html:
    return Html(tag("span", class_=f"key {name}") + " ")


def _drawing(svg: Html, title: str) -> Html:
    """Return a drawing that a narrow screen can be moved over."""
    return tag("div", svg, class_="wide", tabindex=0, role="region", aria_label=title)


def _stories(stories: Sequence[Story]) -> Html:
    rows = [
        (tag("bdi", one.title), tag("bdi", one.source), f"{one.copies:,}", _list(one.outlets))
        for one in stories
    ]
    return _table("Originals and their copies", ("story", "by", "copies", "also in"), rows)


def _flows(pieces: Sequence[tuple[str, str, int]]) -> Html:
    if not pieces:
        return tag("p", "Nobody, in this run.")
    title = "Outlets that were copied (left) and that copied (right)"
    drawing = _drawing(flows(pieces, title), title)
    caption = "Left: who was copied. Right: who copied. The wider, the more pieces."
    rows = [(tag("bdi", taker), tag("bdi", giver), f"{n:,}") for taker, giver, n in pieces]
    table = _table("The same as a table", ("outlet", "from", "pieces"), rows)
    return tag("figure", drawing, tag("figcaption", caption), _folded("As a table", table))


def _names(found: Figures) -> Iterable[Html]:
    lists = [
        _bars(title, found.names[label]) for label, title in _LABELS.items() if label in found.names
    ]
    if found.countries:
        lists.append(_bars("Countries", found.countries))
    return [tag("div", lists, class_="beside")] if lists else []


def _refused(one: Refused) -> Html:
    samples = [
        tag(
            "li",
            tag("code", sample["source_uri"]),
            f": {sample['detail']}",
            tag("pre", sample["sample"]) if sample["sample"] else "",
        )
        for sample in one.samples
    ]
    return _folded(f"{one.reason}: {one.items:,}", tag("ul", samples))


def _sources(sources: Sequence[Mapping[str, Any]]) -> Html:
    worst = sorted(sources, key=lambda one: (one["status"] != "failed", one["status"] == "ok"))
    rows = [
        (
            tag("code", mask(one["uri"])),
            one["kind"],
            one["status"],
            f"{one['items']:,}",
            f"{one['new']:,}",
        )
        for one in worst[:_SOURCES]
    ]
    caption = f"{len(sources):,} sources, the failed ones first"
    return _table(caption, ("source", "kind", "status", "items", "new"), rows)


def _run(manifest: Mapping[str, Any]) -> Iterable[Html]:
    written = manifest["files"]
    facts = {
        "started": manifest["started_at"],
        "took": f"{_took(manifest):,.1f} s",
        "runner": manifest["runner"],
        "files": f"{len(written):,}, {sum(one['bytes'] for one in written):,} bytes",
        **manifest["versions"],
    }
    seconds = sorted(manifest["seconds"].items(), key=lambda step: -step[1])
    settings = [(name, str(value)) for name, value in manifest["config"].items()]
    yield _table("Facts", ("", ""), list(facts.items()))
    yield _bars("Seconds by step", [(name, round(value, 2)) for name, value in seconds])
    yield _folded("Settings", _table("Settings, secrets masked", ("flag", "value"), settings))


def _first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    largest = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(number for _, number in largest[_LANGUAGES:])
    return largest[:_LANGUAGES] + ([("others", rest)] if rest else [])


def _bars(caption: str, pairs: Sequence[tuple[str, float]]) -> Html:
    """Return a table whose numbers are drawn as bars too."""
    most = max((number for _, number in pairs), default=0) or 1
    rows = [
        tag(
            "tr",
            tag("th", tag("bdi", name), scope="row"),
            tag("td", f"{number:,}", class_="number"),
            tag(
                "td",
                tag("div", class_="bar", style=f"width:{100 * number / most:.1f}%"),
                class_="bars",
                aria_hidden="true",
            ),
        )
        for name, number in pairs
    ]
    return tag("table", tag("caption", caption), tag("tbody", rows), class_="chart")


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    if not rows:
        return tag("p", "Nothing.")
    numeric = [isinstance(cell, str) and cell[:1].isdigit() for cell in rows[0]]
    kinds = ["number" if number else None for number in numeric]
    top = [
        tag("th", head, scope="col", class_=kind) for head, kind in zip(heads, kinds, strict=True)
    ]
    lines = [
        tag("tr", [tag("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True)])
        for row in rows
    ]
    head = tag("thead", tag("tr", top)) if any(heads) else ""
    return tag(
        "div",
        tag("table", tag("caption", caption), head, tag("tbody", lines)),
        class_="wide",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def _list(names: Sequence[str]) -> list[object]:
    parts: list[object] = []
    for name in names:
        parts += [", " if parts else "", tag("bdi", name)]
    return parts


def _folded(summary: str, content: Html) -> Html:
    return tag("details", tag("summary", summary), content)
