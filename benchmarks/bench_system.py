"""The whole pipeline on the command line: 500 ms of warm-up and 1000 ms, with Poisson drive.

The times are those that the command itself takes, in ``benchmarks/results``, by phase.
"""

import pytest

from benchmarks.machine import write
from benchmarks.measure import measure, record

pytestmark = pytest.mark.bench

N_RUNS = 3


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Kernels in the cache, so that none is compiled in what is measured."""
    measure(["--scale", "0.01", "--time", "1"])


@pytest.mark.parametrize(
    ("name", "scale", "n_synapses"), [("tenth", 0.1, 2_988_807), ("full", 1.0, 298_880_968)]
)
def test_pipeline(name, scale, n_synapses):
    options = ["--scale", str(scale), "--time", "1000", "--warmup", "500"]
    content = record([measure(options) for _ in range(N_RUNS)], options, busy=0)
    write(name, content)
    answer = content["answer"]
    assert answer["n_synapses"] == n_synapses
    assert not any(answer["losses"].values())
    assert all(0.1 < rate < 20.0 for rate in answer["rates_hz"].values())
