"""Tests of pipeline/charts.py."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.charts import NODES, OTHERS, bar, columns, flows, sparkline


def boxes(drawn: str) -> list[dict[str, float]]:
    return [
        {name: float(box.get(name)) for name in ("x", "y", "width", "height")}
        for box in etree.fromstring(drawn).iter("rect")
    ]


def test_parts_of_a_bar_lie_end_to_end():
    drawn = boxes(bar([("articles", 3), ("copies", 0), ("rejects", 1)], 4))
    assert [(box["x"], box["width"]) for box in drawn] == [(0, 75), (75, 25)]
    assert boxes(bar([("articles", 0)], 0)) == []


def test_columns_stand_on_each_other_and_say_their_numbers():
    drawn = columns({"articles": [1, 0], "copies": [3, 0]}, ["mon", "tue"], "by day")
    assert [(box["y"], box["height"]) for box in boxes(drawn)] == [(75, 25), (0, 75)]
    assert "<title>mon: 1 articles, 3 copies</title>" in drawn
    assert 'role="img" aria-label="by day"' in drawn


@given(st.lists(st.floats(0, 1e9), max_size=20))
def test_a_line_stays_in_its_box(values):
    drawn = sparkline(values, "runs")
    assert bool(drawn) == (len(values) > 1)
    points = re.findall(r"[ML](\S+) ([\d.]+)", str(drawn))
    assert len(points) == (len(values) if drawn else 0)
    assert all(0 <= float(x) <= 100 and 0 <= float(y) <= 24 for x, y in points)


pairs = st.tuples(st.sampled_from("abcdefghijklmno"), st.sampled_from("ABCDEFGHIJKLMNO"))


@given(st.dictionaries(pairs, st.integers(1, 1000), min_size=1))
def test_a_flow_chart_shows_every_copy(counts):
    drawn = etree.fromstring(flows(counts, ("left", "right"), "who"))
    for side, items in enumerate(drawn.iter("ol")):
        shown = {item.findtext("bdi"): int(item.findtext("b").replace(",", "")) for item in items}
        sizes = Counter()
        for pair, number in counts.items():
            sizes[pair[side]] += number
        assert sum(shown.values()) == sum(counts.values())
        assert len(shown) == min(len(sizes), NODES + 1)
        assert all(sizes[name] == number for name, number in shown.items() if name != OTHERS)
    told = [int(title.text.rpartition(": ")[2].replace(",", "")) for title in drawn.iter("title")]
    assert sum(told) == sum(counts.values())
