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
from typing import Any

from ruamel.yaml import YAML

from host.belongings import content_sha256
from host.costtables import load_costs
from host.errors import ConfigError
from host.plugins import check_algorithm
from host.sections import (
    CoresConfig,
    MappingConfig,
    NetworkConfig,
    RecordConfig,
    RunConfig,
    VariantConfig,
)
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
    "VariantConfig",
    "check_config",
    "check_time_step",
    "config_hash",
    "config_of",
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
    return config_of(document)


def check_config(config: Config) -> Config:
    """`config` itself, if it passes the checks of `load_config`; for those built in Python."""
    config_of(Document(asdict(config)))
    return config


def config_of(document: Document) -> Config:
    """Checked configuration that `document` describes; errors as of `load_config`."""
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
    _blame(document, ("run", "checkpoint_ms"), _check_checkpoints, run)
    _blame(document, ("run", "connectivity"), _check_connectivity, run)
    _blame(document, ("run", "arithmetic"), _check_arithmetic, run)
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


def _check_checkpoints(run: RunConfig) -> None:
    is_compiled = run.timing == "ideal" and run.engine != "reference"
    if run.checkpoint_ms is not None and not is_compiled:
        why = "full timing" if run.timing == "full" else "the reference engine"
        msg = f"runs with {why} cannot go on from a checkpoint; leave it out"
        raise ConfigError(msg)


def _check_arithmetic(run: RunConfig) -> None:
    """Check that nothing asks for the machine's numbers if there are to be none."""
    if run.arithmetic == "fixed":
        return
    remedies = {
        "timing": ("ideal", "full timing moves the machine's 16-bit inputs"),
        "connectivity": ("stored", "synapses made anew for each spike have 16-bit weights"),
        "rounding": ("truncate", "nothing is rounded"),
        "constants": ("on_core", "nothing is rounded"),
    }
    for key, (needed, why) in remedies.items():
        if getattr(run, key) != needed:
            msg = f"with float64 {why}; leave run.{key} at {needed}, or choose fixed"
            raise ConfigError(msg)


def _check_connectivity(run: RunConfig) -> None:
    if run.connectivity == "procedural" and run.timing == "full":
        msg = "full timing needs synapses that are stored; choose stored, or run.timing: ideal"
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
    """SHA-256 (hexadecimal) of all that results depend on.

    They do not depend on the output, the threads, the checkpoints, or whether synapses are stored.
    Of files of networks and machines it is the content that counts.
    """
    values = asdict(config)
    values["network"]["name"] = content_sha256(config.network.name)
    values["machine"] = content_sha256(config.machine)
    del values["output"]
    for key in ("threads", "checkpoint_ms", "connectivity"):
        del values["run"][key]
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
