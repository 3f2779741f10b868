"""Leave a table as it is."""

from router import RoutingTable

__all__ = ["compress"]


def compress(table: RoutingTable) -> RoutingTable:
    """Return `table`."""
    return table
