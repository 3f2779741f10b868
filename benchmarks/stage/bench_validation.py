"""Statistics of validation against plain numpy: variation of intervals, correlations of pairs."""

import numpy as np
import pytest

from host.analysis.statistics import BIN_MS, Trains, correlations, interval_variations

pytestmark = pytest.mark.bench

N_NEURONS = 2192
"""Of L4E at a tenth."""
N_STEPS = 100_000
DT_MS = 0.1
RATE_HZ = 4.0
N_CHOSEN = 250
"""As the recipe correlates (Senk et al. 2026)."""


@pytest.fixture(scope="module")
def trains():
    """Poisson spikes of 10 s."""
    rng = np.random.default_rng(1)
    n_spikes = rng.poisson(RATE_HZ * N_STEPS * DT_MS / 1000, N_NEURONS)
    members = np.repeat(np.arange(N_NEURONS), n_spikes)
    steps = rng.integers(0, N_STEPS, members.size)
    order = np.lexsort((members, steps))
    return Trains(steps[order], members[order], N_NEURONS, N_STEPS, DT_MS)


def numpy_variations(trains):
    """Neuron by neuron."""
    own = [np.diff(trains.steps[trains.members == n]) for n in range(trains.n_neurons)]
    return np.array([i.std() / i.mean() for i in own if i.size >= 2])


def numpy_correlations(trains, chosen):
    """A dense matrix of counts."""
    n_bins = round(trains.n_steps * trains.dt_ms / BIN_MS)
    bins = (trains.steps * trains.dt_ms / BIN_MS + 1e-9).astype(np.int64)
    counts = np.zeros((chosen.size, n_bins))
    row = np.full(trains.n_neurons, -1)
    row[chosen] = np.arange(chosen.size)
    is_chosen = row[trains.members] >= 0
    np.add.at(counts, (row[trains.members[is_chosen]], bins[is_chosen]), 1.0)
    return np.corrcoef(counts)[np.triu_indices(chosen.size, 1)]


@pytest.mark.benchmark(group="variation of intervals of a neuron")
@pytest.mark.parametrize("function", [interval_variations, numpy_variations])
def test_variations(benchmark, function, trains):
    benchmark.extra_info.update(items=N_NEURONS, is_baseline=function is numpy_variations)
    found = benchmark.pedantic(function, (trains,), rounds=5, warmup_rounds=1)
    assert np.sort(found) == pytest.approx(np.sort(numpy_variations(trains)))


@pytest.mark.benchmark(group="correlation of a pair")
@pytest.mark.parametrize("function", [correlations, numpy_correlations])
def test_correlations(benchmark, function, trains):
    chosen = np.arange(0, N_NEURONS, N_NEURONS // N_CHOSEN)[:N_CHOSEN]
    n_pairs = N_CHOSEN * (N_CHOSEN - 1) // 2
    benchmark.extra_info.update(items=n_pairs, is_baseline=function is numpy_correlations)
    found = benchmark.pedantic(function, (trains, chosen), rounds=5, warmup_rounds=1)
    expected = numpy_correlations(trains, chosen)
    assert np.sort(found) == pytest.approx(np.sort(expected), abs=1e-9)
