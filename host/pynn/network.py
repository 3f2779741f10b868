"""From the script's objects to the network that is mapped: populations, projections and rates."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.connectors import Connector
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection

__all__ = [
    "build_network",
    "count_synapses",
    "number_projections",
    "rate_changes",
    "unique_name",
]


def build_network(
    populations: Sequence[Any], projections: Sequence[Any], step: int, dt_ms: float
) -> NetworkSpec:
    """The network as it is in `step`.

    Parameters
    ----------
    populations : sequence of host.pynn.Population
    projections : sequence of host.pynn.Projection
        Each learns the numbers of its parts in the network.
    step : int
        Poisson sources fire at the rate that they have then.
    dt_ms : float
        Time step (ms).
    """
    parts = number_projections(projections)
    specs = tuple(described(population, step, dt_ms) for population in populations)
    return NetworkSpec("pynn", specs, tuple(parts))


def number_projections(projections: Iterable[Any]) -> list[Projection]:
    """All parts of `projections`, which learn their numbers."""
    parts: list[Projection] = []
    for projection in projections:
        parts += projection.number_parts(len(parts))
    return parts


def count_synapses(connector: Connector, pre: Any, post: Any, number: int, seed: int) -> int:
    """Synapses that cores make by a rule, which depend on the number of the projection."""
    wiring, plan = import_module("host.wiring"), import_module("host.plan")
    ends = wiring.Ends(pre.size, post.size, pre is post)
    degree = wiring.wire(connector, ends, number, plan.seed_words(seed)).degree
    return int(degree.sum(dtype=np.int64))


def described(population: Any, step: int, dt_ms: float) -> Population:
    """What the machine is told of `population`; the same object while nothing of it changes."""
    is_source = population.celltype.kind is PopulationKind.POISSON
    firing = is_firing(population, step, dt_ms) if is_source else np.ones(1, dtype=bool)
    key = population.revision, firing.tobytes(), population.recorder.records_spikes
    if population.described is None or population.described[0] != key:
        population.described = key, _population(population, firing)
    found: Population = population.described[1]
    return found


def _population(population: Any, firing: NDArray[np.bool_]) -> Population:
    kind = population.celltype.kind
    common = {"name": population.spec_name, "size": population.size, "kind": kind}
    if kind is PopulationKind.SPIKE_ARRAY:
        return Population(**common, spike_times_ms=population.spike_times_ms())
    if kind is PopulationKind.POISSON:
        rates = population.column("rate")
        most_hz = population.options.get("max_rate_hz") or max(float(rates.max()), 1e-3)
        return Population(
            **common,
            parameters={"rate": simple(rates * firing)},
            expected_rate_hz=most_hz,
            is_recorded=population.recorder.records_spikes,
        )
    initial = {
        population.celltype.variables[variable]: simple(value.evaluate(simplify=False))
        for variable, value in population.initial_values.items()
    }
    return Population(
        **common,
        model=population.celltype.model,
        parameters={k: simple(v) for k, v in population.columns().items()},
        initial=population.celltype.given_initial(initial),
        **population.options.get("rates", {}),
    )


def simple(values: NDArray[np.float64]) -> Parameter:
    """One number, if all are the same."""
    return float(values[0]) if (values == values[0]).all() else values.copy()


def is_firing(population: Any, step: int, dt_ms: float) -> NDArray[np.bool_]:
    """Whether each Poisson source of `population` fires in `step`."""
    start, stop = _firing_steps(population, dt_ms)
    firing: NDArray[np.bool_] = (start <= step) & (step < stop)
    return firing


def rate_changes(populations: Iterable[Any], dt_ms: float, first: int, stop: int) -> list[int]:
    """Steps from `first` on and before `stop` at which a Poisson source starts or stops.

    Not step 0: what fires then the network knows from the beginning.
    """
    borders = [np.zeros(0)]
    for population in populations:
        if population.celltype.kind is PopulationKind.POISSON:
            borders += _firing_steps(population, dt_ms)
    steps = np.unique(np.concatenate(borders))
    return [int(step) for step in steps[(max(first, 1) <= steps) & (steps < stop)]]


def _firing_steps(population: Any, dt_ms: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First step of each Poisson source, and the first after its last."""
    start_ms, duration_ms = population.column("start"), population.column("duration")
    return np.rint(start_ms / dt_ms), np.rint((start_ms + duration_ms) / dt_ms)


def unique_name(label: str, taken: Iterable[str]) -> str:
    """A name for a population called `label` that no other has, and that may name a file.

    Examples
    --------
    >>> unique_name("L2/3 E", ["L2|3 E"])
    'L2|3 E #2'
    """
    name = plain = label.replace("/", "|") or "population"
    names, n = set(taken), 1
    while name in names:
        n += 1
        name = f"{plain} #{n}"
    return name
