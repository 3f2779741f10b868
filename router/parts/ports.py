"""How a router sees what it takes packets from, and what it puts copies into."""

from typing import Protocol

from router.geometry import N_LINKS
from router.parts.record import Copy

__all__ = ["CORE_PORT", "N_PORTS", "Center", "Input", "Output"]

CORE_PORT = N_LINKS
"""The port of a router that all its cores share; the others are those of the links."""
N_PORTS = N_LINKS + 1


class Input(Protocol):
    """Where a router takes packets from."""

    @property
    def port(self) -> int:
        """Port of the router."""

    @property
    def place(self) -> int:
        """Which one it is of those that share the port."""

    @property
    def is_waiting(self) -> bool:
        """Whether a packet waits."""

    def take(self) -> Copy:
        """Take the packet that has waited longest, and free its place."""


class Output(Protocol):
    """Where a router puts copies."""

    @property
    def has_room(self) -> bool:
        """Whether it can take a copy."""

    def put(self, copy: Copy) -> None:
        """Take a copy."""


class Center(Protocol):
    """A router as its inputs and outputs see it."""

    @property
    def chip(self) -> int:
        """Number of its chip."""

    def arrive(self, source: Input) -> None:
        """A packet has reached an input."""

    def wake(self) -> None:
        """A link of the chip has begun to send a packet."""

    def wake_for(self, output: int) -> None:
        """A core, the output with this bit of a route, has taken a packet."""
