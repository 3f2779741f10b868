"""What can be wrong with an interconnect."""

__all__ = ["BooksError", "FabricError", "RouterError", "TableError", "TopologyError"]


class RouterError(Exception):
    """Base of all errors of this package."""


class TopologyError(RouterError, ValueError):
    """The chips or links asked for do not make a machine."""


class TableError(RouterError, ValueError):
    """The arrays given do not make a routing table."""


class FabricError(RouterError, ValueError):
    """What a fabric is made of, or the packets it is given, cannot be."""


class BooksError(RouterError, RuntimeError):
    """A fabric lost a copy of a packet, or made one too many, without saying so."""
