"""Patterns of traffic: which core sends to which, as cores and flows of an experiment."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from host.errors import ConfigError
from host.traffic.experiment import Core, Flow
from mapping.machine import Machine
from router.geometry import Link

__all__ = ["PATTERNS", "Pattern", "all_to_all", "hotspot", "link_throughput", "uniform"]


class Pattern(NamedTuple):
    """Cores and the flows between them."""

    cores: tuple[Core, ...]
    flows: tuple[Flow, ...]


PatternMaker = Callable[[Machine, int, np.random.Generator], Pattern]


def uniform(machine: Machine, n_sinks: int, rng: np.random.Generator) -> Pattern:
    """Each application core sends to `n_sinks` others, drawn at random once and for all.

    Raises
    ------
    ConfigError
        If the machine has too few cores.
    """
    n_cores = _n_cores(machine)
    _check_sinks(n_sinks, n_cores)
    flows = []
    for source in range(n_cores):
        others = rng.choice(n_cores - 1, n_sinks, replace=False)
        sinks = others + (others >= source)  # all but the source
        flows.append(Flow(source=source, sinks=tuple(sinks.tolist())))
    return Pattern((Core(),) * n_cores, tuple(flows))


def hotspot(machine: Machine, n_sinks: int, rng: np.random.Generator) -> Pattern:  # noqa: ARG001
    """Each application core sends to `n_sinks` cores of the middle chip, in turn; those only take.

    Raises
    ------
    ConfigError
        If that chip has fewer cores.
    """
    per_chip = machine.application_cores
    chip = machine.topology.n_chips // 2
    first = int(per_chip[:chip].sum())
    n_hot = int(per_chip[chip])
    if not 1 <= n_sinks <= n_hot:
        msg = f"sinks should be 1 to the {n_hot} application cores of the hot chip, got {n_sinks}"
        raise ConfigError(msg)
    n_cores = _n_cores(machine)
    if n_cores == n_hot:
        msg = "all application cores are on the hot chip; use a machine of more chips"
        raise ConfigError(msg)
    flows = [
        Flow(source=source, sinks=tuple(first + (source + i) % n_hot for i in range(n_sinks)))
        for source in range(n_cores)
        if not first <= source < first + n_hot
    ]
    return Pattern((Core(),) * n_cores, tuple(flows))


def all_to_all(machine: Machine, n_sinks: int, rng: np.random.Generator) -> Pattern:  # noqa: ARG001
    """Each application core sends every packet to all others; `n_sinks` has no meaning.

    Raises
    ------
    ConfigError
        If the machine has too few cores.
    """
    n_cores = _n_cores(machine)
    _check_sinks(max(1, n_cores - 1), n_cores)
    flows = [
        Flow(source=source, sinks=tuple(i for i in range(n_cores) if i != source))
        for source in range(n_cores)
    ]
    return Pattern((Core(),) * n_cores, tuple(flows))


def link_throughput(machine: Machine, link: Link, *, odd: bool = False) -> Pattern:
    """Half of the chips send over `link`, core by core, and the other half takes.

    The test of network_tester's ``link_throughput`` example: chips whose x (for east and west,
    else y) is even, or odd, send; so no chip does both.
    """
    topology = machine.topology
    axis = 0 if link in {Link.E, Link.W} else 1
    cores: list[Core] = []
    flows = []
    for chip in np.flatnonzero(topology.xy[:, axis] % 2 == odd).tolist():
        there = int(topology.neighbours[chip, link])
        if there < 0:
            continue
        for core in range(1, int(min(machine.application_cores[[chip, there]])) + 1):
            flows.append(Flow(source=len(cores), sinks=(len(cores) + 1,)))
            for x, y in topology.xy[[chip, there]].tolist():
                cores.append(Core(at=(x, y, core)))
    return Pattern(tuple(cores), tuple(flows))


def _check_sinks(n_sinks: int, n_cores: int) -> None:
    if n_sinks < 1:
        msg = f"a core should send to at least 1 other, got {n_sinks} sinks"
        raise ConfigError(msg)
    if n_sinks >= n_cores:
        msg = (
            f"{n_sinks} other cores as sinks need {n_sinks + 1} application cores, the machine has "
            f"{n_cores}; use fewer sinks or a larger machine"
        )
        raise ConfigError(msg)


def _n_cores(machine: Machine) -> int:
    return int(machine.application_cores.sum())


PATTERNS: dict[str, PatternMaker] = {
    "uniform": uniform,
    "hotspot": hotspot,
    "all-to-all": all_to_all,
}
"""Patterns of the command, by name: of a machine, a number of sinks and random numbers."""
