"""Slices, roles, groups and nets."""

from dataclasses import replace

import numpy as np
import pytest

from host.networks.pd14 import FULL_MEAN_RATES_HZ, pd14
from mapping import (
    Budgets,
    DoesNotFitError,
    Layout,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
    Role,
    SpecError,
    is_direct_poisson,
    partition,
)
from mapping.connectors import AllToAll, OneToOne, PairwiseBernoulli
from mapping.distributions import Constant, Normal
from mapping.memory import transfer_bytes
from mapping.partition import required_synapse_cores
from mapping.slices import cut
from mapping.traffic import deal, takers


def cores(graph, role):
    return np.flatnonzero(graph.role == role)


def homogeneous(spec, n=64, delays="extend", **budgets):
    return partition(
        spec,
        Budgets(**budgets),
        layout=Layout.HOMOGENEOUS,
        neurons_per_core=n,
        dt_ms=0.1,
        delays=delays,
    )


def ensemble(spec, n=64, synapse_cores=3, **budgets):
    return partition(
        spec,
        Budgets(**budgets),
        layout=Layout.ENSEMBLE,
        neurons_per_core=n,
        synapse_cores=synapse_cores,
        dt_ms=0.1,
    )


def test_slices_cover_every_member_once(microcircuit):
    spec = microcircuit()
    slices = cut(spec, 64)
    assert slices.n_members.max() <= 64
    for population, one in enumerate(spec.populations):
        part = slices.of(population)
        members = [
            m for i in range(part.start, part.stop) for m in range(slices.lo[i], slices.hi[i])
        ]
        assert members == list(range(one.size))


def test_homogeneous_slices_share_a_group_with_their_poisson_core(microcircuit):
    graph = homogeneous(microcircuit())
    assert np.bincount(graph.role, minlength=5).tolist() == [5, 0, 0, 5, 0]
    assert graph.n_groups == 5
    for poisson in cores(graph, Role.POISSON):
        net = np.flatnonzero(graph.net_vertex == poisson)[0]
        (target,) = graph.targets_of(net)
        assert graph.group[target] == graph.group[poisson]
        assert graph.population[target] == graph.population[poisson] - 2
        assert graph.lo[target] == graph.lo[poisson]


def test_homogeneous_nets_reach_all_combined_cores(microcircuit):
    graph = homogeneous(microcircuit())
    for net in np.flatnonzero(graph.role[graph.net_vertex] == Role.COMBINED):
        assert graph.targets_of(net).tolist() == cores(graph, Role.COMBINED).tolist()
    assert graph.n_synapse_cores.tolist() == [0, 0, 0, 0]
    assert (takers(graph, 4) == 0).all()


def test_ensembles_have_one_neuron_n_synapse_and_a_poisson_core(microcircuit):
    graph = ensemble(microcircuit())
    assert np.bincount(graph.role, minlength=5).tolist() == [0, 5, 15, 5, 0]
    assert graph.n_synapse_cores.tolist() == [3, 3, 0, 0]
    roles = [Role.NEURON, Role.SYNAPSE, Role.SYNAPSE, Role.SYNAPSE, Role.POISSON]
    for group in range(graph.n_groups):
        members = np.flatnonzero(graph.group == group)
        assert np.array_equal(members, np.arange(members[0], members[0] + 5))
        assert graph.role[members].tolist() == roles
        assert graph.synapse_core[members].tolist() == [-1, 0, 1, 2, -1]
        assert len(set(graph.lo[members].tolist())) == 1


def test_ensemble_nets_go_to_one_synapse_core_of_each_ensemble(microcircuit):
    graph = ensemble(microcircuit())
    assert (graph.role[graph.net_vertex] == Role.NEURON).all()  # Poisson cores send none
    taker = takers(graph, 4)[:, 0].tolist()
    assert taker == [0, 0, 1, 1, 1]
    for net in range(graph.n_nets):
        targets = graph.targets_of(net)
        assert (graph.role[targets] == Role.SYNAPSE).all()
        assert (graph.synapse_core[targets] == taker[net]).all()
        assert len(set(graph.group[targets].tolist())) == graph.n_groups


def test_poisson_sources_that_are_not_direct_send_packets(microcircuit):
    spec = microcircuit(poisson_delay_ms=0.2)
    assert is_direct_poisson(microcircuit(), 2, 0.1)
    assert not is_direct_poisson(spec, 2, 0.1)
    graph = ensemble(spec)
    assert graph.n_groups == 10
    assert (graph.role[graph.net_vertex] == Role.POISSON).sum() == 5


