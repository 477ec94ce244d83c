"""Sketch texts: what is kept of an article to find its copies (`sketch_texts`).

    text --fold--> letters --hash every run of GRAM letters--> keep 1 in 8, with positions
         --numbers--> digit runs, with positions

The sampling is FracMinHash (Irber et al. 2022) with positions: whether a gram is kept depends on
the gram alone, so two texts keep the same grams of what they share. About 1 KB an article.

Sketches are stored and compared across runs, machines and versions: a change of any constant
or table here is a new sketch version, and the golden test says so.
"""

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Units = npt.NDArray[np.uint16]
Index = npt.NDArray[np.int64]

# Letters of a gram. Of 10 and 16, measured on a held-out corpus of edited copies: near recall
# .991 and .975, and with 16 half of the noisy reprints of one story are lost.
GRAM: Final = 10
KEEP_BITS: Final = 3  # 1 gram in 8 is kept, 160 of an article of 1,300 letters
INDEX_BITS: Final = 2  # 1 kept gram in 4 is an index key, by which candidates are found
INDEX_LIMIT: Final = 1 << (32 - INDEX_BITS)  # hashes below it are index keys
UNIT: Final = 4  # letters; positions count in it, so that 16 bits reach through a long article
MAX_LETTERS: Final = UNIT << 16  # 262,144 letters are sketched, about 50,000 words
BATCH_CHARS: Final = 1 << 17  # sketched at once: of 8 to 128 Ki the fastest, 36 us an article
BATCH_TEXTS: Final = 1 << 12

_BASE: Final = np.uint32(0x9E3779B1)  # odd; the golden ratio of 2**32
_BASE2: Final = np.uint32(0x9E3779B1**2 % (1 << 32))
_BASE4: Final = np.uint32(0x9E3779B1**4 % (1 << 32))
_DIGIT, _SEPARATOR, _LETTER = 1, 2, 3
_LOOKALIKES: Final = {"1": "l", "i": "l", "0": "o", "5": "s", "8": "b", "c": "e"}  # OCR confusions


@dataclass(frozen=True)
class Sketches:
    """The sketches of n texts, end to end: those of text i lie at offsets[i]:offsets[i + 1].

    `hashes` ascend in each text and are unique there; `positions` (of the first letter of the
    gram, in UNITs) go with them. `numbers` are in text order. `letters` counts the folded letters
    that were sketched.
    """

    letters: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint32]
    positions: npt.NDArray[np.uint16]
    offsets: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]
    number_positions: npt.NDArray[np.uint16]
    number_offsets: npt.NDArray[np.int32]

    def columns(self) -> dict[str, pa.Array]:
        """Return the last columns of the schema SKETCHES: those that hold the sketch."""
        lists = pa.ListArray.from_arrays
        return {
            "letters": pa.array(self.letters),
            "hashes": lists(self.offsets, self.hashes),
            "positions": lists(self.offsets, self.positions),
            "numbers": lists(self.number_offsets, self.numbers),
            "number_positions": lists(self.number_offsets, self.number_positions),
        }


def sketch_texts(texts: Sequence[str]) -> Sketches:
    """Return the sketches of the texts: the same for a text whatever the others are."""
    parts = [_sketch(batch) for batch in _batches(texts)]
    letters, grams, numbers = zip(*parts, strict=True) if parts else ((), (), ())
    hashes, positions, counts = _joined(grams, (np.uint32, np.uint16, np.int32))
    values, places, number_counts = _joined(numbers, (np.int32, np.uint16, np.int32))
    (length,) = _joined([(part,) for part in letters], (np.int32,))
    return Sketches(
        length, hashes, positions, _offsets(counts), values, places, _offsets(number_counts)
    )


