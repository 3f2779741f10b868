"""Ways to simulate a tenth of the microcircuit, beside the plain one: arithmetic, connectivity.

An item is a synaptic event. Timed is the whole of `host.pipeline.run`; what of it is generation
and what simulation is told beside.
"""

from dataclasses import replace

import numpy as np
import pytest

from host.config import Config, NetworkConfig, RunConfig
from host.pipeline import run

pytestmark = pytest.mark.bench

PLAIN = RunConfig(time_ms=300.0, warmup_ms=100.0)
WAYS = {
    "fixed, stored": {},
    "fixed, procedural": {"connectivity": "procedural"},
    "float64, stored": {"arithmetic": "float64"},
}


def simulated(**options):
    return run(Config(network=NetworkConfig(scale=0.1), run=replace(PLAIN, **options)))


@pytest.fixture(scope="module")
def plain():
    return simulated()


@pytest.mark.benchmark(group="simulation of a tenth")
@pytest.mark.parametrize("way", WAYS)
def test_ways(benchmark, way, plain):
    options = WAYS[way]
    results = benchmark.pedantic(simulated, kwargs=options, rounds=3, warmup_rounds=1)
    benchmark.extra_info.update(
        items=results.energy["synaptic_events"],
        is_baseline=not options,
        generate_s=results.wall_s["generate"],
        simulate_s=results.wall_s["simulate"],
    )
    if "arithmetic" in options:  # other numbers, other spikes; the rates are alike
        assert results.rates_hz == pytest.approx(plain.rates_hz, rel=0.5, abs=1.0)
    else:
        np.testing.assert_array_equal(results.spikes.steps, plain.spikes.steps)
        np.testing.assert_array_equal(results.spikes.neurons, plain.spikes.neurons)
