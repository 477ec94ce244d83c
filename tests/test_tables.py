"""Tests of pipeline/tables.py."""

from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipeline.tables import WIDEST, printable, table

ROWS = [("Pyongyang", "12"), ("平壌", "3"), (None, "")]


def test_columns_are_aligned_and_wide_characters_take_two_places():
    assert table(["place", "n"], ROWS, [False, True], WIDEST) == (
        "place       n\n─────────────\nPyongyang  12\n平壌        3\n\n"
    )


def test_cells_that_do_not_fit_are_cut():
    assert table(["place"], [("Pyongyang",)], [False], 6) == "place\n──────\nPyong…\n"


def test_widest_columns_are_cut_first():
    assert table(["a", "b"], [("x" * 9, "yy")], [False, False], 8) == (
        "a     b\n────────\nxxx…  yy\n"
    )


def test_wide_character_at_the_edge_leaves_no_half():
    assert table(["a"], [("平壌平壌",)], [False], 6).splitlines()[2] == "平壌 …"


def test_markup_and_control_characters_are_shown_not_obeyed():
    shown = table(["a"], [("[red]\x1b[31m\x07\n\u202e",)], [False], WIDEST)

    assert "[red]\\x1b[31m\\x07\\n\\u202e" in shown


@given(st.text(), st.integers(10, 200))
def test_no_line_is_wider_than_asked(text, width):
    lines = table(["a", "b"], [(text, text)], [False, True], width).splitlines()

    assert max(map(cell_len, lines)) <= width


@given(st.text())
def test_printable_text_has_no_control_characters(text):
    assert not any(category(character) == "Cc" for character in printable(text))
