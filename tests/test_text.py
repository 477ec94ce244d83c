"""Tests of transforms/text.py."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text import Decoder, clean, clean_line, decode, is_binary

ANYTHING = st.text(st.characters(codec=None, categories=None))  # lone surrogates too


class TestDecode:
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_a_byte_order_mark_decides(self, encoding):
        assert decode("perché".encode(encoding), "latin-1") == ("perché", ())

    def test_then_strict_utf_8_whatever_is_declared(self):
        assert decode("perché".encode(), "latin-1") == ("perché", ())

    def test_then_what_is_declared(self):
        assert decode("Привет".encode("koi8-r"), "KOI8-R") == ("Привет", ())

    def test_a_label_means_what_the_web_means(self):
        assert decode("“città”".encode("cp1252"), "ISO-8859-1") == ("“città”", ())

    @pytest.mark.parametrize("declared", [None, "", "no-such-charset", "hex", "utf-8", "utf_16\0"])
    def test_then_a_detector_and_a_warning(self, declared):
        text = "Perché la città è così: più caffè, perciò. "
        assert decode((text * 5).encode("latin-1"), declared) == (text * 5, ("charset_guessed",))

    @pytest.mark.parametrize(
        ("text", "charset"),
        [
            ("perché la città", "latin-1"),
            ("Il sindaco ha detto che il ponte riaprirà lunedì.", "latin-1"),
            ("La più vecchia fabbrica della città è “chiusa”.", "cp1252"),
            ("De burgemeester is één dag te laat geïnformeerd.", "latin-1"),
            ("A câmara não respondeu às perguntas.", "latin-1"),
            ("Borgmesteren har åbnet den nye bro på øen.", "latin-1"),
            ("Die Brücke bleibt für drei Wochen geschlossen.", "latin-1"),
            ("Most zostanie zamknięty na trzy miesiące, mówią władze.", "cp1250"),
            ("Мост будет закрыт на три месяца.", "cp1251"),
        ],
    )
    def test_one_sentence_is_enough_for_the_detector(self, text, charset):
        assert decode(text.encode(charset)) == (text, ("charset_guessed",))

    @given(st.binary())
    def test_never_fails(self, data):
        assert isinstance(decode(data)[0], str)


class TestDecoder:
    def test_warns_only_for_the_parts_it_guessed(self):
        decoder = Decoder()

        assert decoder.decode("così".encode()) == ("così", ())
        assert decoder.decode("così fan tutte".encode("latin-1"))[1] == ("charset_guessed",)
        assert decoder.decode(b"ok") == ("ok", ())
        assert decoder.warnings == ("charset_guessed",)

    @given(st.text(), st.integers(1, 50))
    def test_a_stream_gives_the_same_text_however_it_is_cut(self, text, size):
        parts = Decoder().stream(io.BytesIO(text.encode()), size)

        assert "".join(parts) == text


class TestIsBinary:
    @pytest.mark.parametrize("head", [b"", b"plain\ttext\r\n", "così".encode("latin-1")])
    def test_text_is_not(self, head):
        assert not is_binary(head)

    def test_utf_16_with_its_mark_is_not(self):
        assert not is_binary("text".encode("utf-16"))

    def test_one_nul_in_a_text_is_not(self):
        assert not is_binary(b"text " * 20 + b"\0")

    def test_packed_data_is(self):
        assert is_binary(bytes(range(256)) * 4)


class TestClean:
    def test_line_breaks_of_all_kinds_become_line_feeds(self):
        assert clean("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h") == "a\nb\nc\nd\ne\nf\ng\nh"

    def test_control_characters_and_the_mark_go(self):
        assert clean("\ufeffa\0b\x07c\x9fd\x7f") == "abcd"

    def test_text_is_composed(self):
        assert clean("perche\u0301") == "perché"

    def test_a_lone_surrogate_is_replaced(self):
        assert clean("a\ud800b") == "a\ufffdb"

    def test_joiners_stay(self):
        assert clean("می\u200cخواهم") == "می\u200cخواهم"

    @given(ANYTHING)
    def test_gives_what_a_row_may_hold_and_is_a_fixed_point(self, text):
        cleaned = clean(text)

        cleaned.encode()
        assert unicodedata.is_normalized("NFC", cleaned)
        assert not [c for c in cleaned if unicodedata.category(c) == "Cc" and c not in "\t\n"]
        assert clean(cleaned) == cleaned

    def test_a_line_has_single_blanks_and_is_never_empty(self):
        assert clean_line(" a \n\t b ") == "a b"
        assert clean_line(" \n ") is None
        assert clean_line(None) is None
