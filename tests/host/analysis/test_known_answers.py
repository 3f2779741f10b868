"""Single cells with known answers: met by the machine as it is, by no broken variant."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import host
from host.analysis.delays import with_delays
from host.analysis.findings import Found
from host.analysis.known_answers import Cells, cells_of, known_answers
from host.analysis.seeds import BROKEN, broken
from host.analysis.verdict import compare
from host.config import Config, MappingConfig, NetworkConfig, RunConfig, VariantConfig
from host.networks.pd14 import PSP_MV, psc_over_psp
from tests.host.analysis.made import sample

INTERVAL = "interval of spikes under a constant current"
PEAK = "peak of a postsynaptic potential"
EFFECT = "steps from a spike to its effect"
TELLS = dict(zip(BROKEN, (PEAK, EFFECT, EFFECT, INTERVAL), strict=True))
"""The one answer that each broken variant gets wrong."""

asked = partial(known_answers, run=host.run)


def config(*, scale: float = 0.1, layout: str = "homogeneous", **run: object) -> Config:
    return Config(
        network=NetworkConfig(scale=scale),
        mapping=MappingConfig(layout=layout),
        run=RunConfig(**run),
    )


@pytest.fixture(scope="module")
def right():
    """Answers of the machine as it is."""
    return asked(config())


def wrong(answers):
    return [answer.name for answer in answers if not answer.is_met]


def test_the_machine_knows_the_answers(right):
    interval, peak, effect = right
    assert wrong(right) == []
    assert [answer.name for answer in right] == [INTERVAL, PEAK, EFFECT]
    # 2 ms of 0.1 ms, then ten updates; a delay of 1.5 ms; 0.15 mV at full scale
    assert (interval.found, effect.found) == (30.0, 15.0)
    assert peak.expected == pytest.approx(PSP_MV / math.sqrt(0.1), rel=1e-3)
    assert 0 < peak.tolerance < 0.05 * peak.expected


@pytest.mark.parametrize(
    "given",
    [
        config(rounding="stochastic"),
        config(rounding="nearest", constants="nearest"),
        config(scale=1.0, layout="ensemble", timing="full"),
    ],
)
def test_other_machines_know_them_too(given):
    _, peak, _ = answers = asked(given)
    assert wrong(answers) == []
    assert peak.expected == pytest.approx(PSP_MV / math.sqrt(given.network.scale), rel=1e-3)
    assert 0 < peak.tolerance < 0.05 * peak.expected


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("arithmetic", ["fixed", "float64"])
def test_each_broken_variant_is_told_apart_by_its_answer(name, arithmetic):
    variant = with_delays(broken(config(arithmetic=arithmetic), name), 1)
    assert wrong(asked(variant, added_steps=1)) == [TELLS[name]]


def test_delays_of_another_convention_are_told_apart():
    aligned = with_delays(config(), 1)
    assert wrong(asked(aligned, added_steps=1)) == []
    assert wrong(asked(aligned)) == [EFFECT]
    assert wrong(asked(config(), added_steps=1)) == [EFFECT]


def test_double_precision_is_resolved_to_rounding_errors(right):
    _, peak, _ = answers = asked(config(arithmetic="float64"))
    assert wrong(answers) == []
    assert peak.tolerance < 1e-11 * peak.expected
    assert peak.found != right[1].found


def test_small_errors_of_weights_are_told_apart_in_double_precision():
    slightly = VariantConfig(weight_factor=1 + 1e-10)
    given = config(arithmetic="float64")
    given = replace(given, network=replace(given.network, variant=slightly))
    assert wrong(asked(given)) == [PEAK]


def test_what_never_happens_is_not_met():
    """Without a weight the receiver never moves."""
    silent = config()
    variant = VariantConfig(weight_factor=0.0)
    answers = asked(replace(silent, network=replace(silent.network, variant=variant)))
    assert wrong(answers) == [PEAK, EFFECT]
    assert math.isnan(answers[2].found)


def test_the_closed_forms_are_those_of_the_recursion():
    cells = cells_of(config())
    v, current, trace = 0.0, 0.0, []
    tau_ms, dt_ms = cells.neuron["tau_syn_E"], cells.dt_ms
    current = cells.weight_na * tau_ms / dt_ms * (1 - math.exp(-dt_ms / tau_ms))
    for _ in range(60):
        rest = current * cells.resistance_mohm
        v = rest + (v - rest) * cells.kept
        current *= math.exp(-dt_ms / tau_ms)
        trace.append(v)
    assert [cells.potential_mv(n + 1) for n in range(60)] == pytest.approx(trace, rel=1e-12)
    assert cells.peak_steps == 1 + int(np.argmax(trace))
    assert cells.weight_na == pytest.approx(PSP_MV * psc_over_psp() / math.sqrt(0.1), rel=1e-9)


@pytest.mark.parametrize(
    ("tau_refrac", "dt_ms", "n"), [(2.0, 0.1, 20), (0.3, 0.1, 3), (0.25, 0.1, 3), (2.0, 1.0, 2)]
)
def test_refractory_steps_are_those_of_decimal_fractions(tau_refrac, dt_ms, n):
    """2.0 / 0.1 and 0.3 / 0.1 are not whole in binary: floor gives 19 of 0.1 rounded up."""
    assert Cells({"tau_refrac": tau_refrac}, 1.0, 1, dt_ms).refractory_steps == n


def test_other_networks_are_asked_by_their_own_cells():
    brunel = Config(network=NetworkConfig(name="brunel", scale=0.1))
    assert cells_of(brunel).neuron["tau_m"] == 20.0
    assert wrong(asked(brunel)) == []


def test_what_tells_a_network_apart_is_named(right):
    same = compare([sample(k) for k in range(3)], [sample(k) for k in range(10, 17)])
    assert same.verdict == "passed"
    assert not Found(same, right).told_apart_by
    refractory = Found(same, asked(broken(config(), "refractory one step too short")))
    assert refractory.told_apart_by == ("known answers",)
    assert not refractory.is_missed
    assert Found(same, right).is_missed
