"""The routers by name, and each of them followed by `mapping.route.steiner` as ``NAME+steiner``."""

from mapping.route import dijkstra, ldf, ner, shared, steiner
from mapping.route.router import Router

__all__ = ["ROUTERS"]

PLAIN: dict[str, Router] = {
    "dijkstra": dijkstra.route,
    "ldf": ldf.route,
    "ner": ner.route,
    "ner-shallow": ner.route_shallow,
    "shared": shared.route,
}

ROUTERS: dict[str, Router] = {
    **PLAIN,
    **{f"{name}+steiner": steiner.improved(route) for name, route in PLAIN.items()},
}
