"""Emergency routing: around a blocked link by two sides of a triangle (datasheet v2.02, 10.9)."""

from collections.abc import Callable

from router.geometry import N_LINKS
from router.packets import EmergencyState

__all__ = ["Wanted", "detour", "ways_around"]

Wanted = dict[int, EmergencyState]
"""Outputs that a packet wants, as bits of a route, and the state in which it leaves there."""


def detour(link: int) -> int:
    """Link by which a copy goes around `link` (datasheet, 10.4 and 10.9)."""
    return (link - 1) % N_LINKS


def ways_around(
    wanted: Wanted, blocked: list[int], has_room: Callable[[int], bool]
) -> Wanted | None:
    """Find a detour for every blocked output (datasheet, 10.4).

    Parameters
    ----------
    wanted : dict of int to EmergencyState
        Outputs that the packet wants.
    blocked : list of int
        Those of them that cannot take it.
    has_room : callable
        Whether an output can take a copy.

    Returns
    -------
    dict of int to EmergencyState or None
        Outputs that the copies leave by; None if one of the blocked ones has no detour.
    """
    ways = {output: state for output, state in wanted.items() if output not in blocked}
    for output in blocked:
        other = detour(output)
        is_link = output < N_LINKS
        is_reverting = EmergencyState.REVERTING in (wanted[output], wanted.get(other))
        if not is_link or is_reverting or not has_room(other):
            return None
        is_wanted = other in wanted
        ways[other] = EmergencyState.DIVERTED_WITH_NORMAL if is_wanted else EmergencyState.DIVERTED
    return ways
