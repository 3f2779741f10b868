"""Weights in double precision: from the random numbers that also make the 16-bit weights."""

from host.weights.draw import Traced, exact_weights, trace

__all__ = ["Traced", "exact_weights", "trace"]
