"""The placers by name."""

from mapping.place import anneal, hilbert, metis, rcm, sequential, spectral
from mapping.place.placement import Placer

__all__ = ["PLACERS", "SEARCHERS"]

PLACERS: dict[str, Placer] = {
    "anneal": anneal.place,
    "hilbert": hilbert.place,
    "metis": metis.place,
    "rcm": rcm.place,
    "sequential": sequential.place,
    "spectral": spectral.place,
}

SEARCHERS = frozenset({"anneal"})
"""Those that do better the longer they may search."""
