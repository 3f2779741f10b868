"""The routers by name."""

from mapping.route import auto, ner, shared
from mapping.route.router import Router

__all__ = ["ROUTERS"]

ROUTERS: dict[str, Router] = {
    "auto": auto.route,
    "ner": ner.route,
    "shared": shared.route,
}
