"""Keys by population, then by the cores that are reached, then along the tree.

Nets of one population that reach the same cores differ at a chip only in the side from which they
come, and those from one side enter the tree at consecutive nodes. So few aligned blocks hold all
nets that share a route, on any chip.
"""

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.keys.keymap import KeyMap, bits_for, lay_out, population_runs
from mapping.trees import RouteForest

__all__ = ["allocate"]

Ints = NDArray[np.int64]


def allocate(graph: MachineGraph, forest: RouteForest) -> KeyMap:
    """Give nets that travel alike neighbouring blocks.

    Parameters
    ----------
    graph : MachineGraph
    forest : RouteForest

    Returns
    -------
    KeyMap
        In the run of a population, nets that reach the same cores have an aligned part of a power
        of two to themselves, in the order of the nodes at which they enter.

    Raises
    ------
    DoesNotFitError
        If 32 bits do not suffice.
    """
    run = population_runs(graph)
    if not run.size:
        return lay_out(graph, run, run)
    reach = _reach(graph, forest)
    order = np.lexsort((np.arange(graph.n_nets), forest.entry_of_net, reach, run))
    part_of_net = np.zeros(graph.n_nets, np.int64)
    starts = np.flatnonzero(np.diff(run[order] * (reach.max(initial=0) + 1) + reach[order])) + 1
    part_of_net[starts] = 1
    part_of_net = np.cumsum(part_of_net)  # in the order above
    size = np.bincount(part_of_net, minlength=1)
    run_of_part = run[order][np.searchsorted(part_of_net, np.arange(len(size)))]
    start = _starts(run_of_part, 1 << bits_for(size))
    rank = np.arange(graph.n_nets) - np.searchsorted(part_of_net, part_of_net)
    index = np.zeros(graph.n_nets, np.int64)
    index[order] = start[part_of_net] + rank
    return lay_out(graph, run, index)


def _starts(run: Ints, length: Ints) -> Ints:
    """Place of each part in its run, the longest first, which keeps powers of two aligned."""
    order = np.lexsort((-length, run))
    before = np.cumsum(length[order]) - length[order]
    first = np.searchsorted(run[order], run[order])
    start = np.zeros(len(run), np.int64)
    start[order] = before - before[first]
    return start


def _reach(graph: MachineGraph, forest: RouteForest) -> Ints:
    """Number of the cores that each net reaches; a net's own chip does not count if it is alone.

    A source with a delay core of its own differs from its neighbours by that target alone.
    """
    alone = np.bincount(graph.net_targets, minlength=graph.n_target_sets) == 1
    deliveries = forest.deliveries
    source = forest.node_chip[forest.entry_of_net]
    contents = []
    for net, target_set in enumerate(graph.net_targets.tolist()):
        if not alone[target_set]:
            contents.append(target_set.to_bytes(4))
            continue
        used = deliveries.of_set(target_set)
        away = deliveries.chip[used] != source[net]
        chip, cores = deliveries.chip[used][away], deliveries.cores[used][away]
        contents.append(chip.tobytes() + cores.tobytes())
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in contents], np.int64)
