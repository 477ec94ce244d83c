"""Tests of transforms/formats/jsons.py."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formats import jsons
from transforms.formats.jsons import read_json, read_lines
from transforms.formats.origin import Origin, Refused
from transforms.items import Item

ORIGIN = Origin("/in/a.json", "in/a.json", "in")


def outcome(found):
    number = int(
        found.source_uri.split("#")[1] if isinstance(found, Item) else found.uri.split("#")[1]
    )
    return number, found.text if isinstance(found, Item) else found.error.reason


def by_lines(data, **options):
    return [outcome(found) for found in read_lines(io.BytesIO(data), ORIGIN, **options)]


def by_values(data, **options):
    return [outcome(found) for found in read_json(io.BytesIO(data), ORIGIN, **options)]


class TestLines:
    def test_a_broken_line_costs_that_line_only(self):
        data = b'{"text": "a"}\n{"text": "b"\n\n  \n{"text": "c"}'

        assert by_lines(data) == [(1, "a"), (2, "bad_json"), (5, "c")]

    @pytest.mark.parametrize("line", [b"[1]", b"7", b'"x"', b"null", b"{bad}", b"[" * 100_000])
    def test_what_is_no_object_is_refused(self, line):
        assert by_lines(line) == [(1, "bad_json")]

    def test_a_lone_surrogate_passes(self):
        assert by_lines(b'{"text": "a\\ud800"}') == [(1, "a\ud800")]

    def test_raw_control_characters_do_no_harm(self):
        assert by_lines(b'{"text": "a\tb"}') == [(1, "a\tb")]

    def test_a_line_of_another_charset_is_guessed_and_noted(self):
        data = '{"text": "ok"}\n{"text": "la città è così"}\n'.encode("latin-1")
        first, second = read_lines(io.BytesIO(data), ORIGIN)

        assert (first.warnings, second.warnings) == ((), ("charset_guessed",))
        assert second.text == "la città è così"

    def test_a_line_that_is_too_long_is_skipped(self, monkeypatch):
        monkeypatch.setattr(jsons, "ROW_BYTES", 20)
        data = b'{"text": "a"}\n{"text": "' + b"x" * 50 + b'"}\n{"text": "c"}\n'

        assert by_lines(data) == [(1, "a"), (2, "too_large"), (3, "c")]

    def test_the_first_number_may_be_given(self):
        assert by_lines(b'{"text": "a"}\n{"text": "b"}', first=8) == [(8, "a"), (9, "b")]

    @pytest.mark.parametrize("data", [b"", b"\n\n \n"])
    def test_blank_lines_are_no_items(self, data):
        assert by_lines(data) == []


class TestFiles:
    def test_a_list_is_its_members(self):
        assert by_values(b' [ {"text": "a"} , {"text": "b"} ] ') == [(1, "a"), (2, "b")]

    def test_an_object_is_one_row(self):
        assert by_values(b'{"text": "a", "comments": [{"by": "x"}]}') == [(1, "a")]

    def test_objects_may_follow_one_another(self):
        assert by_values(b'{"text": "a"}\n{"text": "b"} {"text": "c"}') == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]

    def test_the_only_list_of_an_envelope_is_meant(self):
        data = b'{"status": "ok", "tags": ["x"], "articles": [{"text": "a"}, {"text": "b"}]}'

        assert by_values(data) == [(1, "a"), (2, "b")]

    def test_a_member_that_is_no_object_is_refused_alone(self):
        assert by_values(b'[{"text": "a"}, 7, {"text": "c"}]') == [
            (1, "a"),
            (2, "bad_json"),
            (3, "c"),
        ]

    @pytest.mark.parametrize(
        "data",
        [b'[{"text": "a"}, {"text": ', b'[{"text": "a"}', b'[{"text": "a"} x', b'{"text": "a"} x'],
    )
    def test_after_a_fault_the_rest_is_one_reject(self, data):
        assert by_values(data) == [(1, "a"), (2, "bad_json")]

    def test_an_object_that_is_too_long_is_refused(self, monkeypatch):
        monkeypatch.setattr(jsons, "WHOLE_BYTES", 50)
        monkeypatch.setattr(jsons, "CHUNK", 20)

        assert by_values(b'{"text": "a"} {"text": "' + b"x" * 99 + b'"}') == [
            (1, "a"),
            (2, "too_large"),
        ]

    def test_the_faulty_object_is_shown(self):
        *_, refused = read_json(io.BytesIO(b'[{"text": "a"}, {"text": "b'), ORIGIN)

        assert refused.sample == '{"text": "b'

    def test_an_empty_list_is_no_item(self):
        assert by_values(b"[]") == by_values(b" [ ] ") == []

    @pytest.mark.parametrize("data", [b"", b" \n"])
    def test_a_blank_file_is_refused(self, data):
        assert by_values(data) == [(1, "empty")]

    def test_deep_nesting_is_refused(self):
        assert by_values(b"[" * 100_000) == [(1, "bad_json")]

    @given(
        st.lists(st.dictionaries(st.just("text") | st.text(), st.text() | st.floats() | st.none())),
        st.integers(1, 40),
        st.booleans(),
        st.integers(1, 3),
    )
    def test_is_read_the_same_however_it_is_cut_and_shared(self, rows, chunk, as_list, shares):
        rows = [{"text": "t", **row} for row in rows]
        data = json.dumps(rows) if as_list else "\n".join(map(json.dumps, rows)) or "[]"
        jsons.CHUNK, before = chunk, jsons.CHUNK
        try:
            found = [
                item
                for k in range(shares)
                for item in read_json(io.BytesIO(data.encode()), ORIGIN, (k, shares))
            ]
        finally:
            jsons.CHUNK = before

        assert not [item for item in found if isinstance(item, Refused)]
        assert sorted(int(item.source_uri.split("#")[1]) for item in found) == [
            *range(1, len(rows) + 1)
        ]
