"""The sections of a run's report, each a function of its `Overview`.

Every figure that is drawn is also written. To add a section, write its function and name it in
`SECTIONS`; one that has nothing to say returns NOTHING and is left out.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from babel import Locale

from pipeline import charts
from pipeline.config import mask
from pipeline.markup import NAME, NOTHING, Markup, element, join, shortened
from pipeline.output import TABLES
from pipeline.overview import EARLIER, Overview
from pipeline.report_parts import (
    ROWS,
    WORDS,
    Cell,
    key,
    largest,
    legend,
    number_cell,
    pairs,
    ranking,
    table,
)
from pipeline.report_stories import stories, who_copies
from pipeline.timeline import timeline
from transforms.reasons import REJECTS, WARNINGS

SOURCES: Final = 40
ENGLISH: Final = Locale("en")
LABELS: Final = {"PER": "People", "LOC": "Places", "ORG": "Organisations", "MISC": "Other names"}
KINDS: Final = {"articles": "articles", "duplicates": "copies"}  # table: class of its colour


def what_became(found: Overview) -> Markup:
    """Show that nothing was lost: every item read is one of four."""
    counts = found.manifest["counts"]
    if not counts["read"]:
        return element("p", "The sources were read, and there was nothing in them.")
    kinds = {
        "articles": ("articles", "kept, one for each version of a text"),
        "copies": ("duplicates", "folded into the story they repeat"),
        "unchanged": ("unchanged", "known already, with the same content"),
        "rejects": ("rejects", "could not become an article"),
    }
    parts = [(colour, counts[name]) for colour, (name, _) in kinds.items()]
    meanings = [
        key(colour, join(element("b", f"{counts[name]:,}"), f" {name}: {meaning}"))
        for colour, (name, meaning) in kinds.items()
    ]
    said = " ".join(_reuse(found))
    return join(
        element(
            "figure",
            element("div", charts.bar(parts, counts["read"]), class_="whole"),
            element("ul", meanings, class_="legend"),
        ),
        element("p", said) if said else None,
    )


def _reuse(found: Overview) -> Iterator[str]:
    reuse = found.reuse
    if reuse["exact"] or reuse["near"]:
        yield (
            f"Of the copies, {reuse['exact']:,} repeat their original to the letter and "
            f"{reuse['near']:,} nearly."
        )
    if reuse["partial"]:
        yield f"Of the articles, {reuse['partial']:,} reuse passages of others."


def compared(found: Overview) -> Markup:
    """Compare the run with the mean of those before it."""
    if not found.earlier:
        return NOTHING
    runs = [*found.earlier, found.manifest]
    names = ("read", "articles", "duplicates", "unchanged", "rejects", "stories")
    lines = {name: [run["counts"][name] for run in runs] for name in names}
    lines["seconds"] = [run["seconds"].get("pipeline", 0) for run in runs]
    rows = [_comparison(name, values) for name, values in lines.items()]
    before = len(found.earlier)
    heads = ("", "this run", "before", "change", "oldest to newest")
    return table(f"This run and the mean of the {before} before it", heads, rows)


def _comparison(name: str, values: Sequence[float]) -> list[Cell]:
    now, mean = values[-1], sum(values[:-1]) / (len(values) - 1)
    change = f"{100 * (now - mean) / mean:+.0f} %" if mean else "–"
    label = f"{name} in each run: " + ", ".join(f"{value:,.0f}" for value in values)
    return [name, round(now), round(mean), number_cell(change), charts.sparkline(values, label)]


def when(found: Overview) -> Markup:
    """Show when the articles and copies are of."""
    line = timeline(found.days, found.hours)
    if line is None:
        return NOTHING
    series = {KINDS[table]: line.series[table] for table in KINDS}
    label = f"Articles and copies by {line.unit}, from {line.names[0]} to {line.names[-1]}"
    rows = [
        [name, *numbers]
        for name, *numbers in zip(line.names, *line.series.values(), strict=True)
        if any(numbers)
    ]
    axis = [line.names[0], line.names[-1]] if len(line.names) > 1 else [line.names[0]]
    older = f" {line.before:,} more are older, back to {line.oldest}." if line.before else ""
    return join(
        element("p", f"By {line.unit}, in UTC. Most, {line.most:,}, are of {line.peak}.{older}"),
        element(
            "figure",
            charts.columns(series, line.names, label),
            element("div", [element("span", name) for name in axis], class_="axis"),
            legend(KINDS.values()),
        ),
        element(
            "details",
            element("summary", "The numbers"),
            table(label, (line.unit, "articles", "copies"), rows),
        ),
    )


def languages(found: Overview) -> Markup:
    """Rank the languages of the articles, and the outlets."""
    spoken = {language(code): n for code, n in found.manifest["counts"]["languages"].items()}
    outlets = {name: Counter(found.outlets[name]) for name in KINDS}
    together = outlets["articles"] + outlets["duplicates"]
    most = max(together.values(), default=0)
    ranked: list[list[Cell]] = []
    for name, _ in largest(together)[:ROWS]:
        numbers = [outlets[table][name] for table in KINDS]
        drawn = charts.bar(list(zip(KINDS.values(), numbers, strict=True)), most)
        ranked.append([element("bdi", shortened(name, NAME)), *numbers, drawn])
    more = len(together) - ROWS
    caption = "Outlets" + (f", the largest of {len(together):,}" if more > 0 else "")
    if not together:
        return NOTHING
    return element(
        "div",
        ranking("Languages of the articles", spoken),
        table(caption, ("outlet", "articles", "copies", ""), ranked),
        class_="beside",
    )


def names(found: Overview) -> Markup:
    """Rank people, places, organisations and countries by the articles that name them."""
    tables = []
    for label, title in LABELS.items():
        ranked = {name: n for (of, name, _), n in found.names.items() if of == label}
        if ranked:
            tables.append(ranking(title, ranked))
    countries = {territory(code): number for code, number in found.countries.items()}
    if countries:
        tables.append(ranking("Countries", countries))
    if not tables:
        return NOTHING
    return join(
        element("p", "The figures count articles, not mentions; copies are left out."),
        element("div", tables, class_="beside"),
    )


def rejects(found: Overview) -> Markup:
    """Show what was refused, why, and samples."""
    return join(
        element("div", _reason(reason, number, found.rejects.get(reason, [])))
        for reason, number in largest(found.manifest["counts"]["rejects_by_reason"])[:ROWS]
    )


def _reason(reason: str, number: int, samples: Sequence[Mapping[str, str]]) -> Markup:
    known = REJECTS.get(reason) or (REJECTS["http_NNN"] if reason.startswith("http_") else "")
    items = [
        element(
            "li",
            element("bdi", shortened(mask(one["source_uri"]), WORDS)),
            element("div", shortened(mask(one["detail"]), WORDS), class_="soft"),
            element("pre", element("code", shortened(one["sample"], WORDS)))
            if one["sample"]
            else None,
        )
        for one in samples
    ]
    return join(
        element("h3", element("code", reason), f" × {number:,}"),
        element("p", known) if known else None,
        element("details", element("summary", "Samples"), element("ul", items)) if items else None,
    )


def sources(found: Overview) -> Markup:
    """List the sources, those that failed first."""
    rank = {"failed": 0, "partial": 1}
    every = sorted(
        found.manifest["sources"],
        key=lambda one: (rank.get(one["status"], 2), -one["items"], one["uri"]),
    )
    rows = [
        [
            _source(one["uri"], found.faults.get(one["uri"], "")),
            one["kind"],
            element("span", one["status"], class_="failed")
            if one["status"] in rank
            else one["status"].replace("_", " "),
            one["items"],
            one["new"],
        ]
        for one in every[:SOURCES]
    ]
    bad = sum(one["status"] == "failed" for one in every)
    caption = f"{len(every):,} {'source' if len(every) == 1 else 'sources'}, {bad:,} failed"
    caption += f"; the first {SOURCES}" if len(every) > SOURCES else ""
    return table(caption, ("source", "kind", "status", "items", "new"), rows) if rows else NOTHING


def _source(uri: str, fault: str) -> Markup:
    why = element("div", shortened(mask(fault), WORDS), class_="soft") if fault else None
    return join(element("bdi", shortened(mask(uri), WORDS)), why)


def facts(found: Overview) -> Markup:
    """Say how the run was made: steps, files, versions, settings."""
    manifest = found.manifest
    seconds = {name: value for name, value in manifest["seconds"].items() if name != "pipeline"}
    files = [
        [name, len(some), sum(f["rows"] for f in some), sum(f["bytes"] for f in some)]
        for name in TABLES
        for some in [[f for f in manifest["files"] if f["table"] == name]]
    ]
    settings = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in manifest["config"].items()
        if value not in (None, "", [], {}, False)
    }
    return join(
        element(
            "div",
            ranking("Seconds of work in each step", seconds) if seconds else None,
            table("Files", ("table", "files", "rows", "bytes"), files),
            class_="beside",
        ),
        _notes(found) if found.warnings else None,
        element(
            "details",
            element("summary", "Versions and settings"),
            pairs({"runner": manifest["runner"], **manifest["versions"]}),
            pairs(settings),
        ),
    )


def _notes(found: Overview) -> Markup:
    rows: list[list[Cell]] = [
        [element("code", word), number, WARNINGS.get(word.partition(":")[0], "")]
        for word, number in largest(found.warnings)[:ROWS]
    ]
    return table("Notes on rows", ("note", "rows", "meaning"), rows)


SECTIONS: Final[dict[str, tuple[str, Callable[[Overview], Markup]]]] = {
    "items": ("What became of the items", what_became),
    "stories": ("The stories with most copies", stories),
    "reuse": ("Who copies from whom", who_copies),
    "time": ("When", when),
    "outlets": ("Languages and outlets", languages),
    "names": ("Names", names),
    "before": (f"Compared with the last {EARLIER} runs", compared),
    "rejects": ("Rejects", rejects),
    "sources": ("Sources", sources),
    "run": ("The run", facts),
}


def language(code: str) -> str:
    """Return the English name of a language code; the code itself when it has none."""
    if code == "und":
        return "undetermined"
    plain = code.replace("-", "_")
    return str(ENGLISH.languages.get(plain) or ENGLISH.languages.get(plain[:2]) or code)


def territory(code: str) -> str:
    """Return the English name of a country code."""
    return str(ENGLISH.territories.get(code, code))
