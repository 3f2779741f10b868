"""Setting up, running and ending a simulation, as the functions of PyNN's interface."""

import math
import os
from collections.abc import Mapping
from typing import Any

from pyNN import common
from pyNN.recording import get_io

from host.config import load_config
from host.errors import ConfigError
from host.pynn import extras, simulator

__all__ = [
    "end",
    "get_current_time",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "num_processes",
    "rank",
    "reset",
    "run",
    "run_for",
    "run_until",
    "setup",
]


PROFILES: Mapping[str, dict[str, object]] = {
    "ideal-fixed": {"run.timing": "ideal", "run.arithmetic": "fixed"},
    "ideal-float64": {"run.timing": "ideal", "run.arithmetic": "float64"},
    "full-fixed": {"run.timing": "full", "run.arithmetic": "fixed"},
}
"""Values of the environment variable CHIPEMU_PROFILE."""
GENERATION = ("on_core", "host")
PRECISIONS = ("on_grid", "off_grid")


def setup(
    timestep: float = common.control.DEFAULT_TIMESTEP,
    min_delay: float | str = common.control.DEFAULT_MIN_DELAY,
    max_delay: float | str = common.control.DEFAULT_MAX_DELAY,
    **extra: Any,
) -> int:
    """Begin a new simulation; what there was is forgotten.

    Parameters
    ----------
    timestep : float
        Time step (ms).
    min_delay, max_delay : float or "auto"
        What `get_min_delay` and `get_max_delay` give, and the first the delay (ms) of synapses
        without one. ``"auto"``: as the network has them, and a time step.
    generation : {"on_core", "host"}
        Whether rules that cores know are expanded on cores, from the seed of the run, or all of
        them on the host by PyNN, from the script's generators.
    spike_precision : {"on_grid", "off_grid"}
        As of ``pyNN.nest``. Cores fire at whole steps either way; off the grid, recorded times of a
        `SpikeSourceArray` are those that the script gave.
    **extra
        What machine there is and how it runs (`host.pynn.extras`). Where it is not said, the
        environment variables CHIPEMU_MACHINE and CHIPEMU_PROFILE say it (``ideal-fixed``,
        ``ideal-float64`` or ``full-fixed``).

    Returns
    -------
    int
        Rank of the process, always 0.

    Raises
    ------
    ConfigError
        On anything that the configuration does not allow.
    """
    generation = extra.pop("generation", "on_core")
    if generation not in GENERATION:
        msg = f"setup(generation={generation!r}): choose one of {', '.join(GENERATION)}"
        raise ConfigError(msg)
    precision = extra.pop("spike_precision", "on_grid")
    if precision not in PRECISIONS:
        msg = f"setup(spike_precision={precision!r}): choose one of {', '.join(PRECISIONS)}"
        raise ConfigError(msg)
    extras.forget_models()
    chosen = _profile() | extras.interpret_setup(extra)
    times = {"run.dt_ms": timestep, "run.time_ms": timestep, "run.warmup_ms": 0.0}
    for key in times.keys() & chosen.keys():
        msg = f"{key}: the script says how fine and how long: setup(timestep=...), run(...)"
        raise ConfigError(msg)
    if not 0 < float(timestep) < math.inf:
        msg = f"setup(timestep={timestep}): the time step is more than 0 ms"
        raise ConfigError(msg)
    common.setup(timestep, min_delay, max_delay=max_delay)
    state = simulator.state
    state.clear(load_config(None, chosen | times), chosen)
    state.given_min_delay, state.given_max_delay = min_delay, max_delay
    state.is_expanded_on_host = generation == "host"
    state.gives_exact_times = precision == "off_grid"
    return 0


def _profile() -> dict[str, object]:
    """What the environment says of timing and arithmetic."""
    profile = os.environ.get("CHIPEMU_PROFILE")
    if not profile:
        return {}
    if profile not in PROFILES:
        msg = f"CHIPEMU_PROFILE={profile}: unknown profile; choose one of {', '.join(PROFILES)}"
        raise ConfigError(msg)
    return PROFILES[profile]


def end(compatible_output: bool = True) -> None:  # noqa: ARG001 -- PyNN's
    """Write what was to be written to files."""
    for population, variables, file in simulator.state.write_on_end:
        population.write_data(get_io(file) if isinstance(file, str) else file, variables)
    simulator.state.write_on_end = []


run, run_until = common.build_run(simulator)
run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize
(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)
