"""Placers: which vertex runs on which core."""

from mapping.place.fill import boards_needed
from mapping.place.hops import traffic_hops
from mapping.place.placement import Placement, Placer, Search
from mapping.place.registry import PLACERS, SEARCHERS

__all__ = ["PLACERS", "SEARCHERS", "Placement", "Placer", "Search", "boards_needed", "traffic_hops"]
