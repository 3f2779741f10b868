"""Weights and delays that cores can draw themselves: numbers and known distributions."""

import math
from collections.abc import Callable, Mapping

from pyNN import random
from pyNN.parameters import LazyArray
from pyNN.random import RandomDistribution

from host.pynn import simulator
from mapping.distributions import (
    ClippedNormal,
    Constant,
    Distribution,
    Exponential,
    LogNormal,
    Normal,
    Uniform,
)

__all__ = ["NativeRNG", "known", "magnitude"]

Parameters = Mapping[str, float]


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


def magnitude(weight: Distribution) -> tuple[Distribution, int] | None:
    """Magnitude of `weight` and its sign, 1 or -1; None if it has both signs.

    The far tail of a normal distribution may lie beyond 0; there cores draw the weight 0.
    """
    match weight:
        case Constant(value):
            return Constant(abs(value)), -1 if value < 0 else 1
        case Normal(mu, sigma):
            return Normal(abs(mu), sigma), -1 if mu < 0 else 1
        case ClippedNormal(mu, sigma, low, high) if high <= 0 or (mu < 0 and high == math.inf):
            return ClippedNormal(-mu, sigma, -high, -low), -1
        case Uniform(low, high) if high <= 0:
            return Uniform(-high, -low), -1
        case Uniform(low, _) if low < 0:
            return None
        case _:
            return weight, 1
