"""Charts as SVG: bars, columns over time, a line of small size, and who copies from whom.

They stretch to the width that they are given, so all words stand beside them as HTML, where they
stay readable on a phone. Colours are classes of page.css.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pipeline.markup import NAME, NOTHING, Markup, element, join, shortened

Parts = Sequence[tuple[str, float]]  # (class of the colour, value)

WIDE: Final = 1000.0  # units of a chart's width, whatever that is on the screen
NODES: Final = 10  # outlets on each side of a flow chart; the others are one more
OTHERS: Final = "other outlets"
_GAP: Final = 0.12  # of a flow chart's height is left between its nodes
_NODE_REM: Final = 2.1  # height of a node's line


def bar(parts: Parts, whole: float) -> Markup:
    """Return a bar of coloured parts, as long as their share of `whole`; a figure stands beside."""
    drawn, start = [], 0.0
    for colour, value in parts:
        length = 100 * value / whole if whole else 0.0
        if length:
            drawn.append(element("rect", x=start, y=0, width=length, height=10, class_=colour))
        start += length
    return _svg("bar", (100, 10), drawn)


def swatch(colour: str) -> Markup:
    """Return a square of a colour, for a legend."""
    return _svg("swatch", (10, 10), [element("rect", width=10, height=10, class_=colour)])


def columns(series: Mapping[str, Sequence[int]], names: Sequence[str], label: str) -> Markup:
    """Return stacked columns, one for each of `names`; `series` are by class of the colour.

    Each column says its name and numbers when pointed at.
    """
    most = max((sum(values) for values in zip(*series.values(), strict=True)), default=0) or 1
    step = WIDE / max(len(names), 1)
    width = min(step * 0.86, 60.0)
    drawn = []
    for at, name in enumerate(names):
        base, stack = 100.0, []
        for colour, values in series.items():
            height = 100 * values[at] / most
            if height:
                box = {"x": at * step + (step - width) / 2, "width": width}
                stack.append(element("rect", **box, y=base - height, height=height, class_=colour))
            base -= height
        if stack:
            told = ", ".join(f"{values[at]:,} {colour}" for colour, values in series.items())
            drawn.append(element("g", element("title", f"{name}: {told}"), stack))
    return _svg("columns", (WIDE, 100), drawn, label)


def sparkline(values: Sequence[float], label: str) -> Markup:
    """Return a small line through the values, the last one marked; NOTHING for a single value."""
    if len(values) < 2:
        return NOTHING
    low, high = min(values), max(values)
    step = 96 / (len(values) - 1)
    height = [12 if high == low else 22 - 20 * (value - low) / (high - low) for value in values]
    points = [f"{2 + at * step:.1f} {y:.1f}" for at, y in enumerate(height)]
    path = f"M{' L'.join(points)}"
    line = element("path", d=path, class_="line", vector_effect="non-scaling-stroke")
    last = element("circle", cx=98, cy=height[-1], r=2, class_="dot")
    return _svg("spark", (100, 24), [line, last], label)


def flows(counts: Mapping[tuple[str, str], int], heads: tuple[str, str], label: str) -> Markup:
    """Return ribbons from the outlets on the left to those on the right, as broad as the counts.

    `heads` name the sides. The largest NODES of each side are shown, the rest as one.
    """
    counts = _with_others(counts)
    sides = [Counter[str](), Counter[str]()]
    for pair, number in counts.items():
        for side, name in zip(sides, pair, strict=True):
            side[name] += number
    total = sum(counts.values())
    places = [_places(side, total) for side in sides]
    ribbons = _ribbons(counts, places, total)
    rows = max(map(len, sides))
    labels = [_labels(*side) for side in zip(sides, places, heads, strict=True)]
    return element(
        "div",
        labels[0],
        _svg("ribbons", (WIDE, 100), ribbons, label),
        labels[1],
        class_="flows",
        style=f"height:{_NODE_REM * rows:.1f}rem",
    )


def _with_others(counts: Mapping[tuple[str, str], int]) -> Counter[tuple[str, str]]:
    kept = []
    for side in (0, 1):
        sizes = Counter[str]()
        for pair, number in counts.items():
            sizes[pair[side]] += number
        kept.append({name for name, _ in _largest(sizes)[:NODES]})
    merged: Counter[tuple[str, str]] = Counter()
    for (whose, who), number in counts.items():
        merged[whose if whose in kept[0] else OTHERS, who if who in kept[1] else OTHERS] += number
    return merged


def _largest(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return names by size; what stands for the rest comes last."""
    return sorted(sizes.items(), key=lambda one: (one[0] == OTHERS, -one[1], one[0]))


def _places(side: Mapping[str, int], total: int) -> dict[str, tuple[float, float]]:
    """Return (top, height) of each node in hundredths of the chart's height.

    Every node has the same least height, or the names of small ones would lie on each other.
    """
    least = 100 * (1 - _GAP) / len(side) / 2
    gap = 100 * _GAP / len(side)
    spare = 100 - len(side) * (least + gap)
    places, top = {}, gap / 2
    for name, number in _largest(side):
        height = least + spare * number / total
        places[name] = (top, height)
        top += height + gap
    return places


def _ribbons(
    counts: Mapping[tuple[str, str], int],
    places: Sequence[Mapping[str, tuple[float, float]]],
    total: int,
) -> Iterable[Markup]:
    sizes = [Counter[str](), Counter[str]()]
    for pair, number in counts.items():
        for side in (0, 1):
            sizes[side][pair[side]] += number
    order = [{name: at for at, name in enumerate(side)} for side in places]
    used: list[dict[str, float]] = [dict.fromkeys(side, 0.0) for side in places]
    for pair in sorted(counts, key=lambda pair: (order[0][pair[0]], order[1][pair[1]])):
        edges = []
        for side in (0, 1):
            top, height = places[side][pair[side]]
            share = height * counts[pair] / sizes[side][pair[side]]
            edges.append((top + used[side][pair[side]], share))
            used[side][pair[side]] += share
        (left, thick), (right, thick_right) = edges
        half = WIDE / 2
        path = (
            f"M0 {left:.2f}C{half:g} {left:.2f} {half:g} {right:.2f} {WIDE:g} {right:.2f}"
            f"V{right + thick_right:.2f}"
            f"C{half:g} {right + thick_right:.2f} {half:g} {left + thick:.2f} 0 {left + thick:.2f}Z"
        )
        whose, who = (shortened(name, NAME) for name in pair)
        title = element("title", f"{who} from {whose}: {counts[pair]:,}")
        colour = "ribbon" if OTHERS not in pair else "ribbon rest"
        yield element("g", title, element("path", d=path, class_=colour))


def _labels(
    side: Mapping[str, int], places: Mapping[str, tuple[float, float]], head: str
) -> Markup:
    items = [
        element(
            "li",
            element("bdi", shortened(name, NAME)),
            element("b", f"{side[name]:,}"),
            style=f"top:{top + height / 2:.2f}%",
        )
        for name, (top, height) in places.items()
    ]
    return element("ol", items, aria_label=head)


def _svg(
    kind: str, size: tuple[float, float], drawn: Iterable[Markup], label: str | None = None
) -> Markup:
    """Return the drawing; one without a label says nothing that does not stand beside it."""
    return element(
        "svg",
        join(drawn),
        class_=kind,
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        preserveAspectRatio="none",
        role="img" if label else None,
        aria_label=label,
        aria_hidden=None if label else "true",
    )
