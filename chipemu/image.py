"""What the cores are loaded with: the immutable result of generation and loading.

Neurons are numbered 0 to n_neurons - 1 through all populations; the members of spike source
populations that send packets follow. A *channel* is one ring buffer: ``2 * buffer + type``, where
a homogeneous core has a single buffer and an ensemble one for each synapse core and one for its
Poisson core. Buffers saturate separately and are summed by the neuron core.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ImageError
from chipemu.generation.matrix import ProceduralMatrix
from chipemu.if_curr_exp.float64.params import LifFloats
from chipemu.if_curr_exp.params import Arithmetic, LifConstants
from chipemu.synapses import SynapticMatrix
from fixedpoint.tables import InversionTable

__all__ = ["CoreTable", "DirectPoisson", "MachineImage", "PoissonSource", "SpikeEvents"]


class DirectPoisson(NamedTuple):
    """Poisson sources that add their input through memory, one source a neuron."""

    lo: int
    """First neuron driven."""
    hi: int
    """One past the last."""
    offset: int
    """Neuron driven by member 0 of the population."""
    population: int
    """Index of the Poisson population, which keys its random numbers."""
    table: InversionTable
    """Distribution of the number of spikes in a step."""
    weight: int
    """Raw weight of one spike."""
    channel: int
    weight_na: float = 0.0
    """Weight of one spike with double precision."""


class PoissonSource(NamedTuple):
    """Poisson sources that send packets."""

    lo: int
    """First source."""
    hi: int
    """One past the last."""
    offset: int
    """Source that is member 0 of the population."""
    population: int
    table: InversionTable


class SpikeEvents(NamedTuple):
    """When spike arrays fire, sorted by step, then source."""

    step: NDArray[np.int64]
    source: NDArray[np.int64]


class CoreTable(NamedTuple):
    """The cores in use, one entry a core."""

    role: NDArray[np.int64]
    """0 combined, 1 neuron, 2 synapse, 3 Poisson, 4 spike source."""
    lo: NDArray[np.int64]
    """First neuron (or source) that the core holds or serves."""
    hi: NDArray[np.int64]
    buffer: NDArray[np.int64]
    """Buffer that the core fills, -1 if none."""
    chip: NDArray[np.int64]
    processor: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MachineImage:
    """All that a run starts from.

    Attributes
    ----------
    dt_ms : float
        Time step (ms).
    seed : int
        Of all random numbers drawn during the run, below 2**64.
    arithmetic : Arithmetic
    matrix : SynapticMatrix or ProceduralMatrix
        Synapses that are stored, or made for each spike (ideal timing only).
    row_channel : ndarray of int32, shape (n_rows,)
        Channel that each row of the matrix is added to.
    n_channels : int
        Even: an excitatory and an inhibitory one for each buffer.
    constants : LifConstants
        Shape (n_neurons,).
    i_offset : ndarray of int32, shape (n_neurons,)
        Constant input current (s16.15 nA).
    v_init : ndarray of int32, shape (n_neurons,)
        Membrane potential at step 0 (s16.15 mV).
    direct, poisson : tuple
    events : SpikeEvents
    cores : CoreTable
    exact : LifFloats or None
        Constants of the neurons if the cores compute in double precision. Then synapses have
        weights in nA, offset currents and initial potentials are float64 (nA, mV), ring buffers
        hold any current, and `arithmetic` and `constants` mean nothing.
    """

    dt_ms: float
    seed: int
    arithmetic: Arithmetic
    matrix: SynapticMatrix | ProceduralMatrix
    row_channel: NDArray[np.int32]
    n_channels: int
    constants: LifConstants
    i_offset: NDArray[Any]
    v_init: NDArray[Any]
    direct: tuple[DirectPoisson, ...]
    poisson: tuple[PoissonSource, ...]
    events: SpikeEvents
    cores: CoreTable
    exact: LifFloats | None = None

    def __post_init__(self) -> None:
        n = self.n_neurons
        if n != int(self.matrix.block_lo[-1]) or self.i_offset.size != n:
            msg = f"{n} neurons, but the synapses have {self.matrix.block_lo[-1]} as targets"
            raise ImageError(msg)
        if self.row_channel.max(initial=0) >= self.n_channels or self.n_channels % 2:
            msg = f"a row uses channel {self.row_channel.max()} of {self.n_channels}"
            raise ImageError(msg)
        if (self.exact is None) is not (self.matrix.weight_na is None):
            msg = "double precision needs both constants and weights in floating point"
            raise ImageError(msg)
        for array in (self.row_channel, self.i_offset, self.v_init, *self.events, *self.cores):
            array.setflags(write=False)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.v_init.size

    @property
    def n_sources(self) -> int:
        """Number of neurons and packet-sending spike sources."""
        return self.matrix.source_rows.size - 1
