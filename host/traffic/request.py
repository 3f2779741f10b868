"""What ``chipemu traffic`` is asked for, from the texts of its options to the results."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from host.config import Config, load_config
from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.machines import MachineSpec, build_topology, check_emulable, load_machine
from host.progress import Progress
from host.traffic.experiment import (
    FOREVER,
    LONGEST_PS,
    MOST_HZ,
    SHORTEST_STEP_PS,
    US_PS,
    Experiment,
    Group,
)
from host.traffic.microcircuit import network_workload
from host.traffic.patterns import PATTERNS
from host.traffic.results import Results
from host.traffic.run import ENGINES, run_workload
from host.traffic.trace import Tracer, TraceRequest, parse_trace
from host.traffic.workload import Workload, lay_out
from host.units import parse_number
from host.yamlfile import parse_scalar
from mapping.machine import Machine
from router.packets import SendPolicy
from router.params import LONGEST_PS as LONGEST_RECEIVE_PS

__all__ = ["PD14", "Request", "parse_request", "request_account", "run_request"]

PD14 = "pd14"
"""The pattern that is a network."""
CONFIG_KEYS = {
    "scale": "network.scale",
    "drive": "network.drive",
    "layout": "mapping.layout",
    "neurons_per_core": "mapping.neurons_per_core",
    "synapse_cores": "mapping.synapse_cores",
    "dt": "run.dt_ms",
    "slowdown": "run.slowdown",
}
"""Configuration key of each option that is for a network alone."""
SINKS = {"uniform": 8, "hotspot": 1, "all-to-all": 0}
"""Sinks of a flow, unless asked for: as in network_tester's first example, and the fewest."""
MOST_SEEDS = 1 << 64
LEAST_BURST = 1e-4
"""Least share of a step: within 10 ns of 0.1 ms a core can send no more than one packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A pattern on a machine under several groups of parameters.

    Attributes
    ----------
    pattern : str
        One of `PATTERNS`, or `PD14`.
    machine : MachineSpec
    groups : tuple of Group
    n_sinks : int
    seed : int
    engine : str
    config : Config
        Of a network.
    burst_duty : float
        Share of a time step in which a network's cores send.
    trace : TraceRequest or None
    """

    pattern: str
    machine: MachineSpec
    groups: tuple[Group, ...]
    n_sinks: int = 8
    seed: int = 1
    engine: str = "auto"
    config: Config = field(default_factory=Config)
    burst_duty: float = 1.0
    trace: TraceRequest | None = None


def run_request(request: Request, progress: Progress) -> tuple[Results, str]:
    """Run what is asked for; errors as of `run_workload` and `lay_out`.

    Returns
    -------
    Results
    str
        A line about the trace that was written, empty if none was asked for.
    """
    workload = _workload(request, progress)
    tracer = Tracer(request.trace, workload.machine.topology)
    results = run_workload(
        workload,
        request.groups,
        request.machine.fabric,
        seed=request.seed,
        engine=request.engine,
        progress=progress,
        trace=tracer.filter,
        observe=tracer.observe,
    )
    return results, tracer.write()


def request_account(request: Request, results: Results) -> dict[str, Any]:
    """What was asked for and what came of it, flat, as of `Results.account`."""
    asked = {
        "pattern": request.pattern,
        "machine": request.machine.name,
        "seed": request.seed,
        "engine": request.engine,
    }
    return asked | results.account()


def _workload(request: Request, progress: Progress) -> Workload:
    spec = request.machine
    if request.pattern == PD14:
        return network_workload(
            request.config, spec, burst_duty=request.burst_duty, stage=progress.phase
        )
    machine = Machine(build_topology(spec.topology), spec.budgets)
    rng = np.random.default_rng((request.seed, 0))
    pattern = PATTERNS[request.pattern](machine, request.n_sinks, rng)
    with progress.phase("route"):
        experiment = Experiment(cores=pattern.cores, flows=pattern.flows, groups=request.groups)
        return lay_out(experiment, machine)


def parse_request(options: Mapping[str, Any]) -> Request:
    """Request that the texts of the command's options make, None where one was not given.

    Raises
    ------
    ConfigError
        On a text that cannot be understood, naming its option, and on options that do not go
        together.
    FabricError
        If chips of the machine have more cores than a route can name.
    """
    given = {name: text for name, text in options.items() if text is not None}
    pattern = str(given.get("pattern", "uniform"))
    if pattern not in (*PATTERNS, PD14):
        hint = did_you_mean(pattern, (*PATTERNS, PD14))
        msg = f"unknown pattern {pattern!r}; there are {', '.join((*PATTERNS, PD14))}{hint}"
        raise UnknownNameError(msg)
    _check_together(pattern, given)
    config = _config(given)
    bursty = _number(given, "bursty", "x", 1.0)
    step_ps = round(config.run.dt_ms * config.slowdown * 10**9)
    if not LEAST_BURST <= bursty <= 1:
        msg = f"--bursty should be a share of a step, in {LEAST_BURST:g} to 1, got {bursty:g}"
        raise ConfigError(msg)
    groups = _groups(given, pattern, step_ps if bursty < 1 else 0, bursty)
    trace = parse_trace(given)
    if trace is not None and len(groups) > 1:
        msg = f"a trace is of one group, got {len(groups)}; give one rate and one wait"
        raise ConfigError(msg)
    return Request(
        pattern=pattern,
        machine=_machine(given),
        groups=groups,
        n_sinks=_integer(given, "sinks", SINKS.get(pattern, 0), 0),
        seed=_integer(given, "seed", 1, 0),
        engine=_choice(given, "engine", "auto", ENGINES),
        config=config,
        burst_duty=bursty,
        trace=trace,
    )


