"""The drawings of a report, as SVG: columns over time, and flows between outlets.

Colours come from the page's style sheet by class, so that dark mode and print have theirs.
Coordinates are in user units; the drawing is scaled to the width of the page.
"""

from collections.abc import Sequence
from typing import Final

from pipeline.markup import Html, tag

WIDTH: Final = 720
_HEIGHT: Final = 180  # of columns, without their labels
_LABELS: Final = 12  # at most below the columns
_ROW: Final = 26  # height of an outlet in the flows
_NAME: Final = 230  # width kept for names on each side of the flows
_LETTERS: Final = 30  # of a name that fits there
_OUTLETS: Final = 14  # on each side


def columns(times: Sequence[tuple[str, int, int]], title: str) -> Html:
    """Return columns for (label, articles, copies), copies on top of articles."""
    highest = max((articles + copies for _, articles, copies in times), default=0) or 1
    step = WIDTH / max(len(times), 1)
    every = -(-len(times) // _LABELS) or 1
    bars: list[Html] = []
    for place, (label, articles, copies) in enumerate(times):
        left, width = place * step, min(max(step * 0.8, 1), 80)
        low = _HEIGHT * articles / highest
        high = _HEIGHT * copies / highest
        told = tag("title", f"{label}: {articles:,} articles, {copies:,} copies")
        bars.append(
            tag(
                "g",
                told,
                _bar(left, low, low, width, "own"),
                _bar(left, low + high, high, width, "copy"),
            )
        )
        if place % every == 0:
            bars.append(tag("text", label, x=f"{left:.1f}", y=_HEIGHT + 18))
    return tag(
        "svg",
        tag("title", title),
        tag("text", f"{highest:,}", x=0, y=-6),
        bars,
        viewBox=f"0 -20 {WIDTH} {_HEIGHT + 45}",
        role="img",
    )


def _bar(left: float, top: float, height: float, width: float, kind: str) -> Html:
    return tag(
        "rect",
        x=f"{left:.1f}",
        y=f"{_HEIGHT - top:.1f}",
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        class_=kind,
    )


def flows(pieces: Sequence[tuple[str, str, int]], title: str) -> Html:
    """Return ribbons from who was copied (left) to who copied (right), as wide as their pieces."""
    givers = list(dict.fromkeys(giver for _, giver, _ in pieces))[:_OUTLETS]
    takers = list(dict.fromkeys(taker for taker, giver, _ in pieces if giver in givers))[:_OUTLETS]
    shown = [one for one in pieces if one[1] in givers and one[0] in takers]
    widest = max((number for *_, number in shown), default=1)
    ribbons = [
        tag(
            "path",
            tag("title", f"{taker} from {giver}: {number:,}"),
            d=_curve(_height(givers, giver), _height(takers, taker)),
            stroke_width=f"{max(16 * number / widest, 1.5):.1f}",
            class_="flow",
        )
        for taker, giver, number in shown
    ]
    names = [_name(giver, _NAME - 8, _height(givers, giver), "end") for giver in givers]
    names += [_name(taker, WIDTH - _NAME + 8, _height(takers, taker), "start") for taker in takers]
    height = _ROW * max(len(givers), len(takers), 1)
    return tag(
        "svg", tag("title", title), ribbons, names, viewBox=f"0 0 {WIDTH} {height}", role="img"
    )


def _height(names: Sequence[str], name: str) -> float:
    return _ROW * (names.index(name) + 0.5)


def _curve(left: float, right: float) -> str:
    middle = WIDTH / 2
    return f"M{_NAME},{left} C{middle},{left} {middle},{right} {WIDTH - _NAME},{right}"


def _name(name: str, x: int, y: float, anchor: str) -> Html:
    short = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return tag("text", short, x=x, y=y + 4, text_anchor=anchor)
