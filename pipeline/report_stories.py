"""The sections of a report that tell of stories: which were copied most, and who copies whom."""

from collections import Counter
from typing import Final

from pipeline import charts
from pipeline.markup import NAME, NOTHING, Markup, element, join, shortened
from pipeline.overview import Overview, Story
from pipeline.report_parts import ROWS, Cell, largest, linked, table

HEADLINES: Final = 5  # of a story
OUTLETS: Final = 8  # of a headline
UNTITLED: Final = "(no headline)"


def stories(found: Overview) -> Markup:
    """Show the stories with most copies, and who ran them under which headline."""
    if not found.stories:
        return NOTHING
    every = found.manifest["counts"]["duplicates"]
    shown = sum(story.copies for story in found.stories)
    return join(
        element(
            "p",
            f"{shown:,} of the {every:,} copies are of these {len(found.stories)}. ",
            element("code", "wirefold explain DIR ID"),
            " says why.",
        ),
        element("ol", map(_story, found.stories), class_="stories"),
    )


def _story(story: Story) -> Markup:
    one = story.canonical
    heading = linked((one and one.title) or UNTITLED, one.url if one else "")
    told = f"{story.copies:,} {'copy' if story.copies == 1 else 'copies'}"
    line = [
        element("bdi", one.source) if one else "of an article that is not published any more",
        f", {one.event_at:%Y-%m-%d %H:%M}" if one else "",
        f"; copied {_span(story)}" if story.first else "",
        " · ",
        element("code", story.article_id),
    ]
    by_title: dict[str, Counter[str]] = {}
    for (headline, source), number in story.headlines.items():
        by_title.setdefault(headline, Counter())[source] += number
    ranked = sorted(by_title.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    items = [element("li", _headline(headline, who)) for headline, who in ranked[:HEADLINES]]
    if len(ranked) > HEADLINES:
        more = len(ranked) - HEADLINES
        items.append(element("li", f"and {more:,} other headline{'' if more == 1 else 's'}"))
    return element(
        "li",
        element("h3", heading, " ", element("span", told, class_="badge")),
        element("p", line, class_="soft"),
        element("ul", items),
    )


def _span(story: Story) -> str:
    if story.first is None or story.last is None:
        return ""
    if f"{story.first:%F %R}" == f"{story.last:%F %R}":
        return f"{story.first:%Y-%m-%d %H:%M}"
    same_day = story.first.date() == story.last.date()
    return (
        f"{story.first:%Y-%m-%d %H:%M} to {story.last:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}}"
    )


def _headline(headline: str, who: Counter[str]) -> Markup:
    ranked = largest(who)
    shown = [
        join(", " if at else "", element("bdi", name), f" × {number:,}" if number > 1 else "")
        for at, (name, number) in enumerate(ranked[:OUTLETS])
    ]
    rest = f" and {len(ranked) - OUTLETS:,} more" if len(ranked) > OUTLETS else ""
    words = element("bdi", headline or UNTITLED)
    return join(words, element("span", " – ", shown, rest, class_="soft"))


def who_copies(found: Overview) -> Markup:
    """Draw which outlets have whose texts."""
    between = {pair: n for pair, n in found.flows.items() if pair[0] != pair[1]}
    inside = sum(found.flows.values()) - sum(between.values())
    said = []
    if inside:
        said.append(f"{inside:,} copies repeat an article of the same outlet and are not drawn.")
    if found.lost:
        said.append(f"Of {found.lost:,} copies the original is not published any more.")
    if not between:
        return join(element("p", " ".join(said))) if said else NOTHING
    label = "Ribbons from the outlets whose texts were copied to the outlets that have the copies"
    rows: list[list[Cell]] = [
        [element("bdi", shortened(who, NAME)), element("bdi", shortened(whose, NAME)), number]
        for (whose, who), number in largest(between)[:ROWS]
    ]
    return join(
        element("p", "Left, whose text it is; right, who has it too. ", " ".join(said)),
        element("figure", charts.flows(between, ("whose text it is", "who has it too"), label)),
        element(
            "details",
            element("summary", "The numbers"),
            table("Who copies from whom", ("outlet", "from", "copies"), rows),
        ),
    )
