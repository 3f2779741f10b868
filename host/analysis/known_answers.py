"""Questions to single cells whose answers are known exactly.

Statistics of a network cannot tell every mistake from chance: a refractory time one step too short
changes the microcircuit's rates by less than its seeds do. So three neurons with the parameters of
the network under test go through the same pipeline, on the same machine with the same arithmetic:

=============  ==================================================================================
``paced``      a constant current takes it to the threshold halfway through step `STEPS_TO_FIRE`
``sender``     starts above the threshold, and so fires once, in the first step
``receiver``   gets that spike by one synapse with mean weight and delay of the network's first
               recurrent excitatory projection
=============  ==================================================================================

What they do is held against the closed form of the update's recursion, in which a synaptic current
is constant within a step (``docs/arithmetic.md``), so that the time step is no source of error.
Steps must be met exactly and potentials as far as the machine's numbers resolve (`_Resolution`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from host.config import Config, RecordConfig, RunConfig, VariantConfig
from host.image import ring_buffer_shifts
from host.networks import build_network
from host.networks.variant import is_recurrent, vary
from host.results import Results
from mapping.connectors import OneToOne
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection, Receptor

__all__ = ["Answer", "Cells", "cells_of", "known_answers"]

STEPS_TO_FIRE = 10
"""Updates that the paced neuron needs from reset to threshold; few, so that half a step is far more
than the resolution of its constants."""
N_INTERVALS = 3
"""Inter-spike intervals that are waited for."""

Run = Callable[..., Results]
"""What runs a configuration: `host.run`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its exact answer, and what the machine said.

    Attributes
    ----------
    name, unit : str
    expected : float
    found : float
        NaN: nothing happened.
    tolerance : float
        What the resolution of the machine's numbers may change (in `unit`).
    """

    name: str
    unit: str
    expected: float
    found: float
    tolerance: float

    @property
    def is_met(self) -> bool:
        """Whether the answer is the known one."""
        return abs(self.found - self.expected) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Cells:
    """One cell and one synapse of a network.

    Attributes
    ----------
    neuron : mapping of str to float
        Parameters of IF_curr_exp, PyNN's names and units.
    weight_na : float
        Weight (nA).
    delay_steps : int
    dt_ms : float
    """

    neuron: Mapping[str, float]
    weight_na: float
    delay_steps: int
    dt_ms: float

    @property
    def resistance_mohm(self) -> float:
        """Membrane resistance (MOhm)."""
        return self.neuron["tau_m"] / self.neuron["cm"]

    @property
    def kept(self) -> float:
        """Share of its distance from the resting state that V keeps in a step."""
        return math.exp(-self.dt_ms / self.neuron["tau_m"])

    @property
    def decay(self) -> float:
        """Share of a synaptic current that is left after a step."""
        return math.exp(-self.dt_ms / self.neuron["tau_syn_E"])

    @property
    def refractory_steps(self) -> int:
        """Whole steps of the refractory time, of the decimal fractions that users write."""
        return math.ceil(Fraction(repr(self.neuron["tau_refrac"])) / Fraction(repr(self.dt_ms)))

    @property
    def pace_na(self) -> float:
        """Current (nA) with which V reaches the threshold half a step before `STEPS_TO_FIRE`."""
        left = math.pow(self.kept, STEPS_TO_FIRE - 0.5)
        target = (self.neuron["v_thresh"] - left * self.neuron["v_reset"]) / (1.0 - left)
        return (target - self.neuron["v_rest"]) / self.resistance_mohm

    def potential_mv(self, n: int) -> float:
        """Postsynaptic potential (mV above rest) after `n` updates.

        The n-th term of ``V' = p V + R (1 - p) I``, where I, the mean of the current over a step,
        falls by the factor q in each.
        """
        p, q = self.kept, self.decay
        mean_share = self.neuron["tau_syn_E"] / self.dt_ms * (1.0 - q)
        first = self.resistance_mohm * (1.0 - p) * self.weight_na * mean_share
        return float(first * (p**n - q**n) / (p - q))

    @property
    def peak_steps(self) -> int:
        """Updates until the postsynaptic potential is largest."""
        p, q = self.kept, self.decay
        turn = math.log(math.log(q) / math.log(p)) / math.log(p / q)
        return max((math.floor(turn), math.ceil(turn)), key=self.potential_mv)


class _Resolution(NamedTuple):
    """Smallest differences that the machine's numbers can tell."""

    number: float
    """Of potentials (mV), currents (nA), times (ms) and constants alike: 2**-15 in s16.15."""
    weight_na: float
    """Of weights: ``2**(shift - 15)`` nA in a ring buffer."""

    def membrane_share(self, cells: Cells) -> float:
        """Relative error of what V moves in a step.

        One unit each in the time step, its ratio to the time constant, and the factor made of it.
        """
        ratio = cells.dt_ms / cells.neuron["tau_m"]
        return self.number * (1.0 / cells.dt_ms + 1.0 / ratio + 1.0 / (1.0 - cells.kept))

    def peak_mv(self, cells: Cells) -> float:
        """Error of the peak of a postsynaptic potential (mV), to first order.

        Of the weight, rounded to nearest; of the constants; and of each update: a unit of the
        current, which decays with it, and one of either product of the membrane.
        """
        ratio = cells.dt_ms / cells.neuron["tau_syn_E"]
        relative = self.weight_na / 2 / cells.weight_na + self.membrane_share(cells)
        relative += self.number * (1.0 / cells.dt_ms + 1.0 / ratio)
        moved = cells.resistance_mohm * (1.0 - cells.kept)
        per_step = self.number * (2.0 + moved / (1.0 - cells.decay))
        return relative * cells.potential_mv(cells.peak_steps) + cells.peak_steps * per_step


