"""An explanation as a page that needs nothing else (`as_page`)."""

from collections.abc import Sequence

from pipeline.explain import Explanation, Pair, Row, when
from pipeline.explain_lines import Lines, article_lines, decision_lines, describe
from pipeline.markup import Markup, element, join, page
from pipeline.passages import Span
from pipeline.report_parts import linked, table


def as_page(found: Explanation) -> str:
    """Return the explanation as a page that needs nothing else."""
    title = found.article["title"] or found.article["article_id"]
    parts = [element("section", element("h2", "The article"), _list(article_lines(found)))]
    if len(found.story) > 1:
        rows = [
            [_headline(row), row["source"], when(row["event_at"]), row["reuse"]]
            for row in found.story
        ]
        heads = ("article", "outlet", "time", "reuse")
        listed = table(f"{len(rows):,} articles, by time", heads, rows)
        parts.append(element("section", element("h2", "The story"), listed))
    if found.pair:
        parts += _pair_sections(found.pair)
    return page(
        f"wirefold explain {found.article['article_id']}",
        element("header", element("h1", element("bdi", title))),
        element("main", parts),
        element("footer", "Written by wirefold explain."),
    )


def _list(lines: Lines) -> Markup:
    items = [join(element("dt", name), element("dd", words)) for name, words in lines]
    return element("dl", items, class_="pairs")


def _headline(row: Row) -> Markup:
    return linked(row["title"] or row["article_id"], row["url"] or "")


def _pair_sections(pair: Pair) -> list[Markup]:
    a = _marked(pair.a["text"], [(p.a, p.same_a) for p in pair.passages])
    by_place = sorted(enumerate(pair.passages, 1), key=lambda one: one[1].b)
    b = _marked(
        pair.b["text"], [(p.b, p.same_b) for _, p in by_place], [number for number, _ in by_place]
    )
    return [
        element("section", element("h2", "The decision"), _list(decision_lines(pair))),
        element(
            "section",
            element("h2", "What they share"),
            element(
                "p",
                "Marked words are the same in both; equal numbers mark the same passage.",
                class_="soft",
            ),
            element(
                "div",
                element("article", element("h3", "A: ", element("bdi", describe(pair.a))), a),
                element("article", element("h3", "B: ", element("bdi", describe(pair.b))), b),
                class_="both",
            ),
        ),
    ]


def _marked(
    text: str,
    passages: Sequence[tuple[Span, Sequence[Span]]],
    numbers: Sequence[int] | None = None,
) -> Markup:
    """Return a whole text with its shared words marked, and numbers where passages begin."""
    parts: list[str | Markup] = []
    at = 0
    for number, (_, same) in zip(numbers or range(1, len(passages) + 1), passages, strict=True):
        for first, (start, end) in enumerate(same):
            parts.append(text[at:start])
            note = element("sup", str(number)) if first == 0 else None
            parts.append(element("mark", note, text[start:end]))
            at = end
    parts.append(text[at:])
    return element("div", parts, class_="text", dir="auto")
