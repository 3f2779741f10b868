"""Compressors: the same routes from fewer entries."""

from mapping.compress.registry import COMPRESSORS, Compressor, compress_tables

__all__ = ["COMPRESSORS", "Compressor", "compress_tables"]
