"""Deadlock: routers that wait for each other in a circle, and so for ever.

A stalled router waits for the router at the end of a blocked link that is idle because the input it
leads to has no room: that router must take a packet first, and takes none while it is stalled
itself. All this is certain only if routers wait for ever before they look for an emergency route
(``wait1_cycles`` null); else a time-out will break the circle.
"""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from router.events import Stall
from router.geometry import Link
from router.topology import Topology

__all__ = ["describe", "find_cycle"]


def find_cycle(stalls: Iterable[Stall], topology: Topology) -> tuple[int, ...]:
    """Chips of a circle of stalled routers, each waiting for the next and the last for the first.

    Parameters
    ----------
    stalls : iterable of Stall
        ``fabric.stalls()`` at one moment.
    topology : Topology

    Returns
    -------
    tuple of int
        In the order of waiting, the smallest chip first; empty if there is no circle. Where there
        are several, always the same one.

    Notes
    -----
    Whether the circle lasts is for the caller to know: it does if ``wait1_cycles`` is null.
    """
    waits = {stall.chip: tuple(_awaited(stall, topology)) for stall in stalls}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        awaited_first = error.args[1][:-1]  # the last is the first again
        circle = awaited_first[::-1]
        first = circle.index(min(circle))
        return (*circle[first:], *circle[:first])
    return ()


def describe(cycle: tuple[int, ...], topology: Topology) -> str:
    """One line that names the chips of `cycle` and the links between them.

    Parameters
    ----------
    cycle : tuple of int
        As from `find_cycle`.
    topology : Topology

    Returns
    -------
    str
        Like ``(0, 0) -E-> (1, 0) -W-> (0, 0)``. Where several links lead to the next chip, as on a
        torus of two chips, all are named.
    """
    if not cycle:
        return "no circle of waiting routers"
    steps = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
    way = "".join(f"{_at(chip, topology)} -{_links(chip, to, topology)}-> " for chip, to in steps)
    return way + _at(cycle[0], topology)


def _awaited(stall: Stall, topology: Topology) -> Iterator[int]:
    return (int(topology.neighbours[stall.chip, link]) for link in Link if stall.full >> link & 1)


def _links(chip: int, to: int, topology: Topology) -> str:
    return "/".join(link.name for link in Link if topology.neighbours[chip, link] == to)


def _at(chip: int, topology: Topology) -> str:
    x, y = topology.xy[chip]
    return f"({x}, {y})"
