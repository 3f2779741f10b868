"""Keys by population and slice, as the SpiNNaker tool chain orders them."""

import numpy as np

from mapping.graph import MachineGraph
from mapping.keys.keymap import KeyMap, lay_out, population_runs
from mapping.trees import RouteForest

__all__ = ["allocate"]


def allocate(graph: MachineGraph, forest: RouteForest) -> KeyMap:
    """Give each population that sends packets a run of keys with a block for each slice, in order.

    Parameters
    ----------
    graph : MachineGraph
    forest : RouteForest
        Without meaning here.

    Returns
    -------
    KeyMap

    Raises
    ------
    DoesNotFitError
        If 32 bits do not suffice.
    """
    del forest
    index = graph.lo[graph.net_vertex].astype(np.int64) // graph.neurons_per_core
    return lay_out(graph, population_runs(graph), index)
