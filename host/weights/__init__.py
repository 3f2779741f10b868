"""Weights in double precision: from the random numbers that also make the 16-bit weights."""

from host.weights.draw import exact_weights

__all__ = ["exact_weights"]
