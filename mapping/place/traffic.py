"""Packets between groups, and groups that are alike in this.

Nets share few target sets, and many groups send the same to the same and receive the same: such
groups are *twins*. Sums over all pairs of groups become sums over pairs of sets of twins, of which
full PD14 has some tens instead of 1,210 groups.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from router.readonly import freeze_arrays

__all__ = ["GroupTraffic", "Twins", "find_traffic", "find_twins"]

MOST_PAIRS = 30_000_000
"""Pairs of sets of twins, or of groups, that a placer works on; a pair takes some 50 bytes."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupTraffic:
    """Packets that groups send to sets of groups.

    Attributes
    ----------
    n_groups : int
    group : ndarray of int64, shape (n_flows,)
        Sender of each flow, ascending.
    target_set : ndarray of int64, shape (n_flows,)
        Set of groups to which it goes; ascending for each sender.
    rate_hz : ndarray of float64, shape (n_flows,)
        Packets/s.
    set_indptr : ndarray of int64, shape (n_sets + 1,)
    set_group : ndarray of int64, shape (n_members_of_sets,)
        Groups of each set, ascending.
    """

    n_groups: int
    group: Ints
    target_set: Ints
    rate_hz: Floats
    set_indptr: Ints
    set_group: Ints

    def __post_init__(self) -> None:
        freeze_arrays(self)


@dataclass(frozen=True, slots=True, eq=False)
class Twins:
    """Sets of groups that are alike, and the traffic between them.

    Attributes
    ----------
    twin_of_group : ndarray of int64, shape (n_groups,)
        Set of twins to which each group belongs; numbered by first group.
    n_members : ndarray of int64, shape (n_twins,)
        Groups of each set of twins.
    indptr : ndarray of int64, shape (n_twins + 1,)
    other : ndarray of int64, shape (n_pairs,)
        Sets of twins with which each has traffic, ascending; itself if its members have traffic
        with one another.
    weight_hz : ndarray of float64, shape (n_pairs,)
        Packets/s between one group of the first set and one of the other, in both directions.
    """

    twin_of_group: Ints
    n_members: Ints
    indptr: Ints
    other: Ints
    weight_hz: Floats

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_twins(self) -> int:
        """Number of sets of twins."""
        return len(self.n_members)

    @property
    def first(self) -> Ints:
        """First set of twins of each pair, shape (n_pairs,)."""
        return np.repeat(np.arange(self.n_twins), np.diff(self.indptr))


def find_traffic(graph: MachineGraph) -> GroupTraffic:
    """Add up what the vertices of each group send; packets to a group itself alone do not count.

    Parameters
    ----------
    graph : MachineGraph
    """
    n_groups = max(1, graph.n_groups)
    of_set = np.repeat(np.arange(graph.n_target_sets), np.diff(graph.target_indptr))
    member = np.unique(of_set * n_groups + graph.group[graph.targets])
    indptr = np.searchsorted(member, np.arange(graph.n_target_sets + 1) * n_groups)
    groups = member % n_groups
    numbers: dict[bytes, int] = {}
    contents = [groups[a:b].tobytes() for a, b in pairwise(indptr)]
    alike = np.array([numbers.setdefault(c, len(numbers)) for c in contents], np.int64)
    sets = [np.frombuffer(content, np.int64) for content in numbers]
    sizes = np.array([0, *(len(one) for one in sets)], np.int64)
    set_indptr = np.cumsum(sizes)
    set_group = np.concatenate([np.zeros(0, np.int64), *sets])
    sender = graph.group[graph.net_vertex].astype(np.int64)
    flow, net_flow = np.unique(
        sender * max(1, len(sets)) + alike[graph.net_targets], return_inverse=True
    )
    group, target_set = np.divmod(flow, max(1, len(sets)))
    rate_hz = np.bincount(net_flow, graph.net_rate_hz, minlength=len(flow))
    first = np.append(set_group, -1)[set_indptr[target_set]]
    counts = ~((sizes[1:][target_set] == 1) & (first == group)) & (sizes[1:][target_set] > 0)
    return GroupTraffic(
        graph.n_groups, group[counts], target_set[counts], rate_hz[counts], set_indptr, set_group
    )


