"""FoldWireCopy: the functions of `fold` as a Beam graph.

What many articles weigh together rests in files (`Rest`); elements are their paths, keyed by a
part of the space of keys or pairs. An element per key would cost more than the folding itself.

    files --> register ----------------------------------------------.   (read by all)
    files --> keys --by part--> hot keys --> samples compared --> verdict   (read by what follows)
                        '-----> rare pairs ---.                   |
    files --------------------> pairs with pivots <---------------'
                                              '--by part--> compared --> stories --> tables
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import numpy as np
import pyarrow as pa
from apache_beam import (
    DoFn,
    FlatMap,
    Flatten,
    GroupByKey,
    Map,
    ParDo,
    PCollection,
    PTransform,
    Reshuffle,
)
from apache_beam.pvalue import AsSingleton, TaggedOutput
from apache_beam.transforms.combiners import ToList

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
from transforms.wirecopy.register import Register, number_articles
from transforms.wirecopy.rest import Rest, lay
from transforms.wirecopy.rules import Pairs
from transforms.wirecopy.shelf import Shelf
from transforms.wirecopy.verdicts import write_verdicts

ARTICLES_PER_PART: Final = 25_000  # 10 MB of keys, 25 MB of pairs

Files = list[SketchFile]  # in an order that every worker finds the same


class FoldWireCopy(PTransform[PCollection[SketchFile], PCollection[pa.Table]]):
    """Tell which articles are copies: files of sketches in, verdicts out.

    Gives tables of VERDICTS. Each article of the run is in one table at most; who is in none is an
    original without links. Deterministic on every runner, with every number of workers and every
    split of the input into files. Rejects nothing. What it works with rests in `folder`, which all
    workers see and which may go when the run has ended.

    One worker's memory: 0.5 KB an article of the run and its window, and the sketches of some.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def expand(self, files: PCollection[SketchFile]) -> PCollection[pa.Table]:
        folder = self._folder
        every = files | "All" >> ToList() | "Ordered" >> Map(_ordered)
        listed = AsSingleton(every)
        register = AsSingleton(every | "Number" >> Map(_number, folder))
        keys = (
            files
            | "Index" >> ParDo(_Index(folder), listed, register)
            | "KeysOfPart" >> GroupByKey()
            | "HotAndRare" >> ParDo(_Keys(folder), register).with_outputs("hot", main="rare")
        )
        hot = keys.hot | "AllHot" >> ToList() | "HotKeys" >> Map(_join_hot, folder)
        samples = (
            hot
            | "Samples" >> FlatMap(_samples, register, folder)
            | "SpreadSamples" >> Reshuffle()
            | "CompareSamples" >> ParDo(_Samples(folder), listed, register)
            | "AllSamples" >> ToList()
        )
        verdict = AsSingleton(samples | "Judge" >> Map(_judge, AsSingleton(hot), folder))
        pivots = files | "Pivots" >> ParDo(_Pivots(folder), listed, register, verdict)
        return (
            (keys.rare, pivots)
            | Flatten()
            | "PairsOfPart" >> GroupByKey()
            | "Candidates" >> FlatMap(_candidates, register, folder)
            | "SpreadPairs" >> Reshuffle()
            | "ComparePairs" >> ParDo(_Pairs(folder), listed, register, verdict)
            | "AllPairs" >> ToList()
            | "Conclude" >> ParDo(_Conclude(), listed, register, verdict)
        )


def _ordered(files: list[SketchFile]) -> Files:
    return sorted(files, key=lambda file: file.path)


def _number(files: Files, folder: str) -> Rest[Register]:
    return lay(number_articles(files), folder)


def _parts(register: Register) -> int:
    return 1 + len(register) // ARTICLES_PER_PART


class _Reader(DoFn):
    """What reads sketches: files stay open for a bundle."""

    _shelf: Shelf | None = None

    def __init__(self, folder: str = "") -> None:
        self._folder = folder

    def finish_bundle(self) -> None:
        self._shelf = None

    def shelf(self, files: Files) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(files)
        return self._shelf


