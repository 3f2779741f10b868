"""Memory of cores against sums by hand."""

import numpy as np
import pytest

from mapping import (
    Budgets,
    DoesNotFitError,
    Layout,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
    Role,
    partition,
)
from mapping.connectors import AllToAll, FixedTotalNumber
from mapping.distributions import Binomial, Constant
from mapping.memory import ring_buffer_entries, row_bytes, row_synapses, source_sdram_bytes


def two(connector, n_pre=100, n_post=50):
    populations = (
        Population("A", n_pre, PopulationKind.NEURON),
        Population("B", n_post, PopulationKind.NEURON),
    )
    projection = Projection("A", "B", connector, Constant(1.0), Constant(1.0))
    return NetworkSpec("two", populations, (projection,))


@pytest.mark.parametrize(
    ("n_neurons", "slots", "entries"), [(64, 128, 16384), (65, 64, 16384), (1, 4, 8)]
)
def test_ring_buffers_hold_powers_of_two(n_neurons, slots, entries):
    assert ring_buffer_entries(n_neurons, slots) == entries


@pytest.mark.parametrize("tail", [0.3, 1e-3, 1e-7])
@pytest.mark.parametrize(("n", "p"), [(50, 0.2), (5000, 0.001), (300, 0.9)])
def test_binomial_quantile_is_the_smallest_count_rarely_exceeded(n, p, tail):
    quantile = Binomial(n, p).quantile(tail)
    first, probabilities = Binomial(n, p).pmf()
    counts = first + np.arange(len(probabilities))
    assert probabilities[counts > quantile].sum() <= tail
    assert probabilities[counts >= quantile].sum() > tail


def test_rows_are_as_long_as_no_row_is_likely_to_exceed():
    spec = two(FixedTotalNumber(5000))
    lengths = row_synapses(spec, spec.projections[0], np.array([32, 18], np.int32))
    for length, n in zip(lengths.tolist(), (32, 18), strict=True):
        assert length == Binomial(5000, n / 5000).quantile(0.01 / 200)


def test_rows_of_a_list_are_as_long_as_listed(listed):
    (projection,) = listed.projections
    lengths = row_synapses(listed, projection, np.array([10, 10, 10], np.int32))
    assert lengths.tolist() == [2, 1, 1]


def test_rows_longer_than_a_row_buffer_do_not_fit():
    spec = two(AllToAll(), n_post=300)
    with pytest.raises(DoesNotFitError, match=r"row of projection A -> B .* need 300, limit 255"):
        row_synapses(spec, spec.projections[0], np.array([300], np.int32))


def test_a_row_has_three_header_words():
    assert row_bytes(np.array([0, 5])).tolist() == [12, 32]


@pytest.mark.parametrize("layout", list(Layout))
def test_matrices_hold_every_row_once(layout):
    spec = two(AllToAll())
    graph = partition(
        spec, Budgets(), layout=layout, neurons_per_core=16, synapse_cores=2, dt_ms=1.0
    )
    receiving = np.isin(graph.role, [Role.COMBINED, Role.SYNAPSE]) & (graph.population == 1)
    others = {Role.COMBINED: 60 * 50, Role.SYNAPSE: 2 * 16 * 2 * 4 * 2}
    role = Role(graph.role[receiving][0])
    # 100 rows of 3 header words and all 16 (or the last 2) neurons, in each of 4 slices
    matrices = 100 * 4 * (4 * 3 + 50)
    assert graph.sdram_bytes[receiving].sum() == matrices + others[role]


def test_combined_core_dtcm_by_hand(microcircuit):
    graph = partition(
        microcircuit(), Budgets(), layout=Layout.HOMOGENEOUS, neurons_per_core=64, dt_ms=0.1
    )
    # ring buffers, row buffers, spike buffer, population table (3 sources), neurons, reserve
    whole = 2 * 64 * 2 * 16 + 2 * 258 * 4 + 4 * 1024 + 3 * (20 + 4) + 64 * 60 + 8192
    assert graph.dtcm_bytes[graph.role == Role.COMBINED].max() == whole


def test_spike_arrays_keep_their_spikes_in_sdram(listed):
    assert source_sdram_bytes(listed.populations[0], 2, 5) == 4 * (2 + 3 + 4 + 3)