def _check_together(pattern: str, given: Mapping[str, Any]) -> None:
    is_network = pattern == PD14
    foreign = {"rate", "timestep", "sinks"} if is_network else {*CONFIG_KEYS, "bursty"}
    foreign |= {"sinks"} if pattern == "all-to-all" else set()
    wrong = sorted(foreign & set(given))
    if wrong:
        option = wrong[0].replace("layout", "mapping").replace("_", "-")
        msg = f"--{option} has no meaning for pattern {pattern!r}; leave it out"
        raise ConfigError(msg)


def _config(given: Mapping[str, Any]) -> Config:
    texts = {key: given[name] for name, key in CONFIG_KEYS.items() if name in given}
    return load_config(None, {key: parse_scalar(text) for key, text in texts.items()})


def _machine(given: Mapping[str, Any]) -> MachineSpec:
    spec = load_machine(str(given.get("machine", "spinnaker1")))
    check_emulable(spec)
    if "boards" not in given:
        return spec
    if spec.topology.kind != "boards":
        msg = f"machine {spec.name!r} is not sized by boards; leave out --boards"
        raise ConfigError(msg)
    sized = load_machine(f"spinnaker1-{_integer(given, 'boards', 1, 1)}boards").topology.boards
    return replace(spec, topology=replace(spec.topology, boards=sized))


def _groups(
    given: Mapping[str, Any], pattern: str, burst_period_ps: int, burst_duty: float
) -> tuple[Group, ...]:
    """A group for each rate and each wait."""
    is_network = pattern == PD14
    rates = [None] if is_network else _numbers(given, "rate", "Hz", "10000")
    waits = [_wait(text) for text in str(given["wait1"]).split(",")] if "wait1" in given else [None]
    default = "wait" if is_network else "skip"
    policy = _choice(given, "policy", default, ("skip", "wait"))
    common = Group(
        duration_ps=_picoseconds(given, "time", "ms", 1.0, (1, LONGEST_PS // 2)),
        warmup_ps=_picoseconds(given, "warmup", "ms", 0.0, (0, LONGEST_PS // 2)),
        wait2=_wait(str(given["wait2"])) if "wait2" in given else None,
        reinject_packets=True if given.get("reinject") else None,
        receive_ps=_receive_ps(given) if "receive" in given else None,
        policy=SendPolicy[policy.upper()],
        burst_period_ps=burst_period_ps,
        burst_duty=burst_duty,
    )
    groups = (replace(common, wait1=wait1, rate_hz=rate) for rate, wait1 in product(rates, waits))
    if "timestep" not in given:
        return tuple(groups)
    timestep_ps = _picoseconds(given, "timestep", "us", 10.0, (SHORTEST_STEP_PS, LONGEST_PS))
    return tuple(_stepped(group, timestep_ps) for group in groups)


def _stepped(group: Group, timestep_ps: int) -> Group:
    probability = (group.rate_hz or 0.0) * timestep_ps / 10**12
    if probability > 1:
        msg = (
            f"a rate of {group.rate_hz:g} Hz is more than one packet in a timestep of "
            f"{timestep_ps / US_PS:g} us; use a shorter timestep, or none for random times"
        )
        raise ConfigError(msg)
    return replace(group, rate_hz=None, probability=probability, timestep_ps=timestep_ps)


def _receive_ps(given: Mapping[str, Any]) -> int:
    return _picoseconds(given, "receive", "us", 0.0, (0, LONGEST_RECEIVE_PS))


def _numbers(given: Mapping[str, Any], name: str, unit: str, default: str) -> list[float | None]:
    texts = str(given.get(name, default)).split(",")
    numbers = [_number({name: text}, name, unit, 0.0) for text in texts]
    wrong = next((number for number in numbers if not 0 <= number <= MOST_HZ), None)
    if wrong is not None:
        msg = f"--{name} should be in 0 to {MOST_HZ:g} {unit}, got {wrong:g}"
        raise ConfigError(msg)
    return [*numbers]


def _number(given: Mapping[str, Any], name: str, unit: str, default: float) -> float:
    try:
        return parse_number(str(given[name]), unit) if name in given else default
    except ConfigError as error:
        msg = f"--{name} {error}"
        raise ConfigError(msg) from error


def _picoseconds(
    given: Mapping[str, Any], name: str, unit: str, default: float, limits_ps: tuple[int, int]
) -> int:
    scale = {"ms": 10**9, "us": 10**6}[unit]
    number = _number(given, name, unit, default)
    least, most = (limit / scale for limit in limits_ps)
    if not least <= number <= most:
        msg = f"--{name} should be in {least:g} to {most:g} {unit}, got {number:g} {unit}"
        raise ConfigError(msg)
    return round(number * scale)


def _integer(given: Mapping[str, Any], name: str, default: int, least: int) -> int:
    text = str(given.get(name, default))
    if not (text.isdecimal() and least <= int(text) < MOST_SEEDS):
        msg = f"--{name} should be a whole number from {least}, got {text!r}"
        raise ConfigError(msg)
    return int(text)


def _choice(given: Mapping[str, Any], name: str, default: str, known: tuple[str, ...]) -> str:
    text = str(given.get(name, default))
    if text not in known:
        msg = f"--{name} should be one of {', '.join(known)}, got {text!r}"
        raise ConfigError(msg)
    return text


def _wait(text: str) -> int:
    if text.strip() == "inf":
        return FOREVER
    if not text.strip().isdecimal():
        msg = f"--wait1 and --wait2 should be numbers of cycles or inf, got {text!r}"
        raise ConfigError(msg)
    return int(text)