def fold(text: str) -> str:
    """Return the letters that are compared: for tests and explanations, not for speed."""
    units = np.frombuffer(_repaired(text).encode("utf-16-le", "surrogatepass"), np.uint16)
    return "".join(map(chr, _tables()[0][units])).replace("\0", "")


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch, chars = [], 0
    for text in texts:
        batch.append(text)
        chars += min(len(text), 2 * MAX_LETTERS)
        if chars >= BATCH_CHARS or len(batch) == BATCH_TEXTS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _joined(parts: Sequence[Sequence[npt.NDArray]], kinds: Sequence[type]) -> list[npt.NDArray]:  # type: ignore[type-arg]
    return [
        np.concatenate([part[k] for part in parts] or [np.empty(0, kind)]).astype(kind, copy=False)
        for k, kind in enumerate(kinds)
    ]


def _offsets(counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _repaired(text: str) -> str:
    """Return the text with HTML entities and UTF-8 read as Latin-1 resolved, cut to what counts."""
    text = text[: 2 * MAX_LETTERS]
    if "&" in text:
        text = html.unescape(text)
    if "Ã" in text or "â\x80" in text:  # UTF-8 that was read as Latin-1
        try:
            text = text.encode("latin1").decode("utf8")
        except UnicodeError:
            return text
    return text


def _sketch(texts: list[str]) -> tuple[Units, tuple[Index, ...], tuple[Index, ...]]:
    folding, classes = _tables()
    encoded = [_repaired(text).encode("utf-16-le", "surrogatepass") for text in texts]
    units = np.frombuffer(b"".join(encoded), np.uint16)
    ends = np.cumsum([len(text) // 2 for text in encoded])
    folded = folding[units]
    kept = np.flatnonzero(folded != 0)  # index of each letter among the units
    letters = folded[kept]
    if letters.size and letters.max() >= _IDEOGRAPHS[0]:
        letters, kept = _spread(letters, kept)
    bounds = np.concatenate(([0], np.searchsorted(kept, ends)))  # letter index where a text begins
    length = np.minimum(np.diff(bounds), MAX_LETTERS)
    return length, _grams(letters, bounds), _numbers(units, classes, ends, kept, bounds)


_IDEOGRAPHS: Final = (0x2E80, 0xD7A4)  # CJK, kana, Hangul
_OTHER_DIGITS: Final = 0x660  # the first digits after ASCII's


def _spread(letters: Units, kept: Index) -> tuple[Units, Index]:
    """Write an ideograph or syllable as two letters: it says as much, and a gram is then five.

    A gram of ten ideographs would be two sentences' worth of evidence at once, and an edit every
    few words would leave none whole.
    """
    wide = (letters >= _IDEOGRAPHS[0]) & (letters < _IDEOGRAPHS[1])
    times = 1 + wide
    spread, place = np.repeat(letters, times), np.repeat(kept, times)
    second = np.cumsum(times)[wide] - 1
    spread[second] ^= np.uint16(0xA5A5)
    return spread, place


def _grams(letters: Units, bounds: Index) -> tuple[Index, ...]:
    """Return (hashes, positions, count of each text): the kept grams of all texts."""
    n = len(letters) - GRAM + 1
    if n <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(len(bounds) - 1, np.int64)
    one = letters.astype(np.uint32)
    one = (one ^ (one << np.uint32(13))) * np.uint32(
        0x85EBCA6B
    )  # a letter is few bits: spread them
    two = one[:-1] * _BASE + one[1:]
    four = two[:-2] * _BASE2 + two[2:]
    eight = four[:-4] * _BASE4 + four[4:]
    whole = eight[:n] * _BASE2 + two[8:]
    whole ^= whole >> np.uint32(16)
    whole *= np.uint32(0x7FEB352D)
    whole ^= whole >> np.uint32(15)
    at = np.flatnonzero(whole < np.uint32(1 << (32 - KEEP_BITS)))
    text = np.searchsorted(bounds, at, "right") - 1
    place = at - bounds[text]
    whole_inside = (at + GRAM <= bounds[text + 1]) & (place < MAX_LETTERS)
    at, text, place = at[whole_inside], text[whole_inside], place[whole_inside]
    value = eight[at].astype(np.uint64) << np.uint64(32) | two[at + 8]
    value = mix(value) >> np.uint64(32)
    packed = (text.astype(np.uint64) << np.uint64(48)) | value << np.uint64(16)
    packed |= (place // UNIT).astype(np.uint64)
    packed.sort()
    gram = packed >> np.uint64(16)
    first = np.ones(len(packed), bool)  # a gram counts once in an article, where it comes first
    np.not_equal(gram[1:], gram[:-1], out=first[1:])
    packed, gram = packed[first], gram[first]
    counts = np.bincount((gram >> np.uint64(32)).astype(np.int64), minlength=len(bounds) - 1)
    return gram.astype(np.uint32), packed.astype(np.uint16), counts


def _numbers(
    units: Units, classes: npt.NDArray[np.uint8], ends: Index, kept: Index, bounds: Index
) -> tuple[Index, ...]:
    """Return (hashes, positions, count of each text) of the numbers of two digits and more.

    Points and commas inside are dropped (1,200 and 1.200 are one number). Digits behind a letter
    are not a number: OCR writes "he1lo".
    """
    texts = len(ends)
    digit = np.flatnonzero((units - np.uint16(48) < 10) | (units >= _OTHER_DIGITS))
    digit = digit[classes[units[digit]] == _DIGIT]
    if not len(digit):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(texts, np.int64)
    text = np.searchsorted(ends, digit, "right")
    gap = np.diff(digit)
    joined = (gap == 1) | ((gap == 2) & (classes[units[digit[:-1] + 1]] == _SEPARATOR))
    joined &= text[1:] == text[:-1]
    start = np.flatnonzero(np.concatenate(([True], ~joined)))
    size = np.diff(np.concatenate((start, [len(digit)])))
    place = np.arange(len(digit)) - np.repeat(start, size)
    power = np.uint64(0x9E3779B97F4A7C15) ** np.arange(min(int(size.max()), 64), dtype=np.uint64)
    value = (_tables()[0][units[digit]] + np.uint64(1)) * power[np.minimum(place, 63)]
    value = mix(np.add.reduceat(value, start))
    first = digit[start]
    behind_letter = (classes[units[np.maximum(first - 1, 0)]] == _LETTER) & (first > 0)
    behind_letter &= text[start] == np.searchsorted(ends, first - 1, "right")
    letter = np.searchsorted(kept, first) - bounds[text[start]]
    good = (size >= 2) & ~behind_letter & (letter < MAX_LETTERS)
    counts = np.bincount(text[start][good], minlength=texts)
    hashes = (value[good] >> np.uint64(33)).astype(np.int32)
    return hashes, (letter[good] // UNIT).astype(np.uint16), counts


def mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit over all (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@cache
def _tables() -> tuple[Units, npt.NDArray[np.uint8]]:
    """Return what each UTF-16 unit folds to (0 = dropped) and its class for numbers.

    The second unit of a pair stands for its character, the first is dropped.
    """
    folding, classes = np.zeros(1 << 16, np.uint16), np.zeros(1 << 16, np.uint8)
    for unit in range(1 << 16):
        if not 0xD800 <= unit < 0xE000:
            letter = _folded(chr(unit))
            folding[unit] = ord(letter) if letter else 0
            if letter:
                classes[unit] = _DIGIT if chr(unit).isdecimal() else _LETTER
    folding[0xDC00:0xE000] = np.arange(0xDC00, 0xE000)
    classes[[ord("."), ord(","), ord("٫"), ord("٬")]] = _SEPARATOR
    return folding, classes


def _folded(char: str) -> str:
    """Return the lower-case letter without accent, look-alikes merged; "" for marks and signs."""
    if "가" <= char <= "힣":  # Hangul: its parts would be more letters
        return char
    for part in unicodedata.normalize("NFKD", char):
        if part.isalnum():
            letter = str(unicodedata.decimal(part)) if part.isdecimal() else part.lower()[:1]
            return _LOOKALIKES.get(letter, letter) if ord(letter) < 1 << 16 else ""
    return ""
