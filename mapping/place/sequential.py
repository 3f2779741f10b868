"""Place groups on chips column by column."""

import numpy as np

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search

__all__ = ["place"]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in order of x, then y, with the groups in order of population and slice.

    Parameters and errors as of `mapping.place.Placer`; `search` has no meaning here.
    """
    del search
    return place_in_order(graph, machine, chips=np.arange(machine.topology.n_chips))
