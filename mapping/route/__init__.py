"""Routers: along which links the packets of a net travel."""

from mapping.route.registry import ROUTERS
from mapping.route.router import Router
from mapping.trees import RouteForest

__all__ = ["ROUTERS", "RouteForest", "Router"]
