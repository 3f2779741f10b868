"""Keys by population, then by the cores that are reached, then along the tree.

Nets of one population that reach the same cores differ at a chip only in the side from which they
come, and those from one side enter the tree at consecutive nodes. So few aligned blocks hold all
nets that share a route, on any chip. Nets that start on one chip differ nowhere but in its own
entries: each chip's have an aligned block, with gaps, since keys that no net has cost nothing.
"""

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.keys.keymap import KeyMap, bits_for, lay_out, population_runs
from mapping.trees import RouteForest, number_alike

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
        of two to themselves, in the order of the nodes at which they enter; in it, so have those
        that enter at the same node, if there are keys enough.

    Raises
    ------
    DoesNotFitError
        If 32 bits do not suffice.
    """
    try:
        return _allocate(graph, forest, forest.entry_of_net)
    except DoesNotFitError:
        return _allocate(graph, forest, np.arange(graph.n_nets))


def _allocate(graph: MachineGraph, forest: RouteForest, block: Ints) -> KeyMap:
    """Keys with an aligned block for the nets of each part that have the same number `block`."""
    run = population_runs(graph)
    reach = _reach(graph, forest)
    order = np.lexsort((np.arange(graph.n_nets), forest.entry_of_net, reach, run))
    part = _number_runs(run[order], reach[order])
    place, size = _places(part, _number_runs(part, block[order]))
    run_of_part = run[order][np.searchsorted(part, np.arange(len(size)))]
    start = _starts(run_of_part, 1 << bits_for(size))
    index = np.zeros(graph.n_nets, np.int64)
    index[order] = start[part] + place
    return lay_out(graph, run, index)


def _number_runs(one: Ints, other: Ints) -> Ints:
    """Number the runs of equal pairs."""
    is_new = np.zeros(len(one), np.int64)
    is_new[1:] = (np.diff(one) != 0) | (np.diff(other) != 0)
    return np.cumsum(is_new)


def _places(part: Ints, block: Ints) -> tuple[Ints, Ints]:
    """Place of each net in its part, each block aligned; and the length of each part."""
    place = np.zeros(len(part), np.int64)
    size = np.zeros(int(part.max(initial=-1)) + 1, np.int64)
    first = np.flatnonzero(np.diff(block, prepend=-1))
    for at, n in zip(first.tolist(), np.diff(first, append=len(part)).tolist(), strict=True):
        length = 1 << (n - 1).bit_length()
        start = -(-int(size[part[at]]) // length) * length
        place[at : at + n] = start + np.arange(n)
        size[part[at]] = start + n
    return place, size


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
    return number_alike(contents)
