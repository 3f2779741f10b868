"""Cut network and machine in two, again and again.

METIS (Karypis & Kumar 1998, SIAM J. Sci. Comput. 20:359) cuts the groups into as many parts as
chips are used, by recursive bisection: the first half of the parts is one side of the first cut.
Parts are sized as the chips in Hilbert order are. So each cut of the network lies on a cut of the
machine, between one half of the curve and the other, then between their halves.

METIS does not know which half of a half lies next to which. So from the first cut to the last the
two sides of each are exchanged if that brings them closer to the groups that they have traffic
with, wherever these are by then.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.errors import SpecError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.curve import hilbert_order
from mapping.place.distances import Distances, find_distances
from mapping.place.fill import group_needs
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search
from mapping.place.traffic import Twins, check_pairs, find_traffic, find_twins

__all__ = ["place"]

TOTAL_WEIGHT = 1 << 29
"""To which the weights of all pairs add up: METIS adds 32-bit integers."""

Ints = NDArray[np.int64]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in Hilbert order with the groups in order of the parts that METIS makes.

    Parameters and errors as of `mapping.place.Placer`; of `search` only the seed counts.

    Raises
    ------
    SpecError
        If pymetis is not installed.
    """
    pymetis = _pymetis()
    plain = place_in_order(graph, machine)
    chips = hilbert_order(machine.topology)
    chips = chips[np.isin(chips, plain.chip)]
    if len(chips) < 2:
        return plain
    indptr, other, weight = _pairs(find_twins(find_traffic(graph)))
    share = machine.application_cores[chips] / machine.application_cores[chips].sum()
    _, part = pymetis.part_graph(
        len(chips),
        pymetis.CSRAdjacency(adj_starts=indptr, adjacent=other),
        vweights=group_needs(graph)[0],
        eweights=weight,
        tpwgts=share.tolist(),
        recursive=True,
        options=pymetis.Options(seed=search.seed & 0x7FFFFFFF),
    )
    sender = np.repeat(np.arange(graph.n_groups), np.diff(indptr))
    distances = find_distances(machine.topology, chips)
    pairs = sender, other, weight
    position = _turned(np.array(part, np.int64), len(chips), pairs, distances)
    return place_in_order(graph, machine, groups=np.argsort(position, kind="stable"))


def _turned(part: Ints, n_parts: int, pairs: tuple[Ints, Ints, Ints], distances: Distances) -> Ints:
    """Position of the chip for each group, after exchanges of the two sides of cuts.

    Parameters
    ----------
    part : ndarray of int64, shape (n_groups,)
    n_parts : int
    pairs : tuple of ndarray of int64, each of shape (n_pairs,)
        The two groups of each pair, and its weight; every pair in both directions.
    distances : Distances
        Of the chips, in the order of the curve.
    """
    one, other, weight = pairs
    low, n = np.zeros_like(part), np.full_like(part, n_parts)  # parts on this side of all cuts
    start = np.zeros_like(part)  # first of their positions
    while (n > 1).any():
        n_low = n // 2
        is_low = part < low + n_low
        middle = start + n // 2
        ends = start + n_low // 2, start + n - 1 - n_low // 2
        outside = (low[one] != low[other]) & (n[one] > 1)
        here, there = one[outside], middle[other[outside]]
        gain = distances.between(ends[1][here], there) - distances.between(ends[0][here], there)
        gain = np.where(is_low[here], -gain, gain) * weight[outside]
        is_turned = np.bincount(low[here], gain, n_parts)[low] > 0
        start = start + np.where(is_low == is_turned, np.where(is_low, n - n_low, n_low), 0)
        low, n = low + np.where(is_low, 0, n_low), np.where(is_low, n_low, n - n_low)
    return start


def _pymetis() -> Any:
    try:
        return importlib.import_module("pymetis")
    except ImportError:
        msg = (
            "placer 'metis' needs pymetis; install chipemu[place] or choose "
            "'spectral', 'rcm' or 'hilbert'"
        )
        raise SpecError(msg) from None


def _pairs(twins: Twins) -> tuple[Ints, Ints, Ints]:
    """Neighbours of each group and the weights of these pairs, as METIS reads them."""
    n = twins.n_members
    check_pairs(int((n[twins.first] * n[twins.other]).sum()))
    members = np.argsort(twins.twin_of_group, kind="stable")
    start = np.cumsum(n) - n
    rows, weights = [np.zeros(0, np.int64)], [np.zeros(0)]
    for group, twin in enumerate(twins.twin_of_group.tolist()):
        pairs = slice(twins.indptr[twin], twins.indptr[twin + 1])
        there = twins.other[pairs]
        skip = start[there] - (np.cumsum(n[there]) - n[there])
        others = members[np.arange(int(n[there].sum())) + np.repeat(skip, n[there])]
        is_other = others != group
        rows.append(others[is_other])
        weights.append(np.repeat(twins.weight_hz[pairs], n[there])[is_other])
    indptr = np.cumsum([0, *(len(row) for row in rows[1:])])
    weight = np.concatenate(weights)
    scale = TOTAL_WEIGHT / (float(weight.sum()) or 1.0)
    return indptr, np.concatenate(rows), np.maximum(1, np.rint(weight * scale)).astype(np.int64)
