"""The sections of a configuration, as frozen dataclasses whose types carry their bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.plugins import STAGES

__all__ = [
    "CoresConfig",
    "MappingConfig",
    "NetworkConfig",
    "RecordConfig",
    "RunConfig",
    "VariantConfig",
]

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantConfig:
    """How the network differs from the one named: what sensitivity studies change.

    Attributes
    ----------
    connections : {"total", "in_degree"} or None
        Fixed total numbers of recurrent synapses, or the same number at each target, of the mean
        that the network has; None: by the rules of the network.
    weight_factor : float
        By which the weights of all recurrent synapses are multiplied.
    weight_bits : int or None
        Resolution of the weights of recurrent synapses within each projection, None: as the
        machine holds them.
    discretisation : {"naive", "preserving"}
        How weights are rounded to `weight_bits`: to the nearest of evenly spaced values, or so
        that mean and variance stay as they are (Dasbach et al. 2021).
    delay_steps : int
        Steps that are added to the delays of all recurrent synapses; one step remains at least.
    refractory_steps : int
        Steps that are added to all refractory times; none are negative.
    lost_synapses : float
        Share of the recurrent synapses that are left out, at random.
    """

    connections: Literal["total", "in_degree"] | None = None
    weight_factor: Annotated[FiniteFloat, Field(ge=0, le=1000)] = 1.0
    weight_bits: Annotated[int, Field(ge=1, le=16)] | None = None
    discretisation: Literal["naive", "preserving"] = "naive"
    delay_steps: int = 0
    refractory_steps: int = 0
    lost_synapses: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Which network, and how it is driven.

    Attributes
    ----------
    name : str
        One of those that ``chipemu networks`` lists.
    scale : float
        Fraction of the full numbers of neurons and synapses, in (0, 1].
    drive : {"poisson", "dc"}
        External input as Poisson spike trains, or as a constant current of the same mean.
    initial : {"population", "original"}
        Initial membrane potentials: fitted per population, or those of the original publication.
    g : float or None
        Inhibitory over excitatory weights, of networks that leave it open (``brunel``); None: their
        own.
    eta : float or None
        Rate from outside over that which alone reaches the threshold, likewise.
    variant : VariantConfig
        How it differs from the one named.
    """

    name: str = "pd14"
    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 1.0
    drive: Literal["poisson", "dc"] = "poisson"
    initial: Literal["population", "original"] = "population"
    g: Annotated[FiniteFloat, Field(ge=0, le=1000)] | None = None
    eta: Annotated[FiniteFloat, Field(ge=0, le=1000)] | None = None
    variant: VariantConfig = field(default_factory=VariantConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingConfig:
    """How the network is laid out on the machine.

    Attributes
    ----------
    layout : {"homogeneous", "ensemble"}
        Neurons and their synapses on one core, or on a group of cores of one chip.
    neurons_per_core : int
        Most neurons on one core, 1 to 1024.
    synapse_cores : int or None
        Synapse cores per ensemble; None: as many as the expected traffic needs. Without meaning in
        the homogeneous layout.
    delays : {"extend", "clip", "refuse"}
        What becomes of delays longer than a ring buffer has slots: further cores extend them, they
        are cut, or the network is refused.
    delay_slots : int or None
        Most slots of a ring buffer, of which the largest power of two counts; None: what the bits
        of its index leave.
    placer, router, keys, compressor : str
        Names of the algorithms, as ``chipemu algorithms`` lists them (``docs/mapping.md``).
    budget_s : float or None
        Longest that a placer that searches may do so (s of wall time); None: as long as the placer
        deems enough. The seed of the search is that of the run.
    folder : str or None
        Files of a finished mapping, which is taken instead (``docs/interchange.md``).
    """

    layout: Literal["homogeneous", "ensemble"] = "homogeneous"
    neurons_per_core: Annotated[int, Field(ge=1, le=1024)] = 64
    synapse_cores: Count | None = None
    delays: Literal["extend", "clip", "refuse"] = "extend"
    delay_slots: Count | None = None
    placer: str = "hilbert"
    router: str = "shared"
    keys: str = "tree"
    compressor: str = "pair"
    budget_s: Annotated[FiniteFloat, Field(gt=0)] | None = None
    folder: str | None = None

    @property
    def algorithms(self) -> dict[str, str]:
        """Names of the algorithms by stage."""
        return {key: getattr(self, key) for key in STAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """How long, how fine and how exactly to simulate.

    Attributes
    ----------
    time_ms : float
        Biological time that counts (ms).
    warmup_ms : float
        Biological time simulated before, and left out of the statistics (ms).
    dt_ms : float
        Time step (ms).
    slowdown : float or None
        Wall time over biological time on the emulated machine; None: that of the layout's
        published run, see `Config.slowdown`.
    timing : {"ideal", "full"}
        Every spike arrives in its step, or when the interconnect delivers it.
    engine : {"auto", "compiled", "reference"}
    seed : int
        Of all random numbers, 0 to 2**64 - 1.
    threads : int or None
        Threads that the emulator uses at most; None: as many as there are processors. Results do
        not depend on it.
    arithmetic : {"fixed", "float64"}
        Numbers of the machine, or the same cores in double precision: nothing is rounded, so that
        `rounding` and `constants` stay as they are, and ring buffers hold any input.
    checkpoint_ms : float or None
        Biological time between two checkpoints, from which a run can go on (ms); None: there are
        none. Results do not depend on it.
    connectivity : {"stored", "procedural"}
        Whether synapses are generated once and kept, or made anew for each spike.
    rounding : {"truncate", "nearest", "stochastic"}
        Of the products of the membrane update (`chipemu.models.if_curr_exp.params.Arithmetic`).
    constants : {"on_core", "nearest", "truncate"}
        Where and how parameters become constants (`chipemu.models.if_curr_exp.params.Constants`).
    """

    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 1000.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 500.0
    dt_ms: Annotated[FiniteFloat, Field(gt=0)] = 0.1
    slowdown: Annotated[FiniteFloat, Field(gt=0, le=1e12)] | None = None
    timing: Literal["ideal", "full"] = "ideal"
    engine: Literal["auto", "compiled", "reference"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    threads: Count | None = None
    arithmetic: Literal["fixed", "float64"] = "fixed"
    checkpoint_ms: Annotated[FiniteFloat, Field(gt=0)] | None = None
    connectivity: Literal["stored", "procedural"] = "stored"
    rounding: Literal["truncate", "nearest", "stochastic"] = "truncate"
    constants: Literal["on_core", "nearest", "truncate"] = "on_core"

    @property
    def n_warmup_steps(self) -> int:
        """Time steps of the warm-up."""
        return round(self.warmup_ms / self.dt_ms)

    @property
    def numbers(self) -> str:
        """How numbers are held and rounded, in words."""
        if self.arithmetic == "float64":
            return "float64"
        return f"s16.15, rounding {self.rounding}, constants {self.constants}"

    @property
    def n_steps(self) -> int:
        """Time steps after the warm-up."""
        return round(self.time_ms / self.dt_ms)

    @property
    def n_checkpoint_steps(self) -> int:
        """Time steps between two checkpoints, one at least; 0: there are none."""
        return 0 if self.checkpoint_ms is None else max(1, round(self.checkpoint_ms / self.dt_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoresConfig:
    """What the cores cost and how they behave, with ``run.timing: full``.

    None means: as the machine's file says.

    Attributes
    ----------
    costs : str or None
        Table of what cores cost (`host.costtables`).
    spike_buffer : int or None
        Entries of the buffer of incoming spikes.
    late_spikes : {"keep", "drop"} or None
        What becomes of spikes that are still in the buffer at a tick.
    colours : bool or None
        Whether packets tell the step in which they were sent.
    bit_fields : bool or None
        Whether spikes without synapses on a core are dropped before their row is fetched.
    margin_ms : float or None
        How long before the next tick synapse cores write back, less than a step takes; measured if
        the machine's file says nothing either.
    spread : float
        Share of the step over which the starts of the sending cores are spread.
    tick_offset_ms : float
        The first tick of each chip comes at a random time from 0 to this (ms of wall time).
    drift_ppm : float
        The clock of each chip is wrong by a random part, up to this many millionths either way.
    reinject : bool or None
        Whether dropped packets are sent again (the microcircuit on the machine: yes in van Albada
        et al. 2018, no in Rhodes et al. 2019).
    router_wait_cycles : int or None
        Router cycles that a blocked packet waits until it is dropped, as far as a register of the
        router can hold them (`router.registers`).
    """

    costs: str | None = None
    spike_buffer: Annotated[int, Field(ge=2, le=65_536)] | None = None
    late_spikes: Literal["keep", "drop"] | None = None
    colours: bool | None = None
    bit_fields: bool | None = None
    margin_ms: Annotated[FiniteFloat, Field(ge=0, le=1000)] | None = None
    spread: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.0
    tick_offset_ms: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    drift_ppm: Annotated[FiniteFloat, Field(ge=0, le=100_000)] = 0.0
    reinject: bool | None = None
    router_wait_cycles: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConfig:
    """What is recorded beside the counters.

    Attributes
    ----------
    spikes : bool
    v, currents : mapping of str to int
        Number of neurons, from the first, of each population named, whose membrane potential or
        synaptic currents are sampled.
    interval_ms : float or None
        Time between samples (ms); None: every time step.
    """

    spikes: bool = True
    v: Mapping[str, Count] = field(default_factory=dict)
    currents: Mapping[str, Count] = field(default_factory=dict)
    interval_ms: Annotated[FiniteFloat, Field(gt=0)] | None = None
