"""Plastic synapses of a network, as the cores get them: rules, tables, weights to begin with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from chipemu.generation.plan import GenerationPlan
from chipemu.plasticity.params import Amount, Column, decay_table, exact_decay_table
from chipemu.plasticity.synapses import PlasticSynapses
from chipemu.synapses import SynapticMatrix, block_bounds
from fixedpoint.formats import S1615
from host.config import RunConfig
from host.dealing import Dealing, row_channels
from host.errors import ConfigError
from host.generate import generate
from host.neurons import raw_values
from host.numerics import Numerics
from host.plan import Numbering
from host.weights import exact_weights, trace
from mapping.delays import Stages
from mapping.graph import MachineGraph
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import NetworkSpec, PopulationKind

__all__ = [
    "check_delays",
    "check_run",
    "is_plastic",
    "plastic_synapses",
    "reweighted",
    "scaled_rule",
    "weighted",
]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
MOST_ENTRIES = (1 << 16) - 2
"""Most entries of a look-up table, whose number is an even one of 16 bits."""


def is_plastic(spec: NetworkSpec) -> bool:
    """Whether any weight of the network changes."""
    return any(projection.plasticity is not None for projection in spec.projections)


def check_run(run: RunConfig, network: NetworkSpec | None) -> None:
    """Check that a run can have the plastic synapses of `network`, if there are any.

    Raises
    ------
    ConfigError
        With full timing, and with synapses that are not stored.
    """
    if network is None or not is_plastic(network):
        return
    for key, value, nearest in (
        ("timing", "full", "ideal"),
        ("connectivity", "procedural", "stored"),
    ):
        if getattr(run, key) == value:
            msg = f"run.{key}: {value} has no plastic synapses; nearest: run.{key}: {nearest}"
            raise ConfigError(msg)


def check_delays(spec: NetworkSpec, graph: MachineGraph, dt_ms: float) -> None:
    """Check that no plastic synapse has a delay that takes a delay core.

    Raises
    ------
    ConfigError
    """
    stages = Stages(graph.n_stages, graph.stage_steps, dt_ms)
    for projection in spec.projections:
        if projection.plasticity is not None and stages.count(projection) > 1:
            limit_ms = graph.stage_steps * dt_ms
            msg = (
                f"projection {projection.pre} -> {projection.post} is plastic with delays above "
                f"{limit_ms:g} ms, which take delay cores; use shorter delays, fewer neurons per "
                "core, or mapping.delays: clip"
            )
            raise ConfigError(msg)


def scaled_rule(rule: Stdp, factor: float) -> Stdp:
    """`rule` in units `factor` times as small."""
    return replace(rule, w_min=factor * rule.w_min, w_max=factor * rule.w_max)


def plastic_synapses(
    spec: NetworkSpec,
    plan: GenerationPlan,
    dealing: Dealing,
    numerics: Numerics,
    *,
    numbering: Numbering,
    shifts: Mapping[str, tuple[int, int]],
    n_delays: int,
    n_threads: int = 1,
) -> PlasticSynapses:
    """Generate and quantise the synapses of a network that change.

    Parameters
    ----------
    spec : NetworkSpec
        In the units of the cores.
    plan : GenerationPlan
        Of its plastic projections.
    dealing : Dealing
    numerics : Numerics
    numbering : Numbering
    shifts : mapping of str to (int, int)
        Ring-buffer shifts of each neuron population by synapse type.
    n_delays : int
        Longest delay (steps).
    n_threads : int

    Raises
    ------
    ParameterError
        If a rule needs numbers that the cores cannot hold.
    """
    # blocks as for one thread: what is kept of weights must not depend on the number of threads
    blocks = block_bounds(numbering.n_neurons, 1)
    matrix = generate(plan, blocks, n_delays, n_threads=n_threads)
    if numerics.is_float64:
        exact = exact_weights(spec, plan, blocks, n_delays, n_threads=n_threads)
        matrix = replace(matrix, weight_na=exact)
    neurons = [p for p in spec.populations if p.kind is PopulationKind.NEURON]
    of_population = [spec.rule(p.name) for p in neurons]
    rules = list(dict.fromkeys(rule for rule in of_population if rule is not None))
    numbers = [-1 if rule is None else rules.index(rule) for rule in of_population]
    sizes = [p.size for p in neurons]
    of_shifts = np.array([[shifts[p.name][k] for p in neurons] for k in (0, 1)], np.int64)
    choices, tables = _tables(rules, numerics)
    amounts = np.array([_amounts(rule) for rule in rules])
    is_exact = numerics.is_float64
    return PlasticSynapses(
        matrix=matrix,
        row_channel=row_channels(numbering, plan, matrix, dealing),
        rule=np.repeat(np.array(numbers, np.int64), sizes),
        shift=np.repeat(of_shifts, sizes, axis=1),
        choices=choices,
        amounts=np.zeros(amounts.shape, np.int64) if is_exact else _raw(amounts, numerics),
        decay=np.zeros(0, np.int64) if is_exact else tables,
        exact_amounts=amounts if is_exact else None,
        exact_decay=tables if is_exact else None,
    )


def _amounts(rule: Stdp) -> list[float]:
    """Values of `chipemu.plasticity.params.Amount`.

    PyNN's A+ and A- of the additive rule are in parts of w_max, by which the tool chain multiplies
    them beforehand (sPyNNaker, ``weight_dependence_additive.py``).
    """
    unit = rule.w_max if rule.dependence is WeightDependence.ADDITIVE else 1.0
    values = {
        Amount.W_MIN: rule.w_min,
        Amount.W_MAX: rule.w_max,
        Amount.A_PLUS: unit * rule.a_plus,
        Amount.A_MINUS: unit * rule.a_minus,
    }
    return [values[amount] for amount in Amount]


def _raw(amounts: Floats, numerics: Numerics) -> Longs:
    if np.any(np.abs(amounts) > S1615.max):
        worst = amounts.ravel()[np.argmax(np.abs(amounts))]
        msg = f"STDP: a limit or an amplitude of {worst:g}; the cores hold up to {S1615.max:g}"
        raise ParameterError(msg)
    return np.asarray(raw_values(amounts, numerics), np.int64)


def _tables(rules: list[Stdp], numerics: Numerics) -> tuple[Longs, NDArray[Any]]:
    """`chipemu.plasticity.params.Column` of each rule, and all look-up tables."""
    dt_ms, at = numerics.dt_ms, 0
    rows, tables = [], []
    for rule in rules:
        row: list[int] = [
            rule.dependence is WeightDependence.MULTIPLICATIVE,
            rule.is_backpropagated,
        ]
        taus_ms = rule.tau_plus_ms, rule.tau_minus_ms
        for tau_ms, n_entries in zip(taus_ms, rule.table_entries(dt_ms), strict=True):
            if n_entries > MOST_ENTRIES and not numerics.is_float64:
                msg = f"STDP: a time constant of {tau_ms:g} ms takes a table of {n_entries} "
                msg += f"entries, limit {MOST_ENTRIES}; use a shorter one, or a longer time step"
                raise ParameterError(msg)
            tables.append(_table(dt_ms / tau_ms, n_entries, is_exact=numerics.is_float64))
            row += [at, at + tables[-1].size]
            at += tables[-1].size
        rows.append(row)
    return np.array(rows, np.int64).reshape(-1, len(Column)), np.concatenate(tables)


def _table(decrement: float, n_entries: int, *, is_exact: bool) -> NDArray[Any]:
    return exact_decay_table(decrement) if is_exact else decay_table(decrement, n_entries)


def reweighted(
    made: PlasticSynapses, plan: GenerationPlan, present: NDArray[Any], renewed: set[int]
) -> PlasticSynapses:
    """`made`, but with the `present` weights where a projection is not `renewed`.

    Parameters
    ----------
    made : PlasticSynapses
    plan : GenerationPlan
        By which it was made.
    present : ndarray of uint16 or float64, shape (n_synapses,)
    renewed : set of int
        Numbers of projections in the network whose weights are those of `made`.
    """
    matrix = made.matrix
    rows = range(matrix.row_type.size)
    parts = [traced.projection for traced in trace(plan, rows, matrix.block_lo, matrix.n_delays)]
    of_word = plan.key[np.concatenate([np.zeros(0, np.int32), *parts])]
    weights = np.where(np.isin(of_word, list(renewed)), made.initial_weights(), present)
    return replace(made, matrix=weighted(matrix, weights))


def weighted(matrix: SynapticMatrix, weights: NDArray[Any]) -> SynapticMatrix:
    """`matrix` with other weights: uint16, or float64."""
    if matrix.weight_na is not None:
        return replace(matrix, weight_na=weights.astype(np.float64))
    words = (weights.astype(np.uint32) << np.uint32(16)) | (matrix.words & np.uint32(0xFFFF))
    return replace(matrix, words=words)