def known_answers(config: Config, *, run: Run, added_steps: int = 0) -> tuple[Answer, ...]:
    """Ask single cells about the network of `config`, without its ``network.variant``.

    Parameters
    ----------
    config : Config
        Machine, mapping, arithmetic and ``network.variant`` of the cells that are asked; timing is
        ideal, and what a variant does to more than single synapses is left out.
    run : callable
        ``run(config, network=...)`` gives `Results`.
    added_steps : int
        Steps by which a spike is to act later than its delay says (`host.analysis.delays`).

    Returns
    -------
    tuple of Answer
    """
    cells = cells_of(config)
    right = _network(cells)
    spec = vary(right, _of_cells(config.network.variant), cells.dt_ms)
    results = run(_config(config, cells, added_steps), network=spec)
    if results.spikes is None or not results.recordings:
        msg = "spikes and potentials are recorded"
        raise AssertionError(msg)
    shift, _ = ring_buffer_shifts(right, cells.dt_ms)["receiver"]
    resolution = _resolution(config.run, cells, shift)
    paced, sent = (results.spikes.of(name)[0] for name in ("paced", "sender"))
    # a sample is taken before its step's update: it shows what the step before has left
    moved_mv = results.recordings[0].values[1:, 0] - cells.neuron["v_rest"]
    moves = np.flatnonzero(moved_mv)
    slack = STEPS_TO_FIRE * resolution.membrane_share(cells)
    return (
        Answer(
            "interval of spikes under a constant current",
            "steps",
            cells.refractory_steps + STEPS_TO_FIRE,
            _common(np.diff(paced)[:N_INTERVALS]),
            math.floor(slack + 0.5),
        ),
        Answer(
            "peak of a postsynaptic potential",
            "mV",
            cells.potential_mv(cells.peak_steps),
            float(moved_mv.max(initial=0.0)),
            resolution.peak_mv(cells),
        ),
        Answer(
            "steps from a spike to its effect",
            "steps",
            cells.delay_steps + added_steps,
            float(moves[0] - sent[0]) if moves.size and sent.size == 1 else math.nan,
            0.0,
        ),
    )


def cells_of(config: Config) -> Cells:
    """Cell and synapse of the first recurrent excitatory projection of the network as it is."""
    whole = replace(config, network=replace(config.network, variant=VariantConfig()))
    spec, dt_ms = build_network(whole), config.run.dt_ms
    projection = next(
        p
        for p in spec.projections
        if is_recurrent(spec, p) and p.receptor is Receptor.EXCITATORY and p.weight_na.mean > 0
    )
    given = spec.population(projection.post).parameters
    neuron = {name: _mean(value) for name, value in given.items()}
    delay_steps = max(1, math.floor(projection.delay_ms.mean / dt_ms + 0.5))
    return Cells(neuron, projection.weight_na.mean, delay_steps, dt_ms)


def _mean(value: Parameter) -> float:
    return float(np.mean(value)) if isinstance(value, float | int | np.ndarray) else value.mean


def _network(cells: Cells) -> NetworkSpec:
    neuron = dict(cells.neuron) | {"i_offset": 0.0}
    above = 2.0 * neuron["v_thresh"] - neuron["v_reset"]

    def one(name: str, v: float, **other: float) -> Population:
        return Population(name, 1, PopulationKind.NEURON, neuron | other, {"v": v})

    return NetworkSpec(
        "single cells",
        (
            one("paced", neuron["v_reset"], i_offset=cells.pace_na),
            one("sender", above),
            one("receiver", neuron["v_rest"]),
        ),
        (
            Projection(
                "sender",
                "receiver",
                OneToOne(),
                Constant(cells.weight_na),
                Constant(cells.delay_steps * cells.dt_ms),
            ),
        ),
    )


def _of_cells(variant: VariantConfig) -> VariantConfig:
    """What `variant` changes of single cells and synapses."""
    return VariantConfig(
        weight_factor=variant.weight_factor,
        delay_steps=variant.delay_steps,
        refractory_steps=variant.refractory_steps,
    )


def _config(config: Config, cells: Cells, added_steps: int) -> Config:
    """Configuration of the run: as long as all answers take, with a margin of as much again."""
    interval = cells.refractory_steps + STEPS_TO_FIRE
    response = cells.delay_steps + added_steps + cells.peak_steps
    n_steps = 2 * max((N_INTERVALS + 1) * interval, response)
    return replace(
        config,
        mapping=replace(config.mapping, folder=None),
        record=RecordConfig(v={"receiver": 1}),
        run=replace(
            config.run,
            time_ms=n_steps * cells.dt_ms,
            warmup_ms=0.0,
            timing="ideal",
            engine="auto",
            threads=1,
            checkpoint_ms=None,
        ),
    )


def _resolution(run_config: RunConfig, cells: Cells, shift: int) -> _Resolution:
    if run_config.arithmetic == "fixed":
        return _Resolution(2.0**-15, 2.0 ** (shift - 15))
    largest_mv = max(abs(cells.neuron[name]) for name in ("v_rest", "v_reset", "v_thresh"))
    return _Resolution(math.ulp(largest_mv), math.ulp(cells.weight_na))


def _common(values: np.ndarray) -> float:
    """The value that all of `values` have; NaN if there is none."""
    return float(values[0]) if values.size == N_INTERVALS and np.ptp(values) == 0 else math.nan
