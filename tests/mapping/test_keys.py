"""Blocks of keys."""

import numpy as np
import pytest

from mapping import Budgets, DoesNotFitError, Layout, partition
from mapping.keys import allocate


def keys_of(spec, n):
    graph = partition(spec, Budgets(), layout=Layout.HOMOGENEOUS, neurons_per_core=n, dt_ms=0.1)
    return graph, allocate(graph, spec)


@pytest.mark.parametrize("n", [1, 7, 16, 64, 100])
def test_every_member_has_a_key_of_its_own(microcircuit, n):
    graph, keys = keys_of(microcircuit(), n)
    all_keys = [
        int(keys.key[net]) | member
        for net, vertex in enumerate(graph.net_vertex)
        for member in range(graph.n_members[vertex])
    ]
    assert len(set(all_keys)) == len(all_keys) == 500
    for net, vertex in enumerate(graph.net_vertex):
        last = int(keys.key[net]) | (int(graph.n_members[vertex]) - 1)
        assert last & int(keys.mask[net]) == keys.key[net]


def test_slices_of_a_population_lie_side_by_side_in_an_aligned_block(microcircuit):
    graph, keys = keys_of(microcircuit(), 16)
    population = graph.population[graph.net_vertex]
    for one, n_slices in ((0, 16), (1, 4)):
        block = keys.key[population == one]
        assert (np.diff(block) == 16).all()
        assert block[0] % (16 * n_slices) == 0


def test_the_largest_block_comes_first(microcircuit):
    graph, keys = keys_of(microcircuit(n_excitatory=20, n_inhibitory=200), 16)
    assert graph.population[graph.net_vertex[np.argmin(keys.key)]] == 1


def test_more_keys_than_32_bits_do_not_fit(microcircuit, monkeypatch):
    monkeypatch.setattr("mapping.keys.KEY_BITS", 9)
    with pytest.raises(DoesNotFitError, match="routing keys: need 640, limit 512"):
        keys_of(microcircuit(), 16)
