"""Where the cores of an image stand and what time they have: what full timing adds to the image.

Cores are numbered as in `MachineImage.cores`. A *slice* is the neurons of one combined or neuron
core, a *stream* the packets of one source at one stage of delay (`docs/cores.md`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chipemu.cores.params import CoreParams
from chipemu.errors import ImageError
from router.params import FabricParams
from router.readonly import freeze_arrays
from router.table import RoutingTables
from router.topology import Topology

__all__ = ["NO_KEY", "Deployment"]

NO_KEY = -1
"""Key of a stream that nobody receives, and that sends no packets."""
PPB = 10**9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Deployment:
    """Machine, clock, keys and rows of the cores of an image.

    Attributes
    ----------
    topology : Topology
    tables : RoutingTables
    fabric : FabricParams
    params : CoreParams
    period_ps : int
        Wall time of a step.
    offset_ps : ndarray of int64, shape (n_chips,)
        When each chip has its tick 0.
    drift_ppb : ndarray of int64, shape (n_chips,)
        By how many parts in 10**9 the ticks of each chip are too far apart.
    spread_ps : ndarray of int64, shape (n_cores,)
        How long after the tick each core begins to update or to send.
    slice_lo : ndarray of int64, shape (n_slices + 1,)
        First neuron of each slice.
    core_slice : ndarray of int64, shape (n_cores,)
        Slice that each core holds or serves, -1 for spike sources and delay cores.
    slot_bytes : ndarray of int64, shape (n_cores,)
        What each synapse or Poisson core of an ensemble hands over in a step; 0 for others.
    source_kind : ndarray of int32, shape (n_sources,)
        Kind of each source: those of one kind have rows of the same lengths.
    row_synapses : ndarray of uint16, shape (n_stages, n_sources, n_slices)
        Synapses of each stream on each slice.
    row_bytes, n_rows : ndarray of int32, shape (n_stages, n_kinds, n_slices)
        Bytes that are fetched for a packet, and the rows (one per projection) that they are.
    key : ndarray of int64, shape (n_stages, n_sources)
        Key of each stream, `NO_KEY` if it has none.
    stage_steps : int
        Delay (steps) that each stage adds.

    Raises
    ------
    ImageError
        If the parts contradict each other.
    """

    topology: Topology
    tables: RoutingTables
    fabric: FabricParams
    params: CoreParams
    period_ps: int
    offset_ps: NDArray[np.int64]
    drift_ppb: NDArray[np.int64]
    spread_ps: NDArray[np.int64]
    slice_lo: NDArray[np.int64]
    core_slice: NDArray[np.int64]
    slot_bytes: NDArray[np.int64]
    source_kind: NDArray[np.int32]
    row_synapses: NDArray[np.uint16]
    row_bytes: NDArray[np.int32]
    n_rows: NDArray[np.int32]
    key: NDArray[np.int64]
    stage_steps: int

    def __post_init__(self) -> None:
        n_stages, n_sources, n_slices = self.row_synapses.shape
        n_chips, n_cores = self.topology.n_chips, len(self.core_slice)
        n_kinds = self.row_bytes.shape[1]
        for name, shape in {
            "offset_ps": (n_chips,),
            "drift_ppb": (n_chips,),
            "spread_ps": (n_cores,),
            "slice_lo": (n_slices + 1,),
            "slot_bytes": (n_cores,),
            "source_kind": (n_sources,),
            "n_rows": (n_stages, n_kinds, n_slices),
            "row_bytes": (n_stages, n_kinds, n_slices),
            "key": (n_stages, n_sources),
        }.items():
            if getattr(self, name).shape != shape:
                msg = f"{name} has shape {getattr(self, name).shape}, expected {shape}"
                raise ImageError(msg)
        freeze_arrays(self)

    @property
    def n_slices(self) -> int:
        """Number of slices."""
        return len(self.slice_lo) - 1

    @property
    def n_stages(self) -> int:
        """Stages of delay; 1 if no core extends delays."""
        return len(self.key)

    def tick_ps(self, step: int) -> NDArray[np.int64]:
        """When each chip has its tick `step`, shape (n_chips,)."""
        nominal_ps = step * self.period_ps
        # drift is small, so that the product fits: 10**5 ppb of 10**4 s are 10**9 ps * 10**5
        ticks: NDArray[np.int64] = self.offset_ps + nominal_ps + _share(nominal_ps, self.drift_ppb)
        return ticks

    def check_clock(self, n_steps: int) -> None:
        """Check that over `n_steps` each chip has its tick u before any has its tick ``u + 1``.

        Raises
        ------
        ImageError
        """
        for step in (0, n_steps):
            ticks = self.tick_ps(step)
            apart_ps = int(ticks.max() - ticks.min())
            period_ps = int(self.tick_ps(step + 1).min() - ticks.min())
            if apart_ps >= period_ps or ticks.min() < 0:
                msg = (
                    f"ticks {step} of the chips lie {apart_ps / 1e6:g} us apart, limit the period "
                    f"of {period_ps / 1e6:g} us; use smaller offsets or drifts, or a shorter run"
                )
                raise ImageError(msg)


def _share(nominal_ps: int, ppb: NDArray[np.int64]) -> NDArray[np.int64]:
    """``nominal_ps * ppb // 10**9`` without overflow."""
    whole, rest = divmod(nominal_ps, PPB)
    return whole * ppb + rest * ppb // PPB
