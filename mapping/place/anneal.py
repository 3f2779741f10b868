"""Improve a placement by simulated annealing (Kirkpatrick et al. 1983, Science 220:671).

It starts from the placement of "hilbert" or "rcm", whichever costs less. A move puts a group on a
chip with room for it, swaps two groups, or all groups of two chips, one of which may be empty:
chips never become more. The cost is the sum over all pairs of groups of the packets/s between them
times the links between their chips.

The temperature is steered such that the share of moves that are taken falls exponentially from
44 % to 0.1 %: the second half of the schedule of Lam and Delosme (1988, Yale report 8816), since
the start is no random one. Chips further away than a window are not tried; it shrinks from the
whole machine to the neighbours, as in VPR (Betz & Rose 1997, FPL, LNCS 1213:213).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import kernels
from mapping.place.distances import MOST_CHIPS, Distances, find_distances
from mapping.place.fill import group_needs, place_groups
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search
from mapping.place.rcm import rcm_order
from mapping.place.traffic import Twins, find_traffic, find_twins
from router import Topology

__all__ = ["place"]

MOVES_PER_GROUP = 4000
"""Unless asked otherwise."""
N_STEPS = 400
"""Changes of the temperature."""
RATE = 0.9
"""Factor of each."""
TOTAL_WEIGHT = 1 << 36
"""To which the weights of all pairs add up as integers."""
MOST_FIELD = 1 << 27
"""Entries of the sums of distances to sets of twins, 4 bytes each."""
BATCH_WORK = 20_000_000
"""Look-ups between two calls of `Search.proceed`, some tens of milliseconds."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

