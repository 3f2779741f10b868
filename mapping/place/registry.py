"""The placers by name."""

from mapping.place import hilbert
from mapping.place.placement import Placer

__all__ = ["PLACERS"]

PLACERS: dict[str, Placer] = {"hilbert": hilbert.place}
