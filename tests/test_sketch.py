"""Tests of transforms/sketch.py."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.schemas import SKETCHES
from transforms.sketch import GRAM, INDEX_LIMIT, MAX_LETTERS, UNIT, fold, sketch_texts

EN = (
    "The Bank of England said it provided the market with further help totalling 166 mln stg "
    "during the afternoon. In band one, it bought 31 mln stg of treasury bills and three mln stg "
    "of bank bills at 9-7/8 pct, while in band two it bought 69 mln stg of bank bills. This "
    "brings the total assistance by the Bank so far today to 1,219.5 mln stg against a shortage. "
)
SCRIPTS = {
    "zh": "中国国家统计局星期一公布的数据显示，第三季度国内"
    "生产总值同比增长百分之四点九，好于经济学家的预期。",
    "ja": "日本銀行は金融政策決定会合で大規模な金融緩和策の"
    "維持を決めた。物価の見通しについては引き上げた。",
    "ko": "한국은행은 금융통화위원회를 열어 기준금리를 현 수준에서"
    " 동결하기로 결정했다고 밝혔다. 물가 상승률은 둔화했다.",
    "th": "ธนาคารแห่งประเทศไทยประกาศคงอัตราดอกเบี้ยนโยบายไว้ที่ระด"
    "ับเดิมตามที่นักเศรษฐศาสตร์ส่วนใหญ่คาดการณ์ไว้ก่อนหน้านี้",
    "ar": "أعلن البنك المركزي أنه سيبقي أسعار الفائدة دون تغيير "
    "خلال اجتماعه المقبل بعد تراجع معدلات التضخم في البلاد",
    "ru": "Центральный банк сохранил ключевую ставку на прежнем"
    " уровне, сообщила пресс-служба регулятора в пятницу.",
    "hi": "भारतीय रिज़र्व बैंक ने नीतिगत दरों में कोई बदलाव नहीं किया है और महंगाई के अनुमान को घटा दिया है।",
}


def parts(text: str) -> tuple[list[int], list[int], list[int], list[int]]:
    found = sketch_texts([text])
    return tuple(
        column.tolist()
        for column in (found.hashes, found.positions, found.numbers, found.number_positions)
    )


def test_sketch_is_the_same_on_every_machine_and_version():
    text = "\n".join([EN * 3, *SCRIPTS.values()])
    digest = hashlib.sha256(repr(parts(text)).encode()).hexdigest()
    assert digest[:16] == "3c97195c9b800e2e"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L’Aquila è “città”", 'L\'Aquila è "citta"'),
        ("caffè", "caffe\u0300"),
        ("sta\u00adtion  house", "STATION HOUSE"),
        ("R&amp;D &egrave;", "R D e"),
        ("cittÃ\xa0 perchÃ©", "citta perche"),
        ("in 10 l", "ln lo i"),
        ("clear", "e1ear"),
        ("１２３ ＡＢＣ", "123 ABC"),
        ("٢٠٢٤", "2024"),
    ],
)
def test_spelling_that_outlets_change_does_not_count(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("language", SCRIPTS)
def test_every_script_has_letters_grams_and_positions(language):
    text = SCRIPTS[language] * 2
    found = sketch_texts([text])
    assert found.letters[0] >= len(text) / 3
    assert len(found.hashes) >= found.letters[0] / 2 / 8 / 2


def test_a_passage_keeps_its_hashes_wherever_it_stands():
    inside = set(parts(EN)[0])
    around = set(parts("Something else entirely was written before. " + EN + "And after.")[0])
    assert len(inside) > 25
    assert inside <= around


def test_hashes_ascend_and_are_unique():
    hashes = parts(EN * 5)[0]
    assert hashes == sorted(set(hashes))


def test_one_gram_in_eight_is_kept_and_one_in_four_of_them_is_a_key():
    rng = np.random.default_rng(1)
    text = "".join(map(chr, rng.integers(ord("a"), ord("z"), 200_000)))
    found = sketch_texts([text])
    assert len(found.hashes) / 200_000 == pytest.approx(1 / 8, rel=0.05)
    assert np.mean(found.hashes < INDEX_LIMIT) == pytest.approx(1 / 4, rel=0.05)


def test_numbers_ignore_separators_and_digits_glued_to_letters():
    assert parts("1,200 and 15")[2] == parts("1.200 or 15")[2]
    assert len(parts("he11o, 7 men, B52, 12 km, 20.5.2024")[2]) == 2


def test_number_positions_count_letters():
    assert parts("abcd efgh 1987")[3] == [8 // UNIT]


def test_a_huge_text_is_sketched_up_to_the_limit():
    found = sketch_texts(["abcdefghij 12 " * 400_000])
    assert found.letters.tolist() == [MAX_LETTERS]
    assert found.positions.dtype == np.uint16


def test_columns_fit_the_schema():
    columns = sketch_texts([EN, "", "x"]).columns()
    assert list(columns) == SKETCHES.names[-5:]
    for name, column in columns.items():
        assert column.type == SKETCHES.field(name).type
        assert len(column) == 3


def test_no_texts_no_sketches():
    assert sketch_texts([]).offsets.tolist() == [0]


@given(st.lists(st.text(max_size=80), max_size=6))
def test_a_text_is_sketched_the_same_beside_any_others(texts):
    together = sketch_texts(texts)
    for i, text in enumerate(texts):
        mine = slice(together.offsets[i], together.offsets[i + 1])
        numbers = slice(together.number_offsets[i], together.number_offsets[i + 1])
        assert parts(text) == (
            together.hashes[mine].tolist(),
            together.positions[mine].tolist(),
            together.numbers[numbers].tolist(),
            together.number_positions[numbers].tolist(),
        )


@given(st.text())
def test_short_texts_have_no_grams(text):
    if len(fold(text)) < GRAM // 2:
        assert not parts(text)[0]
