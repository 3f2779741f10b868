"""What was lost on each chip in the whole run, by cause."""

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from chipemu.timed_recording import Stretch, TimedCounts
from host.chips.place import Places
from host.timing import COUNTED, LOSSES
from mapping.graph import Role
from router.counters import RouterCounter
from router.events import Fate

__all__ = ["CAUSES", "chip_losses"]

Longs = NDArray[np.int64]

SATURATED = "ring_buffer_saturations"
CAUSES = (*LOSSES, SATURATED)
"""Names of all causes that are known by chip, as in `host.results.Results.losses`."""
UNROUTED = [
    RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION,
    RouterCounter.NO_OUTPUT,
    RouterCounter.TIME_PHASE_ERRORS,
]
"""Packets that a router could not send on, whether or not dropped ones come back."""
REINJECTED = [RouterCounter.DUMP_OVERFLOWS, RouterCounter.REINJECTION_OVERFLOWS]
"""Dropped packets that do not come back where dropped ones are sent again."""


def chip_losses(
    saturated: Longs, timed: TimedCounts | None, image: MachineImage, places: Places
) -> dict[str, Longs]:
    """Losses of each chip, each of shape (n_chips,), by the causes that the timing knows.

    Parameters
    ----------
    saturated : ndarray of int64, shape (n_neurons,)
        Saturated additions to the ring buffers of each neuron.
    timed : TimedCounts or None
        With full timing. Ideal timing only knows saturation.
    image : MachineImage
    places : Places

    Notes
    -----
    A copy is lost on the chip whose router dropped it or whose core had no room or time for it; the
    router's counters tell what the fates of copies tell for the whole machine.
    """
    found: dict[str, Longs] = {}
    if timed is not None:
        cores = sum(stretch.cores for stretch in timed.stretches)
        found = {
            cause: places.by_chip(cores[:, COUNTED[cause]]).astype(np.int64)  # type: ignore[index]
            for cause in LOSSES
            if cause in COUNTED
        }
        found["router_dropped"] = sum(_dropped(stretch) for stretch in timed.stretches)  # type: ignore[assignment]
    found[SATURATED] = _saturations(saturated, image, places)
    return {cause: found[cause] for cause in CAUSES if cause in found}


def _dropped(stretch: Stretch) -> Longs:
    """Copies that the router of each chip dropped for good, shape (n_chips,)."""
    router = stretch.fabric.router
    is_reinjecting = stretch.fates[Fate.HELD] + stretch.fates[Fate.MISSED] > 0
    final = REINJECTED if is_reinjecting else [RouterCounter.DROPPED_MULTICAST]
    dropped: Longs = router[:, [*UNROUTED, *final]].sum(axis=1)
    return dropped


def _saturations(saturated: Longs, image: MachineImage, places: Places) -> Longs:
    holds = np.isin(places.graph.role, (Role.COMBINED, Role.NEURON))
    totals = np.concatenate(([0], np.cumsum(saturated)))
    cores, last = image.cores, image.n_neurons
    of_core = totals[np.minimum(cores.hi, last)] - totals[np.minimum(cores.lo, last)]
    return places.by_chip(np.where(holds, of_core, 0)).astype(np.int64)
