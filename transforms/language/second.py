"""The second opinion: py3langid's model, walked for all bytes of a text at once.

py3langid feeds its automaton byte by byte, in Python. But the state after a byte depends on the
last few bytes only (the longest n-gram of the model has six), so the states at all places of a
text come from six looks into the table. The answers are the library's (a test holds that).
Its weights are kept as whole numbers of 1/16 nat and the logarithms of counts as 1/13: 4,000 bytes
sum to less than 2**24, where float32 is exact, so that no order of addition can change a score.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier

SCALE: Final = 16  # units per nat: the model's weights lie between -15 and -2.7
COUNTS: Final = 13  # units of log(1 + count): puts log 2 and log 4 next to whole numbers
DEPTH: Final = 6  # bytes of the longest n-gram
FOLLOW: Final = 256  # followers of a state, one for each byte
END: Final = b"\xff"  # begins a text: in no UTF-8, so it leads every state back to the root
OWNER: Final = 20  # bits of a feature's number; above them the number of its text

Scores = npt.NDArray[np.float64]


class SecondOpinion:
    """The 140 languages that py3langid knows, and how well a text fits each."""

    def __init__(self) -> None:
        """Unpack the model: about 0.7 s and 70 MB."""
        model = LanguageIdentifier.from_model_file(MODEL_FILE)
        self.languages: tuple[str, ...] = tuple(model.nb_classes)  # some twice, one per script
        self._prior = np.asarray(model.nb_pc, np.float64)
        self._cost = np.rint(model.nb_ptc.astype(np.float32) * -SCALE).astype(np.uint8)
        self._next = np.asarray(model.tk_nextmove)
        self._row = np.asarray(model.tk_row, np.int32) * FOLLOW
        self._feature = np.asarray(model.tk_output, np.int32)

    def score(self, texts: Sequence[str]) -> Scores:
        """Return the log-posterior of each text per entry of `languages`, in nats."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        feature = self._feature[self._states(END.join([b"", *encoded]))]
        lengths = [len(data) + len(END) for data in encoded]
        owner = np.repeat(np.arange(len(texts)) << OWNER, lengths)
        found, counts = np.unique((owner | feature)[feature >= 0], return_counts=True)
        owner, found = found >> OWNER, found & ((1 << OWNER) - 1)
        weight = np.rint(np.log1p(counts) * COUNTS).astype(np.float32)
        totals = np.empty((len(texts), len(self.languages)))
        ends = np.searchsorted(owner, np.arange(len(texts) + 1))
        for text, (start, end) in enumerate(pairwise(ends)):
            totals[text] = weight[start:end] @ self._cost[found[start:end]].astype(np.float32)
        return self._prior - totals / (SCALE * COUNTS)

    def _states(self, data: bytes) -> npt.NDArray[np.uint32]:
        """Return the automaton's state after each byte."""
        letters = np.frombuffer(data, np.uint8)
        state = np.zeros(len(letters), np.uint32)
        for back in range(min(DEPTH, len(letters)) - 1, -1, -1):
            state[back:] = self._next[self._row[state[back:]] + letters[: len(letters) - back]]
        return state
