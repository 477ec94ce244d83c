"""The second opinion: py3langid's model, walked for all bytes of a text at once.

py3langid feeds its automaton byte by byte, in Python. But the state after a byte depends on the
last few bytes only (the longest n-gram of the model has six), so the states at all places of a
text come from six looks into the table. The answers are the library's (a test holds that).
Its weights are kept as whole numbers of 1/16 nat and the logarithms of counts as 1/16: 4,000
bytes sum to less than 2**24, where float32 is exact.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier

SCALE: Final = 16  # steps per nat: the model's weights lie between -15 and -2.7
DEPTH: Final = 6  # bytes of the longest n-gram
FOLLOW: Final = 256  # followers of a state, one for each byte


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

    def score(self, text: str) -> tuple[npt.NDArray[np.float64], int]:
        """Return the log-posterior of `text` per entry of `languages`, and its bytes."""
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        features = self._feature[self._states(data)]
        found, counts = np.unique(features[features >= 0], return_counts=True)
        weight = np.rint(np.log1p(counts) * SCALE).astype(np.float32)
        cost = weight @ self._cost[found].astype(np.float32)
        return self._prior - cost.astype(np.float64) / SCALE**2, len(data)

    def _states(self, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
        """Return the automaton's state after each byte."""
        state = np.zeros(len(data), np.uint32)
        for back in range(min(DEPTH, len(data)) - 1, -1, -1):
            state[back:] = self._next[self._row[state[back:]] + data[: len(data) - back]]
        return state
