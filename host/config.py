"""What the user sets: network, machine, mapping, run, cores and recording, as frozen dataclasses.

A configuration comes from a YAML file, from dotted overrides (``mapping.neurons_per_core=128``)
or from Python; each way it passes the same checks.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, TypeAdapter
from ruamel.yaml import YAML

from host.costtables import load_costs
from host.errors import ConfigError
from host.plugins import STAGES, check_algorithm
from host.validation import build
from host.yamlfile import Document, Location, read_document
from router.errors import FabricError
from router.registers import wait_byte

__all__ = [
    "Config",
    "CoresConfig",
    "MappingConfig",
    "NetworkConfig",
    "RecordConfig",
    "RunConfig",
    "check_config",
    "check_time_step",
    "config_hash",
    "json_schema",
    "load_config",
    "to_yaml",
]

SHORTEST_STEP_MS = 2.0**-15
"""One unit in the last place of s16.15, in which the cores hold the time step (ms)."""
TOO_LONG_STEP_MS = 2.0**16
"""First value beyond the range of s16.15 (ms)."""
PS_PER_MS = 10**9
LONGEST_WALL_PS = 2 * 10**18
"""Wall time of the emulated machine is kept in 64 bits."""
MOST_STEPS = 2**31 - 1
"""Steps are numbered in 32 bits, in spikes and in the random numbers of sources."""

Count = Annotated[int, Field(ge=1)]


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
    """

    name: str = "pd14"
    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 1.0
    drive: Literal["poisson", "dc"] = "poisson"
    initial: Literal["population", "original"] = "population"


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
    rounding : {"truncate", "nearest", "stochastic"}
        Of the products of the membrane update (`chipemu.if_curr_exp.params.Arithmetic`).
    constants : {"on_core", "nearest", "truncate"}
        Where and how parameters become constants (`chipemu.if_curr_exp.params.Constants`).
    """

    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 1000.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 500.0
    dt_ms: Annotated[FiniteFloat, Field(gt=0)] = 0.1
    slowdown: Annotated[FiniteFloat, Field(gt=0, le=1e12)] | None = None
    timing: Literal["ideal", "full"] = "ideal"
    engine: Literal["auto", "compiled", "reference"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    threads: Count | None = None
    rounding: Literal["truncate", "nearest", "stochastic"] = "truncate"
    constants: Literal["on_core", "nearest", "truncate"] = "on_core"

    @property
    def n_warmup_steps(self) -> int:
        """Time steps of the warm-up."""
        return round(self.warmup_ms / self.dt_ms)

    @property
    def n_steps(self) -> int:
        """Time steps after the warm-up."""
        return round(self.time_ms / self.dt_ms)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that a run depends on.

    Attributes
    ----------
    network : NetworkConfig
    machine : str
        Name of a preset, or path of a machine file.
    mapping : MappingConfig
    run : RunConfig
    cores : CoresConfig
    record : RecordConfig
    output : str or None
        Run folder of the command; None: a new one under ``runs``. `host.run` has its own argument.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    machine: str = "spinnaker1"
    mapping: MappingConfig = field(default_factory=MappingConfig)
    run: RunConfig = field(default_factory=RunConfig)
    cores: CoresConfig = field(default_factory=CoresConfig)
    record: RecordConfig = field(default_factory=RecordConfig)
    output: str | None = None

    @property
    def slowdown(self) -> float:
        """Wall time over biological time: ``run.slowdown``, or else that of the published run.

        The microcircuit ran 20 times slower than real time on homogeneous cores (van Albada et
        al. 2018, Front. Neurosci. 12:291), in real time on ensembles (Rhodes et al. 2019, Phil.
        Trans. R. Soc. A 378:20190160).
        """
        if self.run.slowdown is not None:
            return self.run.slowdown
        return 20.0 if self.mapping.layout == "homogeneous" else 1.0

    @property
    def period_ps(self) -> int:
        """Wall time of a step on the emulated machine."""
        return round(self.run.dt_ms * self.slowdown * PS_PER_MS)


def load_config(path: Path | None, overrides: Mapping[str, object] | None = None) -> Config:
    """Read, override and check a configuration.

    Parameters
    ----------
    path : Path or None
        YAML file; None: the defaults.
    overrides : mapping of str to object, optional
        Values by dotted key, such as ``"mapping.neurons_per_core"``; quantities as text are
        understood (``"1 s"``).

    Raises
    ------
    ConfigError
        On the first thing that is wrong, with file and line if it stands in the file.
    """
    document = Document() if path is None else read_document(path)
    for key, value in (overrides or {}).items():
        document = document.override(tuple(key.split(".")), value)
    return _checked(document)


def check_config(config: Config) -> Config:
    """`config` itself, if it passes the checks of `load_config`; for those built in Python."""
    _checked(Document(asdict(config)))
    return config


def _checked(document: Document) -> Config:
    config = build(Config, document)
    run, dt_ms = config.run, config.run.dt_ms
    _blame(document, ("run", "dt_ms"), check_time_step, dt_ms)
    _blame(document, ("run", "time_ms"), _check_multiple, run.time_ms, dt_ms, 1)
    _blame(document, ("run", "warmup_ms"), _check_multiple, run.warmup_ms, dt_ms, 0)
    _blame(document, ("run", "time_ms"), _check_number_of_steps, run.n_warmup_steps + run.n_steps)
    if run.timing == "full":
        n_steps = run.n_warmup_steps + run.n_steps
        _blame(document, ("run", "slowdown"), _check_period, config.period_ps, n_steps)
        _blame(document, ("cores", "margin_ms"), _check_margin, config.cores, config.period_ps)
    wait_cycles = config.cores.router_wait_cycles
    _blame(document, ("cores", "router_wait_cycles"), _check_router_wait, wait_cycles)
    _blame(document, ("mapping", "synapse_cores"), _check_synapse_cores, config.mapping)
    for key, name in config.mapping.algorithms.items():
        _blame(document, ("mapping", key), check_algorithm, key, name)
    if config.cores.costs is not None:
        _blame(document, ("cores", "costs"), load_costs, config.cores.costs)
    if config.record.interval_ms is not None:
        interval_ms = config.record.interval_ms
        _blame(document, ("record", "interval_ms"), _check_multiple, interval_ms, dt_ms, 1)
    return config


def _blame(document: Document, location: Location, check: Any, *values: Any) -> None:
    try:
        check(*values)
    except ConfigError as error:
        msg = f"{document.where(location)}{'.'.join(map(str, location))}: {error}"
        raise ConfigError(msg) from error


def check_time_step(dt_ms: float) -> None:
    """Check that the emulated cores can hold a time step of `dt_ms`.

    They hold it in s16.15, and the emulator keeps time in whole picoseconds.

    Raises
    ------
    ConfigError
        If it is shorter than 2**-15 ms, 65536 ms or longer, or no whole number of picoseconds.
    """
    if not SHORTEST_STEP_MS <= dt_ms < TOO_LONG_STEP_MS:
        msg = (
            f"a time step of {dt_ms:.12g} ms does not fit s16.15, which holds "
            f"{SHORTEST_STEP_MS:.6g} to {TOO_LONG_STEP_MS:.6g} ms; "
            "choose one in between, such as 0.1 ms"
        )
        raise ConfigError(msg)
    steps_ps = dt_ms * PS_PER_MS
    if abs(steps_ps - round(steps_ps)) > 1e-6 * max(1.0, steps_ps * 1e-9):
        nearest_ms = round(steps_ps) / PS_PER_MS
        msg = f"a time step of {dt_ms!r} ms is no whole number of ps; nearest: {nearest_ms!r} ms"
        raise ConfigError(msg)


def _check_multiple(value_ms: float, dt_ms: float, fewest: int) -> None:
    n_steps = round(value_ms / dt_ms)
    if n_steps < fewest or abs(n_steps * dt_ms - value_ms) > 1e-9 * max(value_ms, dt_ms):
        nearest_ms = max(n_steps, fewest) * dt_ms
        msg = (
            f"{value_ms:.12g} ms is no whole number of time steps of {dt_ms:.12g} ms; "
            f"nearest: {nearest_ms:.12g} ms"
        )
        raise ConfigError(msg)


def _check_period(period_ps: int, n_steps: int) -> None:
    if not 1 <= period_ps <= LONGEST_WALL_PS // (n_steps + 1):
        msg = (
            f"{n_steps} steps of {period_ps} ps of wall time: a step takes 1 ps or more, a run at "
            f"most {LONGEST_WALL_PS:.0e} ps; choose another slow-down, or a shorter run"
        )
        raise ConfigError(msg)


def _check_margin(cores: CoresConfig, period_ps: int) -> None:
    if cores.margin_ms is not None and round(cores.margin_ms * PS_PER_MS) >= period_ps:
        msg = (
            f"a margin of {cores.margin_ms:.12g} ms leaves nothing of a step of "
            f"{period_ps / PS_PER_MS:.12g} ms of wall time; choose a shorter one, or run slower"
        )
        raise ConfigError(msg)


def _check_router_wait(cycles: int | None) -> None:
    """Check that a time-out register can hold `cycles`; None is what the machine's file says."""
    if cycles is None:
        return
    try:
        wait_byte(cycles)
    except FabricError as error:
        raise ConfigError(str(error)) from error


def _check_synapse_cores(mapping: MappingConfig) -> None:
    if mapping.layout == "homogeneous" and mapping.synapse_cores is not None:
        msg = "homogeneous cores have no synapse cores; choose layout ensemble or leave it out"
        raise ConfigError(msg)


def _check_number_of_steps(n_steps: int) -> None:
    if n_steps > MOST_STEPS:
        msg = (
            f"warm-up and run have {n_steps} time steps, limit {MOST_STEPS}; "
            "shorten them or choose a longer time step"
        )
        raise ConfigError(msg)


def to_yaml(config: Config) -> str:
    """`config` as YAML that `load_config` reads back to an equal value."""
    yaml = YAML()
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(_plain(asdict(config)), stream)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def config_hash(config: Config) -> str:
    """SHA-256 (hexadecimal) of all that results depend on: not the output, not the threads."""
    values = asdict(config)
    del values["output"], values["run"]["threads"]
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON schema of a configuration file, for editors that complete and check."""
    return TypeAdapter(Config).json_schema()
