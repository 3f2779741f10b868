"""Synapses of a projection as columns, and their comparison and layout."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Synapses", "as_matrix", "delay_steps", "joined", "matched"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Synapses(NamedTuple):
    """Synapses of a projection, by their indices in what it connects; arrays of one length."""

    pre: Ints
    post: Ints
    weight: Floats
    """In the unit of the target's model, with the sign of the script."""
    delay_ms: Floats

    def taken(self, order: Ints) -> "Synapses":
        """Those at the places `order`."""
        return Synapses(self.pre[order], self.post[order], self.weight[order], self.delay_ms[order])

    def ordered(self) -> "Synapses":
        """The same in the order of source and target; the order of equal pairs stays."""
        span = 1 + int(self.post.max(initial=0))
        return self.taken(np.argsort(self.pre * span + self.post, kind="stable"))


NONE = Synapses(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def joined(pieces: list[Synapses]) -> Synapses:
    """All `pieces`, one after the other."""
    return Synapses(*(np.concatenate(columns) for columns in zip(NONE, *pieces, strict=True)))


def delay_steps(delay_ms: Floats, dt_ms: float) -> Ints:
    """Delays in whole steps as cores hold them: rounded, halves up, and one at least."""
    return np.maximum(1, np.floor(delay_ms / dt_ms + 0.5)).astype(np.int64)


def matched(found: Synapses, listed: Synapses, dt_ms: float) -> Synapses:
    """`found` in the order of `listed`: of equal pairs, by delay and magnitude of the weight."""

    def rank(synapses: Synapses) -> Ints:
        steps = delay_steps(synapses.delay_ms, dt_ms)
        return np.lexsort((np.abs(synapses.weight), steps, synapses.post, synapses.pre))

    place = np.empty(listed.pre.size, np.int64)
    place[rank(listed)] = rank(found)
    return found.taken(place)


MULTIPLE: Mapping[str, tuple[Any, float]] = {
    "sum": (np.add, 0.0),
    "min": (np.minimum, np.inf),
    "max": (np.maximum, -np.inf),
}


def as_matrix(shape: tuple[int, int], synapses: Synapses, values: Floats, multiple: str) -> Floats:
    """Matrix of `values`, one for each of `synapses`, with NaN where there is none.

    Parameters
    ----------
    shape : (int, int)
        Numbers of sources and of targets.
    synapses : Synapses
        In order.
    values : ndarray of float64, shape (n_synapses,)
    multiple : {"sum", "min", "max", "first", "last"}
        What becomes of several synapses between the same cells.
    """
    matrix = np.full(shape, np.nan)
    pre, post = synapses.pre, synapses.post
    if multiple in MULTIPLE:
        join, neutral = MULTIPLE[multiple]
        matrix[pre, post] = neutral
        join.at(matrix, (pre, post), values)
    elif values.size:
        differs = (np.diff(pre) != 0) | (np.diff(post) != 0)
        ends = (True, differs) if multiple == "first" else (differs, True)
        chosen = np.hstack(ends)
        matrix[pre[chosen], post[chosen]] = values[chosen]
    return matrix
