"""The routers by name."""

from mapping.route import ner
from mapping.route.forest import Router

__all__ = ["ROUTERS"]

ROUTERS: dict[str, Router] = {"ner": ner.route}