@pytest.mark.parametrize(
    "change",
    [
        {"connector": AllToAll()},
        {"weight_na": Normal(0.1, 0.01)},
        {"delay_ms": Constant(0.3)},
        {"delay_ms": Normal(0.1, 0.01)},
        {"pre": "E", "post": "I", "connector": AllToAll()},
    ],
)
def test_only_simple_sources_are_direct(microcircuit, change):
    spec = microcircuit()
    *others, last = spec.projections
    spec = NetworkSpec("other", spec.populations, (*others, replace(last, **change)))
    assert not is_direct_poisson(spec, 3, 0.1)


def test_sources_with_two_projections_are_not_direct(microcircuit):
    spec = microcircuit()
    spec = NetworkSpec("other", spec.populations, (*spec.projections, spec.projections[-1]))
    assert not is_direct_poisson(spec, 3, 0.1)


def test_rates_are_members_times_expected_rate(microcircuit):
    graph = homogeneous(microcircuit())
    expected = {Role.COMBINED: 30.0, Role.POISSON: 800.0}
    for net, vertex in enumerate(graph.net_vertex):
        rate = graph.n_members[vertex] * expected[Role(graph.role[vertex])]
        assert graph.net_rate_hz[net] == pytest.approx(rate)


def test_a_listed_synapse_reaches_its_slice_only(listed):
    graph = homogeneous(listed, n=10)
    assert np.bincount(graph.role, minlength=5).tolist() == [3, 0, 0, 0, 1]
    assert graph.n_nets == 1
    assert graph.lo[graph.targets_of(0)].tolist() == [0, 10, 20]
    finer = homogeneous(listed, n=5)
    assert [finer.lo[finer.targets_of(net)].tolist() for net in range(2)] == [[0, 25], [10]]


def test_vertices_without_targets_have_no_net():
    populations = tuple(Population(n, 20, PopulationKind.NEURON) for n in "AB")
    silent = Projection("A", "B", PairwiseBernoulli(0.0), Constant(1.0), Constant(1.0))
    for projections in ((), (silent,)):
        graph = homogeneous(NetworkSpec("quiet", populations, projections))
        assert graph.n_nets == 0
        assert graph.target_indptr.tolist() == [0]


def test_one_to_one_between_unequal_cuts_overlaps():
    populations = tuple(Population(n, 25, PopulationKind.NEURON) for n in "AB")
    one = Projection("A", "B", OneToOne(), Constant(1.0), Constant(1.0))
    graph = homogeneous(NetworkSpec("chain", populations, (one,)), n=10)
    for net in range(3):
        (target,) = graph.targets_of(net)
        assert graph.lo[target] == graph.lo[graph.net_vertex[net]] == 10 * net


