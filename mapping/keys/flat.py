"""Keys in the order of the nets, the largest blocks first: nothing is done for compression."""

import numpy as np

from mapping.graph import MachineGraph
from mapping.keys.keymap import KeyMap, lay_out
from mapping.trees import RouteForest

__all__ = ["allocate"]


def allocate(graph: MachineGraph, forest: RouteForest) -> KeyMap:
    """Give each net the next free block.

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
    nets = np.arange(graph.n_nets)
    return lay_out(graph, nets, np.zeros_like(nets))
