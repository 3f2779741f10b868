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
from chipemu.models import MODELS
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.plasticity.synapses import PlasticSynapses
from chipemu.roles import COMBINED, NEURON
from chipemu.state import Injected
from chipemu.synapses import SynapticMatrix
from fixedpoint.tables import InversionTable
from router.readonly import freeze_arrays

__all__ = [
    "NOT_INJECTED",
    "CoreTable",
    "DirectPoisson",
    "MachineImage",
    "PoissonSource",
    "SpikeEvents",
]


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


NOTHING = np.zeros(0, np.int64)
NOT_INJECTED = Injected(
    NOTHING, NOTHING, NOTHING, NOTHING, np.zeros(1, np.int64), NOTHING, np.zeros(1, np.int64)
)
"""No currents from outside."""


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
    model : ndarray of int64, shape (n_neurons,)
        Number of the model of each neuron (`chipemu.models.numbers.ModelNumber`).
    constants : ndarray of int64, shape (n_neurons, n_columns)
        What the update of each neuron needs, as its model has it (`chipemu.models.NeuronModel`).
    i_offset : ndarray of int32, shape (n_neurons,)
        Constant input current (s16.15 nA).
    v_init : ndarray of int32, shape (n_neurons,)
        Membrane potential at step 0 (s16.15 mV).
    more_init : ndarray of int32, shape (n_more, n_neurons)
        States that not all models have, at step 0 (s16.15).
    i_init : ndarray of int32, shape (2, n_neurons)
        States of the excitatory and the inhibitory synapses at step 0 (s16.15).
    direct, poisson : tuple
    events : SpikeEvents
    cores : CoreTable
    injected : Injected
        Currents that change with time; none by default.
    exact : ndarray of float64, shape (n_neurons, n_columns), or None
        Constants of the neurons if the cores compute in double precision. Then synapses have
        weights in nA, offset currents and initial states are float64 (nA, mV), ring buffers
        hold any current, and `arithmetic` and `constants` mean nothing.
    plastic : PlasticSynapses or None
        Synapses whose weights change, besides those of `matrix` (ideal timing only).
    """

    dt_ms: float
    seed: int
    arithmetic: Arithmetic
    matrix: SynapticMatrix | ProceduralMatrix
    row_channel: NDArray[np.int32]
    n_channels: int
    model: NDArray[np.int64]
    constants: NDArray[np.int64]
    i_offset: NDArray[Any]
    v_init: NDArray[Any]
    more_init: NDArray[Any]
    i_init: NDArray[Any]
    direct: tuple[DirectPoisson, ...]
    poisson: tuple[PoissonSource, ...]
    events: SpikeEvents
    cores: CoreTable
    injected: Injected = NOT_INJECTED
    exact: NDArray[np.float64] | None = None
    plastic: PlasticSynapses | None = None

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
        self._check_plastic()
        n_more = len(self.more_init)
        for name, shape in {
            "model": (n,),
            "constants": (n, self.constants.shape[-1]),
            "more_init": (n_more, n),
            "i_init": (2, n),
        }.items():
            if getattr(self, name).shape != shape:
                msg = f"{name} has shape {getattr(self, name).shape}, expected {shape}"
                raise ImageError(msg)
        kinds = {a.dtype for a in (self.v_init, self.more_init, self.i_init, self.i_offset)}
        if len(kinds) > 1:
            msg = f"states and currents of neurons are {', '.join(sorted(map(str, kinds)))}; "
            msg += "give all of them as one"
            raise ImageError(msg)
        freeze_arrays(self)
        for array in (*self.events, *self.cores, *self.injected):
            array.setflags(write=False)

    def _check_plastic(self) -> None:
        plastic = self.plastic
        if plastic is None:
            return
        if isinstance(self.matrix, ProceduralMatrix):
            msg = "plastic synapses need stored ones: nothing can be made anew that changes"
            raise ImageError(msg)
        has = plastic.rule.size, plastic.matrix.source_rows.size - 1
        if has != (self.n_neurons, self.n_sources):
            msg = f"plastic synapses of {has[0]} neurons and {has[1]} sources in an image of "
            msg += f"{self.n_neurons} and {self.n_sources}"
            raise ImageError(msg)
        if plastic.row_channel.max(initial=0) >= self.n_channels:
            msg = f"a plastic row uses channel {plastic.row_channel.max()} of {self.n_channels}"
            raise ImageError(msg)

    def out_degrees(self) -> NDArray[np.int64]:
        """Synapses that each source makes, plastic ones included, shape (n_sources,)."""
        static = self.matrix.out_degrees()
        return static if self.plastic is None else static + self.plastic.matrix.out_degrees()

    @property
    def n_synapses(self) -> int:
        """Number of synapses, plastic ones included."""
        return self.matrix.n_synapses + (
            0 if self.plastic is None else self.plastic.matrix.n_synapses
        )

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.v_init.size

    def update_cycles(self, neuron: int) -> NDArray[np.int64]:
        """CPU cycles of the update of a neuron on each core, shape (n_cores,); 0 without neurons.

        `neuron` is what it takes of IF_curr_exp (`chipemu.cores.CoreCosts`). All neurons of a core
        are of one model.
        """
        extra = np.zeros(1 + max(model.number for model in MODELS.values()), np.int64)
        for model in MODELS.values():
            extra[model.number] = model.extra_cycles
        cycles = np.zeros(self.cores.role.size, np.int64)
        holds = np.isin(self.cores.role, (COMBINED, NEURON))
        cycles[holds] = np.maximum(1, neuron + extra[self.model[self.cores.lo[holds]]])
        return cycles

    @property
    def n_sources(self) -> int:
        """Number of neurons and packet-sending spike sources."""
        return self.matrix.source_rows.size - 1
