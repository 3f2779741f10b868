"""The cortical microcircuit behaves as the reference simulator says, at a tenth of its size."""

import numpy as np
import pytest

from host.config import load_config
from host.pipeline import run
from host.results import Results

# NEST 3.10, scale 0.1, Poisson drive, 0.1 ms, 10 s after 0.5 s, seeds 1 and 2 (spikes/s)
NEST_HZ = {
    "L23E": (0.487, 0.483),
    "L23I": (2.125, 2.110),
    "L4E": (4.039, 3.976),
    "L4I": (5.027, 5.007),
    "L5E": (6.568, 6.687),
    "L5I": (7.817, 7.808),
    "L6E": (0.817, 0.818),
    "L6I": (7.021, 7.023),
}


@pytest.fixture(scope="module")
def tenth() -> Results:
    return run(load_config(None, {"network.scale": 0.1, "run.time_ms": 5000.0, "run.seed": 3}))


@pytest.mark.parametrize("population", NEST_HZ)
def test_rates_are_those_of_the_reference_simulator(tenth: Results, population: str) -> None:
    """Within 10 %: over seeds, 5 s means scatter by up to 4 %, and truncation lowers slow rates."""
    expected = np.mean(NEST_HZ[population])
    assert tenth.rates_hz[population] == pytest.approx(expected, rel=0.10)


def test_nothing_saturates(tenth: Results) -> None:
    assert tenth.losses == {"ring_buffer_saturations": 0}


def test_spiking_is_irregular(tenth: Results) -> None:
    """Mean CV of inter-spike intervals as of the reference: 0.75 to 0.95 in every population."""
    assert tenth.spikes is not None
    for name in ("L23I", "L4E", "L4I", "L5E", "L5I", "L6I"):
        steps, members = tenth.spikes.of(name)
        order = np.lexsort((steps, members))
        steps, members = steps[order].astype(np.float64), members[order]
        same = np.diff(members) == 0
        intervals, owner = np.diff(steps)[same], members[1:][same]
        n = np.bincount(owner)
        enough = n >= 5
        mean = np.bincount(owner, intervals)[enough] / n[enough]
        square = np.bincount(owner, intervals**2)[enough] / n[enough]
        cv = np.sqrt(np.maximum(0.0, square - mean**2)) / mean
        assert 0.7 < cv.mean() < 1.0, name


def test_size_and_synapses(tenth: Results) -> None:
    assert (tenth.n_neurons, tenth.n_synapses) == (7717, 2_988_807)
