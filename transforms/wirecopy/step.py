"""FoldWireCopy: the functions of `fold` as a Beam graph.

Elements are blocks (arrays of many keys, pairs or articles), keyed by a part of the space of keys
or pairs: one element per key would cost more than the folding itself.

    files --> register ---------------------------------------------------.  (side input of all)
    files --> keys --CombinePerKey--> hot keys --> samples compared --> verdict  (side input)
                           '--> rare pairs ---.                           |
    files -------------------> pairs with pivots <------------------------'
                                              '--CombinePerKey--> compared --> stories --> tables
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import pyarrow as pa
from apache_beam import (
    CombineFn,
    CombineGlobally,
    CombinePerKey,
    DoFn,
    FlatMap,
    Flatten,
    Map,
    ParDo,
    PCollection,
    PTransform,
    Reshuffle,
)
from apache_beam.pvalue import AsList, AsSingleton

from transforms.records import SketchFile
from transforms.wirecopy import fold
from transforms.wirecopy.arrays import Array, unpack
from transforms.wirecopy.candidates import (
    Holders,
    HotKeys,
    Shared,
    Verdict,
    add_up,
    hot_keys,
    join_hot,
    merge,
    pairs_of_rare,
    split,
)
from transforms.wirecopy.register import Entries, Register, join, read_entries
from transforms.wirecopy.rules import Pairs, join_pairs
from transforms.wirecopy.shelf import Shelf
from transforms.wirecopy.verdicts import write_verdicts

PARTS: Final = 8  # of the keys, and of the pairs: the most workers that a step can use
COMPACT: Final = 8  # blocks that an accumulator gathers before it adds them up
PAIRS_PER_ELEMENT: Final = 32_000

Block = TypeVar("Block")
Whole = TypeVar("Whole")


class FoldWireCopy(PTransform[PCollection[SketchFile], PCollection[pa.Table]]):
    """Tell which articles are copies: files of sketches in, verdicts out.

    Gives tables of VERDICTS. Each article of the run is in one table at most; who is in none is an
    original without links. Deterministic on every runner, with every number of workers and every
    split of the input into files. Rejects nothing.
    """

    def expand(self, files: PCollection[SketchFile]) -> PCollection[pa.Table]:
        listed = AsList(files)
        register = AsSingleton(
            files
            | "Register" >> Map(_entries, listed)
            | "Number" >> CombineGlobally(Together(join))
        )
        holders = (
            files
            | "Index" >> ParDo(_Index(), listed, register)
            | "AddUpHolders" >> CombinePerKey(Together(merge, merge))
        )
        hot = (
            holders
            | "HotKeys" >> Map(lambda part: hot_keys(part[1]))
            | "AllHotKeys" >> CombineGlobally(Together(join_hot))
        )
        samples = (
            hot
            | "Samples" >> FlatMap(_samples, register)
            | "SpreadSamples" >> Reshuffle()
            | "CompareSamples" >> ParDo(_Examine(), listed, register)
            | "AllSamples" >> CombineGlobally(Together(join_pairs))
        )
        verdict = AsSingleton(hot | "Judge" >> Map(_judge, AsSingleton(samples)))
        rare = holders | "RarePairs" >> FlatMap(_rare_pairs, register)
        pivots = files | "PairsWithPivots" >> ParDo(_Pivots(), listed, register, verdict)
        compared = (
            (rare, pivots)
            | Flatten()
            | "AddUpPairs" >> CombinePerKey(Together(add_up, add_up))
            | "WorthComparing" >> FlatMap(_worth_comparing, register)
            | "SpreadPairs" >> Reshuffle()
            | "ComparePairs" >> ParDo(_Examine(), listed, register, verdict)
            | "AllPairs" >> CombineGlobally(Together(join_pairs))
        )
        return compared | "Conclude" >> ParDo(_Conclude(), listed, register, verdict)


class Together(CombineFn, Generic[Block, Whole]):
    """Add blocks up by a function of many of them.

    `some` adds up a few meanwhile, so that an accumulator stays compact; it must be associative
    and commutative.
    """

    def __init__(
        self,
        whole: Callable[[Sequence[Block]], Whole],
        some: Callable[[Sequence[Block]], Block] | None = None,
    ) -> None:
        self._whole, self._some = whole, some

    def create_accumulator(self) -> list[Block]:
        return []

    def add_input(self, blocks: list[Block], block: Block) -> list[Block]:
        blocks.append(block)
        return self.compact(blocks) if len(blocks) >= COMPACT else blocks

    def merge_accumulators(self, accumulators: Iterable[list[Block]]) -> list[Block]:
        blocks: list[Block] = []
        for accumulator in accumulators:
            blocks = self.compact([*blocks, *accumulator])
        return blocks

    def compact(self, blocks: list[Block]) -> list[Block]:
        return [self._some(blocks)] if self._some and len(blocks) > 1 else blocks

    def extract_output(self, blocks: list[Block]) -> Whole:
        return self._whole(blocks)


def _ordered(files: Iterable[SketchFile]) -> list[SketchFile]:
    """Return the files in an order that every worker finds the same."""
    return sorted(files, key=lambda file: file.path)


def _entries(file: SketchFile, listed: list[SketchFile]) -> Entries:
    files = _ordered(listed)
    return read_entries(files, files.index(file))


class _Reader(DoFn):
    """What reads sketches: files stay open for a bundle."""

    _shelf: Shelf | None = None

    def finish_bundle(self) -> None:
        self._shelf = None

    def shelf(self, listed: list[SketchFile]) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(_ordered(listed))
        return self._shelf


class _Index(_Reader):
    def process(
        self, file: SketchFile, listed: list[SketchFile], register: Register
    ) -> Iterator[tuple[int, Holders]]:
        number = _ordered(listed).index(file)
        for holders in fold.index_file(self.shelf(listed), register, number):
            yield from enumerate(split(holders, PARTS))


class _Pivots(_Reader):
    def process(
        self, file: SketchFile, listed: list[SketchFile], register: Register, verdict: Verdict
    ) -> Iterator[tuple[int, Shared]]:
        number = _ordered(listed).index(file)
        for shared in fold.pivots_of_file(self.shelf(listed), register, number, verdict):
            yield from fold.deal(register, shared, PARTS)


class _Examine(_Reader):
    def process(
        self,
        pairs: Array,
        listed: list[SketchFile],
        register: Register,
        verdict: Verdict | None = None,
    ) -> Iterator[Pairs]:
        boilerplate = verdict.boilerplate if verdict else fold.NOTHING
        yield from fold.examine(self.shelf(listed), register, boilerplate, pairs)


class _Conclude(_Reader):
    def process(
        self, compared: Pairs, listed: list[SketchFile], register: Register, verdict: Verdict
    ) -> Iterator[pa.Table]:
        stories, links = fold.conclude(register, [compared])
        shelf = self.shelf(listed)
        links = fold.measure(shelf, register, verdict.boilerplate, links)
        yield from write_verdicts(shelf, register, stories, links)


def _judge(hot: HotKeys, samples: Pairs) -> Verdict:
    return fold.judge(hot, [samples])


def _rare_pairs(part: tuple[int, Holders], register: Register) -> Iterator[tuple[int, Shared]]:
    for shared in pairs_of_rare(part[1]):
        yield from fold.deal(register, shared, PARTS)


def _worth_comparing(part: tuple[int, Shared], register: Register) -> Iterator[Array]:
    return _cut(register, fold.worth_comparing(register, part[1]))


def _samples(hot: HotKeys, register: Register) -> Iterator[Array]:
    return _cut(register, hot.pairs().pairs)


def _cut(register: Register, pairs: Array) -> Iterator[Array]:
    """Yield the pairs in elements that hold those of a story together."""
    pairs = pairs[np.argsort(register.neighbourhood(*unpack(pairs)), kind="stable")]
    for start in range(0, len(pairs), PAIRS_PER_ELEMENT):
        yield pairs[start : start + PAIRS_PER_ELEMENT]
