"""The seven connection rules, in the terms of Senk et al. 2022 (PLOS Comput. Biol. 18:e1010086).

A rule says who connects to whom; it is expanded by on-core generation, and here it only tells
what mapping must know beforehand: how many synapses there are, how long a row can become, and
how many synapses a neuron can receive.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.distributions import Binomial
from mapping.errors import SpecError

__all__ = [
    "AllToAll",
    "Connector",
    "ExplicitList",
    "FixedInDegree",
    "FixedOutDegree",
    "FixedTotalNumber",
    "OneToOne",
    "PairwiseBernoulli",
]


class Connector(Protocol):
    """What every connection rule can tell about its synapses."""

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        """Raise `SpecError` if the rule cannot be met between populations of these sizes."""

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        """Distribution of the number of synapses; `recurrent` if pre and post are the same."""

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        """Distribution of one source's synapses on `n_slice` of the targets (an upper bound)."""

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        """Distribution of the synapses that one target receives (an upper bound)."""


@dataclass(frozen=True, slots=True)
class OneToOne:
    """Source i to target i; the populations have the same size."""

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        if n_pre != n_post:
            msg = f"one-to-one needs equal sizes, got {n_pre} sources and {n_post} targets"
            raise SpecError(msg)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(n_pre, 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(1, 1.0)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(1, 1.0)


@dataclass(frozen=True, slots=True)
class AllToAll:
    """Every source to every target, without i to i in a population if not `allow_autapses`."""

    allow_autapses: bool = True

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        pass

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(n_pre * _candidates(n_post, recurrent, self.allow_autapses), 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(n_slice, 1.0)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(n_pre, 1.0)


@dataclass(frozen=True, slots=True)
class PairwiseBernoulli:
    """Each ordered pair with probability `p`, independently."""

    p: float
    allow_autapses: bool = True

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        if not 0.0 <= self.p <= 1.0:
            msg = f"a connection probability lies in [0, 1], got {self.p}"
            raise SpecError(msg)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(n_pre * _candidates(n_post, recurrent, self.allow_autapses), self.p)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(n_slice, self.p)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(n_pre, self.p)


@dataclass(frozen=True, slots=True)
class FixedTotalNumber:
    """`n` synapses; source and target of each drawn uniformly, independently of the others.

    Without `allow_multapses` no ordered pair occurs twice.
    """

    n: int
    allow_autapses: bool = True
    allow_multapses: bool = True

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        pairs = n_pre * _candidates(n_post, recurrent, self.allow_autapses)
        _check_count("fixed total number", self.n, pairs, allow_multapses=self.allow_multapses)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(self.n, 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(self.n, n_slice / (n_pre * n_post))

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(self.n, 1.0 / n_post)


@dataclass(frozen=True, slots=True)
class FixedInDegree:
    """Every target receives `k` synapses from uniformly drawn sources."""

    k: int
    allow_autapses: bool = True
    allow_multapses: bool = True

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        sources = _candidates(n_pre, recurrent, self.allow_autapses)
        _check_count("fixed in-degree", self.k, sources, allow_multapses=self.allow_multapses)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(self.k * n_post, 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(self.k * n_slice, 1.0 / n_pre)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(self.k, 1.0)


@dataclass(frozen=True, slots=True)
class FixedOutDegree:
    """Every source makes `k` synapses onto uniformly drawn targets."""

    k: int
    allow_autapses: bool = True
    allow_multapses: bool = True

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        targets = _candidates(n_post, recurrent, self.allow_autapses)
        _check_count("fixed out-degree", self.k, targets, allow_multapses=self.allow_multapses)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(self.k * n_pre, 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(self.k, n_slice / n_post)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(self.k * n_pre, 1.0 / n_post)


@dataclass(frozen=True, slots=True, eq=False)
class ExplicitList:
    """The pairs listed, in the order listed; a pair may occur more than once.

    Attributes
    ----------
    pre, post : ndarray of int32, shape (n_synapses,)
        Indices within the source and the target population.
    weight_na : ndarray of float64, shape (n_synapses,), or None
        Weight magnitudes (nA); None: the projection's weight distribution holds.
    delay_ms : ndarray of float64, shape (n_synapses,), or None
        Delays (ms); None: the projection's delay distribution holds.
    """

    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    weight_na: NDArray[np.float64] | None = field(default=None)
    delay_ms: NDArray[np.float64] | None = field(default=None)

    def __post_init__(self) -> None:
        for name in ("pre", "post", "weight_na", "delay_ms"):
            array = getattr(self, name)
            if array is None:
                continue
            if array.shape != self.pre.shape or array.ndim != 1:
                msg = f"{name} of an explicit list has shape {array.shape}, pre {self.pre.shape}"
                raise SpecError(msg)
            array.setflags(write=False)

    def check(self, n_pre: int, n_post: int, *, recurrent: bool) -> None:
        for name, indices, size in (("pre", self.pre, n_pre), ("post", self.post, n_post)):
            if indices.size and not (indices.min() >= 0 and indices.max() < size):
                worst = indices.max() if indices.max() >= size else indices.min()
                msg = f"explicit list: {name} index {worst} outside a population of {size}"
                raise SpecError(msg)

    def n_synapses(self, n_pre: int, n_post: int, *, recurrent: bool) -> Binomial:
        return Binomial(self.pre.size, 1.0)

    def row_length(self, n_pre: int, n_post: int, n_slice: int) -> Binomial:
        return Binomial(int(np.bincount(self.pre, minlength=1).max(initial=0)), 1.0)

    def in_degree(self, n_pre: int, n_post: int) -> Binomial:
        return Binomial(int(np.bincount(self.post, minlength=1).max(initial=0)), 1.0)


def _candidates(n: int, recurrent: bool, allow_autapses: bool) -> int:
    """Partners one neuron may choose among `n`."""
    return n if allow_autapses or not recurrent else n - 1


def _check_count(rule: str, n: int, limit: int, *, allow_multapses: bool) -> None:
    if n < 0:
        msg = f"{rule}: number of synapses must not be negative, got {n}"
        raise SpecError(msg)
    if n > 0 and limit == 0:
        msg = f"{rule}: {n} synapses asked for, but there is no pair to connect"
        raise SpecError(msg)
    if not allow_multapses and n > limit:
        msg = f"{rule}: {n} synapses without multapses, but only {limit} pairs; allow multapses"
        raise SpecError(msg)
