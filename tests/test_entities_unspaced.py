"""Tests of transforms/tagger/unspaced.py."""

import pytest

from transforms.tagger.unspaced import UnspacedNames, is_unspaced

NAMES = UnspacedNames(
    ["北朝鮮", "朝鮮", "インド", "インドネシア", "マリ", "북한", "미국", "รัสเซีย", "中国"]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("プーチン大統領が北朝鮮を訪問", ["北朝鮮"]),
        ("インドネシアとインド", ["インドネシア", "インド"]),
        ("マリアの家", []),  # Maria is not Mali
        ("북한은 미국과 재미국", ["북한", "미국"]),
        ("ประธานาธิบดีรัสเซียเดินทาง", ["รัสเซีย"]),
        ("Putin in 中国", ["中国"]),
        ("", []),
    ],
)
def test_countries_are_found_without_spaces(text, expected):
    spans = list(NAMES.find(text))
    assert [text[s.start : s.end] for s in spans] == expected
    assert {s.label for s in spans} <= {"LOC"}


def test_only_these_scripts_count():
    assert [is_unspaced(n) for n in ("北朝鮮", "Corea", "ロシア連邦", "Corea 北朝鮮", "X")] == [
        True,
        False,
        True,
        False,
        False,
    ]