class _Index(_Reader):
    def process(
        self, file: SketchFile, files: Files, register: Rest[Register]
    ) -> Iterator[tuple[int, Rest[Holders]]]:
        known = register.share()
        blocks = fold.index_file(self.shelf(files), known, files.index(file))
        for part, holders in enumerate(split(merge(list(blocks)), _parts(known))):
            if len(holders.entries):
                yield part, lay(holders, self._folder)


_Hot = TaggedOutput[Literal["hot"], Rest[HotKeys]]


class _Keys(DoFn):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(
        self, part: tuple[int, Iterable[Rest[Holders]]], register: Rest[Register]
    ) -> Iterator[tuple[int, Rest[Shared]] | _Hot]:
        holders = merge([block.read() for block in part[1]])
        yield _Hot("hot", lay(hot_keys(holders), self._folder))
        for shared in pairs_of_rare(holders):
            yield from _deal(register.share(), shared, self._folder)


def _join_hot(parts: list[Rest[HotKeys]], folder: str) -> Rest[HotKeys]:
    return lay(join_hot([part.read() for part in parts]), folder)


def _samples(hot: Rest[HotKeys], register: Rest[Register], folder: str) -> Iterator[Rest[HotKeys]]:
    for some in fold.deal_hot(register.share(), hot.read()):
        yield lay(some, folder)


class _Samples(_Reader):
    def process(
        self, hot: Rest[HotKeys], files: Files, register: Rest[Register]
    ) -> Iterator[Rest[Array]]:
        near = fold.near_samples(self.shelf(files), register.share(), hot.read())
        yield lay(near, self._folder)


def _judge(near: list[Rest[Array]], hot: Rest[HotKeys], folder: str) -> Rest[Verdict]:
    return lay(fold.judge(hot.read(), [part.read() for part in near]), folder)


class _Pivots(_Reader):
    def process(
        self, file: SketchFile, files: Files, register: Rest[Register], verdict: Rest[Verdict]
    ) -> Iterator[tuple[int, Rest[Shared]]]:
        known, number = register.share(), files.index(file)
        for shared in fold.pivots_of_file(self.shelf(files), known, number, verdict.share()):
            yield from _deal(known, shared, self._folder)


def _deal(register: Register, shared: Shared, folder: str) -> Iterator[tuple[int, Rest[Shared]]]:
    for part, some in fold.deal(register, shared, _parts(register)):
        if len(some.pairs):
            yield part, lay(some, folder)


def _candidates(
    part: tuple[int, Iterable[Rest[Shared]]], register: Rest[Register], folder: str
) -> Iterator[Rest[Array]]:
    shared = add_up([block.read() for block in part[1]])
    yield from _cut(register.share(), fold.worth_comparing(register.share(), shared), folder)


def _cut(register: Register, pairs: Array, folder: str) -> Iterator[Rest[Array]]:
    """Yield the pairs in elements that hold those of a story together."""
    pairs = pairs[np.argsort(register.neighbourhood(*unpack(pairs)), kind="stable")]
    for start in range(0, len(pairs), fold.PAIRS_AT_ONCE):
        yield lay(pairs[start : start + fold.PAIRS_AT_ONCE], folder)


class _Pairs(_Reader):
    def process(
        self,
        pairs: Rest[Array],
        files: Files,
        register: Rest[Register],
        verdict: Rest[Verdict],
    ) -> Iterator[Rest[Pairs]]:
        boilerplate = verdict.share().boilerplate
        found = fold.related(self.shelf(files), register.share(), boilerplate, pairs.read())
        yield lay(found, self._folder)


class _Conclude(_Reader):
    def process(
        self,
        found: list[Rest[Pairs]],
        files: Files,
        register: Rest[Register],
        verdict: Rest[Verdict],
    ) -> Iterator[pa.Table]:
        known, shelf = register.share(), self.shelf(files)
        stories, links = fold.conclude(known, [part.read() for part in found])
        links = fold.measure(shelf, known, verdict.share().boilerplate, links)
        yield from write_verdicts(shelf, known, stories, links)