THRESHOLDS: Floats = -np.log((np.arange(4096) + 0.5) / 4096)
"""A move that costs `change` more is taken if it is less than the temperature times one of these,
drawn at random: with probability ``exp(-change / temperature)``."""
THRESHOLDS.setflags(write=False)


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Anneal from the placement of "hilbert" or "rcm"; the best placement seen counts.

    Parameters and errors as of `mapping.place.Placer`.

    Raises
    ------
    DoesNotFitError
        Also if there is too much traffic between different groups to keep in memory.

    Notes
    -----
    The default number of moves is `MOVES_PER_GROUP` for each group. On machines of more than
    `MOST_CHIPS` chips, those stay empty that are so in both. ``search.proceed`` is told the
    cost relative to that of the start.
    """
    starts = [place_in_order(graph, machine)]
    twins = find_twins(find_traffic(graph))
    if len(np.unique(starts[0].chip)) < 2 or not twins.weight_hz.any():
        return starts[0]
    starts.append(place_in_order(graph, machine, groups=rcm_order(twins)))
    chips = np.unique(np.concatenate([start.chip for start in starts])).astype(np.int64)
    if machine.topology.n_chips <= MOST_CHIPS:
        chips = np.flatnonzero(machine.application_cores > 0)
    problem = _Problem.make(graph, machine.topology, twins, chips)
    states = [_State.make(graph, machine, problem, chips, start) for start in starts]
    state = min(states, key=lambda state: _cost(problem, state))
    return place_groups(graph, chips[_search(problem, state, search)])


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What does not change: in the order of the parameters of the kernel."""

    cores: Ints
    sdram: Ints
    twins: Twins
    weight: Ints
    only_group: Ints
    field_row: Ints
    distances: Distances
    xy: NDArray[np.int32]
    place_at: NDArray[np.int32]
    wrap: bool

    @classmethod
    def make(cls, graph: MachineGraph, topology: Topology, twins: Twins, chips: Ints) -> "_Problem":
        cores, sdram = group_needs(graph)
        several = twins.n_members > 1
        field_row = np.where(several, np.cumsum(several) - 1, -1)
        n_entries = int(several.sum()) * len(chips)
        if n_entries > MOST_FIELD:
            resource = "chips times sets of groups alike that the placer 'anneal' can weigh"
            remedy = "use placer 'hilbert', 'rcm' or 'metis'"
            raise DoesNotFitError(resource, n_entries, MOST_FIELD, remedy)
        pairs = twins.n_members[twins.first] * twins.n_members[twins.other]
        scale = TOTAL_WEIGHT / float(twins.weight_hz @ pairs)
        place_at = np.full((topology.width, topology.height), -1, np.int32)
        place_at[tuple(topology.xy[chips].T)] = np.arange(len(chips))
        return cls(
            cores,
            sdram,
            twins,
            np.rint(twins.weight_hz * scale).astype(np.int64),
            np.unique(twins.twin_of_group, return_index=True)[1].astype(np.int64),
            field_row.astype(np.int64),
            find_distances(topology, chips),
            topology.xy[chips],
            place_at,
            topology.wrap,
        )

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As the kernel takes them."""
        twins, distances = self.twins, self.distances
        return (
            self.cores, self.sdram, twins.twin_of_group, twins.indptr, twins.other, self.weight,
            self.only_group, self.field_row, distances.table, distances.row, distances.column,
            self.xy, self.place_at, self.wrap, THRESHOLDS,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What moves change: in the order of the parameters of the kernel."""

    place: Ints
    slot: Ints
    seated: Ints
    n_seated: Ints
    free_cores: Ints
    free_sdram: Ints
    field: NDArray[np.int32]

    @classmethod
    def make(
        cls,
        graph: MachineGraph,
        machine: Machine,
        problem: _Problem,
        chips: Ints,
        start: Placement,
    ) -> "_State":
        chip_of_group = np.zeros(graph.n_groups, np.int64)
        chip_of_group[graph.group] = start.chip
        place = np.searchsorted(chips, chip_of_group)
        n_chips, n_groups = len(chips), len(place)
        free_cores = machine.application_cores[chips]
        seated = np.full((n_chips, 2 * int(free_cores.max())), -1, np.int64)
        n_seated = np.bincount(place, minlength=n_chips)
        order = np.argsort(place, kind="stable")
        slot = np.zeros(n_groups, np.int64)
        slot[order] = np.arange(n_groups) - np.searchsorted(place[order], place[order])
        seated[place, slot] = np.arange(n_groups)
        used_sdram = np.zeros(n_chips, np.int64)
        np.add.at(used_sdram, place, problem.sdram)
        free_cores = free_cores - np.bincount(place, problem.cores, n_chips).astype(np.int64)
        free_sdram = machine.budgets.sdram_bytes - used_sdram
        field = _field(problem, place, n_chips)
        return cls(place, slot, seated, n_seated, free_cores, free_sdram, field)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As the kernel takes them."""
        return (
            self.place, self.slot, self.seated, self.n_seated,
            self.free_cores, self.free_sdram, self.field,
        )  # fmt: skip


def _field(problem: _Problem, place: Ints, n_chips: int) -> NDArray[np.int32]:
    """Sum of the links from each chip to all groups of each set of more than one twin."""
    field = np.zeros((int((problem.field_row >= 0).sum()), n_chips), np.int32)
    distances, everywhere = problem.distances, np.arange(n_chips)
    row_of_group = problem.field_row[problem.twins.twin_of_group]
    for group in np.flatnonzero(row_of_group >= 0):
        field[row_of_group[group]] += distances.between(place[group], everywhere)
    return field


def _cost(problem: _Problem, state: _State) -> int:
    """Sum over all pairs of groups of their weight times their distance."""
    total = 0
    twins, place = problem.twins, state.place
    members = np.argsort(twins.twin_of_group, kind="stable")
    start = np.cumsum(twins.n_members) - twins.n_members
    pairs = zip(twins.first.tolist(), twins.other.tolist(), problem.weight.tolist(), strict=True)
    for one, other, weight in pairs:
        here = place[members[start[one] : start[one] + twins.n_members[one]]]
        row = problem.field_row[other]
        if row >= 0:
            links = state.field[row, here]
        else:
            links = problem.distances.between(here, place[problem.only_group[other]])
        total += weight * int(links.sum(dtype=np.int64))
    return total // 2


def _search(problem: _Problem, state: _State, search: Search) -> Ints:
    """Anneal; returns the best chip of each group, an index among the chips that may be used."""
    n_moves = MOVES_PER_GROUP * len(state.place) if search.moves is None else search.moves
    start = cost = least = _cost(problem, state)
    best = state.place.copy()
    seed = search.seed & ((1 << 63) - 1)
    mean_pairs = len(problem.twins.other) // max(1, problem.twins.n_twins)
    batch = max(1, min(-(-n_moves // N_STEPS), BATCH_WORK // (100 + 8 * mean_pairs)))
    widest = max(problem.place_at.shape) // 2
    window, temperature, move = widest, 0.0, 0
    while move < n_moves:
        n = min(batch, n_moves - move)
        control = seed, move, n, window, temperature
        arguments: tuple[Any, ...] = (*problem.arguments, *state.arguments, *control)
        n_tried, n_taken, change, spread = kernels.anneal(*arguments)
        move, cost = move + n, cost + change
        if cost < least:
            least, best = cost, state.place.copy()
        share = move / n_moves
        if not search.proceed(share, cost / start if start else 1.0):
            break
        if temperature == 0.0:
            temperature = spread / max(1, n_tried)
        else:
            temperature *= RATE if n_taken > _share_taken(share) * n_tried else 1 / RATE
        window = _window(widest, share)
    return best


def _share_taken(share: float) -> float:
    """Share of the moves that should be taken when `share` of all are done."""
    return 0.44 * math.exp(-share * math.log(440.0))


def _window(widest: int, share: float) -> int:
    """Half the side of the square of chips to try when `share` of all moves are done."""
    return max(1, round(math.pow(max(1, widest), 1 - share)))