@pytest.mark.parametrize(("n_cores", "block"), [(1, 16), (2, 8), (3, 8), (4, 4), (20, 1)])
def test_dealing_goes_by_blocks_of_a_power_of_two(n_cores, block):
    populations = tuple(Population(n, 16 * 10, PopulationKind.NEURON) for n in "AB")
    dealt = deal(cut(NetworkSpec("two", populations, ()), 10), n_cores)
    index = np.arange(16)
    assert dealt[:16].tolist() == (index // block % n_cores).tolist()
    assert dealt[16:].tolist() == dealt[:16].tolist()


def test_each_population_has_the_synapse_cores_that_its_worst_case_needs():
    # 100 synapses per row, 20000 sources at 30 Hz: 60e6 events/s, 13e6 per core
    populations = (
        Population("A", 20000, PopulationKind.NEURON),
        Population("S", 10, PopulationKind.SPIKE_ARRAY),
        Population("B", 100, PopulationKind.NEURON),
    )
    projection = Projection("A", "B", AllToAll(), Constant(1.0), Constant(1.0))
    spec = NetworkSpec("funnel", populations, (projection,))
    assert required_synapse_cores(spec, 100, 0.1).tolist() == [1, 0, 5]
    graph = ensemble(spec, n=100, synapse_cores=None)
    assert graph.n_synapse_cores.tolist() == [1, 0, 5]
    synapse = cores(graph, Role.SYNAPSE)
    assert np.bincount(graph.population[synapse]).tolist() == [200, 0, 5]
    assert ensemble(spec, n=100, synapse_cores=2).n_synapse_cores.tolist() == [2, 0, 2]
    quiet = NetworkSpec("quiet", populations, ())
    assert required_synapse_cores(quiet, 100, 0.1).tolist() == [1, 0, 1]


def test_the_full_microcircuit_takes_the_cores_of_the_tool_chain():
    """Ensembles as sPyNNaker 7.4.1 makes them; 967 neuron cores as van Albada et al. 2018 had."""
    graph = ensemble(pd14(), synapse_cores=None)
    assert graph.n_synapse_cores.tolist() == [4, 4, 3, 4, 4, 3, 3, 3] + [0] * 8
    assert np.bincount(graph.role, minlength=5).tolist() == [0, 1210, 4208, 1210, 0]
    graph = homogeneous(pd14(), n=80)
    assert np.bincount(graph.role, minlength=5).tolist() == [967, 0, 0, 967, 0]


def test_known_mean_rates_are_the_traffic():
    graph = ensemble(pd14())
    members = graph.n_members[graph.net_vertex]
    rates_hz = np.array(FULL_MEAN_RATES_HZ)[graph.population[graph.net_vertex]]
    assert graph.net_rate_hz == pytest.approx(members * rates_hz)


def test_takers_tell_the_synapse_core_of_every_target():
    spec = pd14()
    graph = ensemble(spec, synapse_cores=None)
    taker = takers(graph, len(spec.populations))
    for net in range(0, graph.n_nets, 7):
        targets = graph.targets_of(net)
        assert (graph.synapse_core[targets] == taker[net, graph.population[targets]]).all()
    assert (taker[:, 8:] == 0).all()  # Poisson sources receive nothing
    n_cores = graph.n_synapse_cores[:8]
    assert (taker[:, :8].max(axis=0) + 1).tolist() == n_cores.tolist()


def test_the_full_microcircuit_is_dealt_as_the_tool_chain_deals_it():
    """First slices of L23E, L4I and L6E to L23E and to L6E, as sPyNNaker 7.4.1 routes them."""
    graph = ensemble(pd14())
    taker = takers(graph, 16)
    source, part = graph.population[graph.net_vertex], graph.lo[graph.net_vertex] // 64
    to_l23e = [taker[source == k, 0].tolist() for k in (0, 3, 6)]
    assert to_l23e[0] == (np.arange(324) // 128).tolist()  # the first of its senders
    assert to_l23e[1] == (np.arange(86) // 32 % 3).tolist()  # the fourth
    assert to_l23e[2] == ((2 + np.arange(225) // 128) % 3).tolist()  # the sixth: not from L5I
    assert part[source == 6].tolist() == list(range(225))
    to_l6e = taker[source == 6, 6]
    assert to_l6e.tolist() == (np.arange(225) // 128 % 3).tolist()  # the seventh


def test_the_number_of_synapse_cores_does_not_change_what_they_hold_together():
    spec = pd14()
    held = []
    for n in (1, 2, None):
        graph = ensemble(spec, synapse_cores=n)
        synapse = cores(graph, Role.SYNAPSE)
        matrices = graph.sdram_bytes[synapse] - transfer_bytes(64)
        assert matrices.min() > 0
        held.append([matrices[graph.population[synapse] == p].sum() for p in range(8)])
    assert set(graph.n_synapse_cores[:8].tolist()) == {3, 4}
    assert held[0] == held[1] == held[2]


def test_too_many_delay_slots_name_the_slice_that_fits(microcircuit):
    with pytest.raises(DoesNotFitError, match="at most 64 neurons per core") as caught:
        homogeneous(microcircuit(), n=128, delays="refuse", ring_buffer_bits=11)
    assert (caught.value.need, caught.value.limit) == (128 * 2 * 16, 2048)
    fitting = homogeneous(microcircuit(), n=64, delays="refuse", ring_buffer_bits=11)
    assert fitting.delay_slots == 16


def test_delays_longer_than_any_ring_buffer_ask_for_shorter_ones(microcircuit):
    with pytest.raises(DoesNotFitError, match="shorten the delays"):
        homogeneous(microcircuit(), delays="refuse", ring_buffer_bits=4)


@pytest.mark.parametrize("budget", ["dtcm_bytes", "sdram_bytes"])
def test_small_memory_names_core_and_population(microcircuit, budget):
    with pytest.raises(DoesNotFitError, match=r"of a combined core of [EI] "):
        homogeneous(microcircuit(), **{budget: 12_000})


@pytest.mark.parametrize(("n", "synapse_cores"), [(0, 1), (10, 0)])
def test_numbers_below_one_are_refused(microcircuit, n, synapse_cores):
    with pytest.raises(SpecError, match="must be at least 1, got 0"):
        ensemble(microcircuit(), n=n, synapse_cores=synapse_cores)


def test_negative_budgets_are_refused():
    with pytest.raises(SpecError, match="sdram_bytes must not be negative, got -1"):
        Budgets(sdram_bytes=-1)
