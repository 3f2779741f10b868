"""From a network to a machine: partitioning, placement, routing and routing tables.

The pipeline itself, which brings compiled kernels with it, is in `mapping.pipeline`.
"""

from mapping.errors import CheckError, DoesNotFitError, MappingError, RouteError, SpecError
from mapping.graph import Layout, MachineGraph, Role
from mapping.machine import Budgets, Machine
from mapping.partition import is_direct_poisson, partition
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

__all__ = [
    "Budgets",
    "CheckError",
    "DoesNotFitError",
    "Layout",
    "Machine",
    "MachineGraph",
    "MappingError",
    "NetworkSpec",
    "Population",
    "PopulationKind",
    "Projection",
    "Receptor",
    "Role",
    "RouteError",
    "SpecError",
    "is_direct_poisson",
    "partition",
]
