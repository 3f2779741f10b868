"""Full timing gives what ideal timing gives, to the last bit, when nothing is lost or late."""

import numpy as np
import pytest

from host.config import load_config
from host.pipeline import run

SMALL = {
    "network.scale": 0.02,
    "network.initial": "original",
    "machine": "spinn5",
    "run.time_ms": 10.0,
    "run.warmup_ms": 2.0,
    "run.slowdown": 20.0,
    "cores.spread": 0.5,
    "record.v": {"L23E": 20, "L6I": 20},
    "record.currents": {"L4E": 20},
}
"""A microcircuit of 1543 neurons, many of which fire at once at the beginning."""


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("neurons_per_core", [16, 64])
@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_full_timing_is_ideal_timing(layout, neurons_per_core, n_threads):
    chosen = SMALL | {
        "mapping.layout": layout,
        "mapping.neurons_per_core": neurons_per_core,
        "run.threads": n_threads,
    }
    ideal, full = (
        run(load_config(None, chosen | {"run.timing": timing})) for timing in ("ideal", "full")
    )
    assert {name: n for name, n in full.losses.items() if n} == {}
    assert full.timing.undelivered == 0
    assert ideal.spikes.steps.size > 300
    np.testing.assert_array_equal(full.spikes.steps, ideal.spikes.steps)
    np.testing.assert_array_equal(full.spikes.neurons, ideal.spikes.neurons)
    assert len(full.recordings) > 1
    for one, other in zip(full.recordings, ideal.recordings, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
