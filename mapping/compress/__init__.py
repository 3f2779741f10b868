"""Compressors: the same routes from fewer entries."""

from mapping.compress.registry import COMPRESSORS, Compressor, check_sizes

__all__ = ["COMPRESSORS", "Compressor", "check_sizes"]
