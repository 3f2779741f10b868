"""Weights and delays that cores can draw themselves: numbers and known distributions."""

from collections.abc import Callable, Mapping

import numpy as np
from pyNN import random
from pyNN.parameters import LazyArray
from pyNN.random import RandomDistribution

from host.pynn import simulator
from host.pynn.refusals import ParameterValueError
from mapping.distributions import (
    ClippedNormal,
    Constant,
    Distribution,
    Exponential,
    LogNormal,
    Normal,
    Uniform,
)

__all__ = ["FAR_TAIL", "NativeRNG", "known", "magnitude", "share_below"]

Parameters = Mapping[str, float]
FAR_TAIL = 1e-3
"""Share of weights of the other sign that is taken for none."""


class NativeRNG(random.NumpyRNG, random.NativeRNG):
    """The simulator's own generator: what is drawn on the host follows from `seed`, or the run's.

    Parameters
    ----------
    seed : int, optional
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(simulator.state.seed if seed is None else seed)


def _normal(p: Parameters) -> Distribution:
    return Normal(p["mu"], p["sigma"]) if p["sigma"] > 0 else Constant(p["mu"])


def _clipped(p: Parameters) -> Distribution:
    if p["sigma"] <= 0:
        return Constant(p["mu"])
    return ClippedNormal(p["mu"], p["sigma"], p["low"], p["high"])


def _uniform(p: Parameters) -> Distribution:
    low, high = p["low"], p["high"]
    if low > high:
        msg = f"uniform distribution from {low:g} to {high:g}: low must not exceed high"
        raise ParameterValueError(msg)
    return Uniform(low, high) if high > low else Constant(low)


KNOWN: dict[str, Callable[[Parameters], Distribution]] = {
    "normal": _normal,
    "normal_clipped": _clipped,
    "uniform": _uniform,
    "exponential": lambda p: Exponential(p["beta"]),
    "lognormal": lambda p: LogNormal(p["mu"], p["sigma"]),
}
"""Distributions that cores can draw, by PyNN's names."""


def known(value: LazyArray) -> Distribution | None:
    """`value` as a distribution that cores can draw; None if there is none.

    Parameters
    ----------
    value : LazyArray
        A parameter of synapses.
    """
    if value.operations:
        return None
    base = value.base_value
    if isinstance(base, RandomDistribution):
        build = KNOWN.get(base.name)
        return None if build is None else build({k: float(v) for k, v in base.parameters.items()})
    if isinstance(base, (int, float)) or getattr(base, "shape", None) == ():
        return Constant(float(base))
    return None


def share_below(distribution: Distribution, limit: float) -> float:
    """Share of the values of `distribution` that do not exceed `limit`."""
    return float(distribution.cdf(np.array([limit]))[0])


def magnitude(weight: Distribution) -> tuple[Distribution, int] | None:
    """Magnitude of `weight` and its sign, 1 or -1; None if it has both signs.

    A tail beyond 0 of no more than `FAR_TAIL` does not count; there cores draw the weight 0.
    """
    if isinstance(weight, Normal | ClippedNormal):
        below = share_below(weight, 0.0)
        if min(below, 1 - below) > FAR_TAIL:
            return None
    match weight:
        case Constant(value):
            return Constant(abs(value)), -1 if value < 0 else 1
        case Normal(mu, sigma):
            return Normal(abs(mu), sigma), -1 if mu < 0 else 1
        case ClippedNormal(mu, sigma, low, high) if share_below(weight, 0.0) > 1 / 2:
            return ClippedNormal(-mu, sigma, -high, -low), -1
        case Uniform(low, high) if low < 0:
            return (Uniform(-high, -low), -1) if high <= 0 else None
        case _:
            return weight, 1
