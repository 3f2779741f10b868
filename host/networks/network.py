"""What a network is that can be asked for by name."""

from collections.abc import Callable
from typing import NamedTuple

from host.config import Config
from mapping.spec import NetworkSpec

__all__ = ["Network"]


class Network(NamedTuple):
    """A network that can be asked for by name."""

    description: str
    """One line."""
    build: Callable[[Config], NetworkSpec]
    """The network that a configuration asks for, its variant left aside."""
    is_open: bool = False
    """Whether ``network.g`` and ``network.eta`` mean something."""
