"""Words for what costs energy: an action, what is counted of it, and of which kind it is."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Action", "Kind", "Per", "Phase"]


class Kind(StrEnum):
    """What energy goes for."""

    STANDING = "standing"
    """Drawn whether or not anything happens: what sleeps, and what holds it."""
    WAITING = "waiting"
    """Cores that stay awake to look for work."""
    WORK = "work"
    """What the network asked for."""


class Per(StrEnum):
    """What the price of an action is for."""

    SECOND = "s"
    CYCLE = "cycle"
    BIT = "bit"
    BYTE = "byte"
    EVENT = "event"
    UPDATE = "update"


class Phase(StrEnum):
    """What a machine is used for, in this order."""

    MAPPING = "mapping"
    GENERATION = "generation"
    LOADING = "loading"
    WARMUP = "warmup"
    RUNNING = "running"
    EXTRACTION = "extraction"


class Action(NamedTuple):
    """Something that costs energy each time, or as long as, it happens."""

    label: str
    per: Per
    kind: Kind
