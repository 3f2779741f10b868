"""The interconnect: geometry, topology and routing tables."""

from router.errors import RouterError, TableError, TopologyError
from router.geometry import Link
from router.table import RoutingTable, RoutingTables
from router.topology import Topology, mesh, spinn5_boards

__all__ = [
    "Link",
    "RouterError",
    "RoutingTable",
    "RoutingTables",
    "TableError",
    "Topology",
    "TopologyError",
    "mesh",
    "spinn5_boards",
]
