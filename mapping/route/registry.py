"""The routers by name."""

from mapping.route import ner, shared
from mapping.route.router import Router

__all__ = ["ROUTERS"]

ROUTERS: dict[str, Router] = {"ner": ner.route, "shared": shared.route}
