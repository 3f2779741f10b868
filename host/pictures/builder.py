"""The picture of a mapping."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from host.pictures.picture import MachinePicture
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.spec import NetworkSpec
from router.topology import Topology, mesh, spinn5_boards

if TYPE_CHECKING:
    from mapping.pipeline import Mapping

__all__ = ["dead_places", "picture_of", "share_chips"]

MOST_RANGES = 6
"""Ranges of members named for a share."""


def picture_of(
    mapped: "Mapping",
    machine: Machine,
    spec: NetworkSpec,
    link_load: NDArray[np.float64] | None = None,
) -> MachinePicture:
    """Collect what a picture of a mapping shows.

    Parameters
    ----------
    mapped : Mapping
        Its graph and its placement are used.
    machine : Machine
    spec : NetworkSpec
    link_load : ndarray of float64, shape (n_chips, 6), optional
        Packets/s that each chip sends over each link; by default links are left out.

    Returns
    -------
    MachinePicture
    """
    graph, chip, topology = mapped.graph, mapped.placement.chip, machine.topology
    cores = np.bincount(chip, minlength=topology.n_chips)
    shares, members = share_chips(graph, chip, len(spec.populations))
    dead_xy, dead_board = dead_places(topology)
    return MachinePicture(
        width=topology.width,
        height=topology.height,
        wrap=topology.wrap,
        xy=topology.xy,
        neighbours=topology.neighbours,
        board=topology.board,
        idle_cores=machine.application_cores - cores,
        dead_xy=dead_xy,
        dead_board=dead_board,
        shares=shares,
        members=members,
        population_names=tuple(population.name for population in spec.populations),
        link_load=link_load,
        title=spec.name,
        captions=(_caption(topology, cores),),
    )


def _caption(topology: Topology, cores: NDArray[np.int64]) -> str:
    n_chips = int(np.count_nonzero(cores))
    n_boards = len(np.unique(topology.board[cores > 0]))
    return (
        f"{_count(int(cores.sum()), 'core')} on {_count(n_chips, 'chip')} of "
        f"{_count(n_boards, 'board')}; the machine has {_count(topology.n_chips, 'chip')} on "
        f"{_count(topology.n_boards, 'board')}"
    )


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def share_chips(
    graph: MachineGraph, chip: NDArray[np.int32], n_populations: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Find which populations share each chip.

    Parameters
    ----------
    graph : MachineGraph
    chip : ndarray of int32, shape (n_vertices,)
    n_populations : int

    Returns
    -------
    shares : ndarray of int64, shape (n_shares, 3)
        Chip, population and number of cores, by chip, then population.
    members : tuple of str
        The members of the population that these cores hold or serve, in words.
    """
    kind = chip.astype(np.int64) * n_populations + graph.population
    order = np.lexsort((graph.hi, graph.lo, kind))
    found, starts, counts = np.unique(kind[order], return_index=True, return_counts=True)
    shares = np.stack([found // n_populations, found % n_populations, counts], axis=1)
    lo, hi = graph.lo[order].tolist(), graph.hi[order].tolist()
    members = (
        _ranges(lo[start : start + count], hi[start : start + count])
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
    )
    return shares, tuple(members)


def _ranges(lo: list[int], hi: list[int]) -> str:
    """Members in words, from slices by `lo`; slices that touch are joined."""
    joined: list[list[int]] = []
    for first, end in zip(lo, hi, strict=True):
        if joined and first <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([first, end])
    words = [f"{first}\u2013{end - 1}" for first, end in joined[:MOST_RANGES]]
    more = len(joined) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


def dead_places(topology: Topology) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions without a living chip where a machine of this form has one, and their boards.

    Parameters
    ----------
    topology : Topology

    Returns
    -------
    xy : ndarray of int64, shape (n_dead, 2)
    board : ndarray of int64, shape (n_dead,)

    Notes
    -----
    The form is that of SpiNN-5 boards, or a full rectangle if these do not make such a machine.
    """
    n_boards = int(topology.board.max(initial=0)) + 1
    rectangle = mesh(topology.width, topology.height, wrap=topology.wrap)
    whole = next(w for w in (spinn5_boards(n_boards), rectangle) if _could_be(topology, w))
    is_dead = topology.chip_id[tuple(whole.xy.T)] < 0
    return whole.xy[is_dead].astype(np.int64), whole.board[is_dead].astype(np.int64)


def _could_be(topology: Topology, whole: Topology) -> bool:
    if (topology.width, topology.height) != (whole.width, whole.height):
        return False
    return topology.wrap == whole.wrap and bool(np.all(whole.chip_id[tuple(topology.xy.T)] >= 0))
