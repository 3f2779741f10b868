"""The trees along which nets travel: what they are made of, and what they take of the links."""

from mapping.trees.deliveries import Deliveries, deliver, number_alike
from mapping.trees.forest import (
    RouteForest,
    Tree,
    lone_tree,
    make_forest,
    make_rooted_forest,
)

__all__ = [
    "Deliveries",
    "RouteForest",
    "Tree",
    "deliver",
    "lone_tree",
    "make_forest",
    "make_rooted_forest",
    "number_alike",
]