def find_twins(traffic: GroupTraffic) -> Twins:
    """Find groups that send the same to the same sets and belong to the same sets.

    Raises
    ------
    DoesNotFitError
        If there are more than `MOST_PAIRS` pairs with traffic.
    """
    numbers: dict[bytes, int] = {}
    twin_of_group = np.array(
        [numbers.setdefault(mark, len(numbers)) for mark in _marks(traffic)], np.int64
    )
    n_members = np.bincount(twin_of_group, minlength=len(numbers))
    n_twins = len(n_members)
    _, one_of = np.unique(twin_of_group, return_index=True)
    # to the sets of twins in each set of groups, from one group of each set of twins
    set_of_member = np.repeat(np.arange(len(traffic.set_indptr) - 1), np.diff(traffic.set_indptr))
    member = np.unique(set_of_member * max(1, n_twins) + twin_of_group[traffic.set_group])
    indptr = np.searchsorted(member, np.arange(len(traffic.set_indptr)) * max(1, n_twins))
    is_first = np.isin(traffic.group, one_of)
    sender = twin_of_group[traffic.group[is_first]]
    target_set = traffic.target_set[is_first]
    reach = np.diff(indptr)[target_set]
    check_pairs(2 * int(reach.sum()))
    a = np.repeat(sender, reach)
    start = np.cumsum(reach) - reach
    b = member[np.arange(len(a)) + np.repeat(indptr[target_set] - start, reach)] % max(1, n_twins)
    rate_hz = np.repeat(traffic.rate_hz[is_first], reach)
    is_other = (a != b) | (n_members[a] > 1)
    return _paired(twin_of_group, n_members, a[is_other], b[is_other], rate_hz[is_other])


def check_pairs(n_pairs: int) -> None:
    """Refuse more than `MOST_PAIRS` pairs.

    Raises
    ------
    DoesNotFitError
    """
    if n_pairs > MOST_PAIRS:
        resource = "pairs of groups with traffic that a placer can weigh"
        remedy = "use placer 'hilbert' or 'sequential', or more neurons per core"
        raise DoesNotFitError(resource, n_pairs, MOST_PAIRS, remedy)


def _marks(traffic: GroupTraffic) -> Iterator[bytes]:
    """What is the same for twins: their flows, and the sets to which they belong."""
    numbers = np.arange(traffic.n_groups + 1)
    sent = np.searchsorted(traffic.group, numbers).tolist()
    n_sets = len(traffic.set_indptr) - 1
    set_of_member = np.repeat(np.arange(n_sets), np.diff(traffic.set_indptr))
    is_used = (np.bincount(traffic.target_set, minlength=n_sets) > 0)[set_of_member]
    order = np.argsort(traffic.set_group[is_used], kind="stable")
    belongs = set_of_member[is_used][order]
    received = np.searchsorted(traffic.set_group[is_used][order], numbers).tolist()
    for group in range(traffic.n_groups):
        flows = slice(sent[group], sent[group + 1])
        member = belongs[received[group] : received[group + 1]]
        n_flows = np.int64(flows.stop - flows.start)
        parts = n_flows, traffic.target_set[flows], traffic.rate_hz[flows], member
        yield b"".join(part.tobytes() for part in parts)


def _paired(twin_of_group: Ints, n_members: Ints, a: Ints, b: Ints, rate_hz: Floats) -> Twins:
    """Add up both directions."""
    n_twins = max(1, len(n_members))
    both = np.concatenate([a * n_twins + b, b * n_twins + a])
    pair, number = np.unique(both, return_inverse=True)
    weights = np.bincount(number, np.concatenate([rate_hz, rate_hz]), len(pair))
    first, other = np.divmod(pair, n_twins)
    indptr = np.searchsorted(first, np.arange(len(n_members) + 1))
    return Twins(
        twin_of_group, n_members, indptr.astype(np.int64), other, weights.astype(np.float64)
    )
