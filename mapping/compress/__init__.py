"""Compressors: the same routes from fewer entries."""

from mapping.compress.equivalence import first_difference
from mapping.compress.registry import COMPRESSORS, Compressor, check_sizes

__all__ = ["COMPRESSORS", "Compressor", "check_sizes", "first_difference"]
