"""What ``setup`` may be told besides the time step and the delays.

Everything becomes keys of the configuration (`host.config`), a notice, or a refusal. The emulator's
own options have the names of the command's; a key with a dot is one of the configuration.
"""

import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from host.errors import ConfigError, did_you_mean
from host.pynn.notices import NOTICES
from host.pynn.unsupported import refuse

__all__ = ["COMMAND", "MACHINE_VARIABLE", "interpret_setup"]

COMMAND: ContextVar[Mapping[str, object] | None] = ContextVar("command", default=None)
"""Configuration keys that ``chipemu pynn run`` was given; they prevail over the script's."""

MACHINE_VARIABLE = "CHIPEMU_MACHINE"
"""Environment variable that names the machine of scripts that do not."""

KEYS: Mapping[str, str] = {
    "machine": "machine",
    "timing": "run.timing",
    "arithmetic": "run.arithmetic",
    "engine": "run.engine",
    "seed": "run.seed",
    "threads": "run.threads",
    "slowdown": "run.slowdown",
    "time_scale_factor": "run.slowdown",
    "rounding": "run.rounding",
    "constants": "run.constants",
    "layout": "mapping.layout",
    "neurons_per_core": "mapping.neurons_per_core",
    "synapse_cores": "mapping.synapse_cores",
    "n_synapse_cores": "mapping.synapse_cores",
    "delays": "mapping.delays",
    "placer": "mapping.placer",
    "router": "mapping.router",
    "keys": "mapping.keys",
    "compressor": "mapping.compressor",
    "spike_buffer": "cores.spike_buffer",
    "reinject": "cores.reinject",
}
"""Configuration key of each option."""

REAL_MACHINE: Mapping[str, str] = {
    "n_chips_required": "the machine gets as many chips as the network needs",
    "n_boards_required": "the machine gets as many boards as the network needs",
    "spinnaker_hostname": "no board is connected; setup(machine=...) names a preset or a file",
    "hostname": "no board is connected; setup(machine=...) names a preset or a file",
    "db_name": "no database is written; sim.report() and sim.results() tell what happened",
    "model_binary_module": "there are no binaries",
    "model_binaries": "there are no binaries",
}
"""What sPyNNaker's ``setup`` takes and the emulator has no use for, with what it does instead."""

OTHER_SIMULATORS = frozenset(
    {
        "allow_offgrid_spikes", "atol", "db_filename", "debug", "default_maxstep",
        "default_timestep", "file", "filename", "grng_seed", "hardware", "hardwareNeuronSize",
        "kernelseeds", "label", "loglevel", "maxNeuronLoss", "maxSynapseLoss",
        "max_num_processes", "mpi_rank", "native_rng_baseseed", "num_processes",
        "parallel_safe", "quit_on_end", "recording_precision", "rng_seed", "rng_seeds",
        "rng_seeds_seed", "rtol", "spike_precision", "state_type", "t_flush", "useSystemSim",
        "use_cvode", "verbosity",
    }
)  # fmt: skip
"""Arguments of PyNN's other backends, which scripts for several of them pass to all."""


def interpret_setup(extra: Mapping[str, object]) -> dict[str, object]:
    """Make configuration keys of what `setup` was told.

    Parameters
    ----------
    extra : mapping of str to object
        Keyword arguments beyond ``timestep``, ``min_delay`` and ``max_delay``.

    Returns
    -------
    dict of str to object
        Values by dotted key, for `host.config.load_config`. The machine is that of the command,
        or of the script, or of the environment variable ``CHIPEMU_MACHINE``.

    Raises
    ------
    ConfigError
        On arguments that resemble one that there is, contradict each other, or ask for live
        connections. PyNN lets scripts hand on arguments of their own: what resembles nothing is
        told and has no effect.
    """
    machine = os.environ.get(MACHINE_VARIABLE)
    found: dict[str, object] = {} if machine is None else {"machine": machine}
    told: dict[str, str] = {}
    for name, value in extra.items():
        for key, meant in _interpret(name, value).items():
            if key in told and found[key] != meant:
                msg = f"setup: {told[key]} and {name} contradict each other; give one"
                raise ConfigError(msg)
            found[key], told[key] = meant, name
    return found | dict(COMMAND.get() or {})


def _interpret(name: str, value: object) -> dict[str, object]:
    if name in READERS:
        return READERS[name](value)
    if value is None:
        return {}
    if name in KEYS:
        return {KEYS[name]: value}
    if "." in name:
        return {name: value}
    if name in REAL_MACHINE:
        NOTICES.tell(f"setup({name}={value!r}): {REAL_MACHINE[name]}")
        return {}
    hint = did_you_mean(name, (*KEYS, *READERS, *REAL_MACHINE))
    if hint and name not in OTHER_SIMULATORS:
        msg = f"setup: unknown argument {name}={value!r}{hint} (docs/pynn.md)"
        raise ConfigError(msg)
    owner = "other simulators" if name in OTHER_SIMULATORS else "nobody here"
    NOTICES.tell(f"setup({name}={value!r}): known to {owner}, of no effect")
    return {}


def _configuration(value: object) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        msg = f"setup: config takes a dict of configuration keys, got {value!r}"
        raise ConfigError(msg)
    return {str(key): item for key, item in value.items()}


def _no_sockets(value: object) -> dict[str, object]:
    if value is not None and (not hasattr(value, "__len__") or len(value)):
        refuse("setup(database_socket_addresses=...)", "record(...): nothing is live")
    return {}


READERS: Mapping[str, Callable[[object], dict[str, Any]]] = {
    "config": _configuration,
    "database_socket_addresses": _no_sockets,
}
