"""Routers: along which links the packets of a net travel."""

from mapping.route.forest import RouteForest, Router
from mapping.route.registry import ROUTERS

__all__ = ["ROUTERS", "RouteForest", "Router"]
