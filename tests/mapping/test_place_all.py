"""What all placers must do, for random graphs on damaged machines."""

import importlib.util
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mapping import Budgets, DoesNotFitError, Layout, Machine, MachineGraph, SpecError
from mapping.graph import Role
from mapping.place import PLACERS, Search, traffic_hops
from mapping.place.fill import group_needs
from router import mesh, spinn5_boards

HAS_METIS = importlib.util.find_spec("pymetis") is not None
needs_metis = pytest.mark.skipif(not HAS_METIS, reason="pymetis is not installed")
NAMES = [pytest.param(n, marks=needs_metis if n == "metis" else ()) for n in sorted(PLACERS)]


def make_graph(cores, sdram_bytes, nets, rates_hz=None):
    """Groups of so many cores, and so much SDRAM for each core; nets as (vertex, targets)."""
    group = np.repeat(np.arange(len(cores)), cores).astype(np.int32)
    n = len(group)
    sets = [np.unique(np.array(targets, np.int32)) for _, targets in nets]
    zeros = np.zeros(n, np.int32)
    return MachineGraph(
        role=(np.arange(n) % 3 + 1).astype(np.int8),  # of `Role`; placers ask for none
        population=zeros,
        lo=zeros,
        hi=zeros + 1,
        group=group,
        synapse_core=zeros.astype(np.int16),
        delay_stages=zeros.astype(np.int8),
        dtcm_bytes=zeros.astype(np.int64),
        sdram_bytes=np.repeat(np.array(sdram_bytes, np.int64), cores),
        net_vertex=np.array([vertex for vertex, _ in nets], np.int32),
        net_targets=np.arange(len(nets), dtype=np.int32),
        target_indptr=np.cumsum([0, *(len(one) for one in sets)]).astype(np.int64),
        targets=np.concatenate([np.zeros(0, np.int32), *sets]),
        net_rate_hz=np.array(rates_hz if rates_hz is not None else [10.0] * len(nets)),
        layout=Layout.ENSEMBLE,
        neurons_per_core=1,
        n_synapse_cores=np.array([1], np.int16),
        delay_slots=16,
        n_stages=1,
        stage_steps=16,
    )


@st.composite
def graphs(draw, most_cores=7):
    n_groups = draw(st.integers(1, 24))
    sizes = draw(st.lists(st.integers(1, most_cores), min_size=1, max_size=4))
    cores = draw(st.lists(st.sampled_from(sizes), min_size=n_groups, max_size=n_groups))
    memories = st.sampled_from(draw(st.lists(st.integers(0, 40), min_size=1, max_size=3)))
    sdram = draw(st.lists(memories, min_size=n_groups, max_size=n_groups))
    vertices = st.integers(0, sum(cores) - 1)
    nets = draw(
        st.lists(st.tuples(vertices, st.lists(vertices, min_size=1, max_size=12)), max_size=12)
    )
    rates = draw(st.lists(st.sampled_from([0.0, 3.0, 1e4]), min_size=12, max_size=12))
    return make_graph(cores, sdram, nets, rates[: len(nets)])


@st.composite
def machines(draw):
    faults = {
        "dead_chips": draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=2)),
        "dead_links": draw(
            st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), max_size=9)
        ),
    }
    n_cores = draw(st.sampled_from([9, 18, 100]))
    core = st.integers(0, min(n_cores, 17) - 1)
    places = st.tuples(st.integers(0, 3), st.integers(0, 2), core)
    faults["dead_cores"] = draw(st.sets(places, max_size=30))
    if n_cores == 18 and draw(st.booleans()):
        topology = spinn5_boards(draw(st.integers(1, 3)), **faults)
    else:
        size = draw(st.integers(4, 6)), draw(st.integers(3, 5))
        topology = mesh(*size, wrap=draw(st.booleans()), cores=n_cores, **faults)
    return Machine(topology, Budgets(sdram_bytes=draw(st.sampled_from([300, 10**6]))))


def check_placed(graph, placement, machine):
    """Every group on one chip; cores from 1 without gaps; budgets met."""
    first = np.unique(graph.group, return_index=True)[1]
    assert np.array_equal(placement.chip, placement.chip[first][graph.group])
    n_cores = machine.application_cores
    for chip in np.unique(placement.chip):
        here = placement.chip == chip
        n = np.count_nonzero(here)
        assert n <= n_cores[chip]
        assert sorted(placement.core[here].tolist()) == list(range(1, n + 1))
        assert graph.sdram_bytes[here].sum() <= machine.budgets.sdram_bytes


def placement_or_error(name, graph, machine, search):
    try:
        return PLACERS[name](graph, machine, search)
    except DoesNotFitError as error:
        return error


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(graphs(), machines(), st.integers(0, 2**70))
def test_placed_within_budgets_or_refused_with_reason(name, graph, machine, seed):
    search = Search(seed=seed, moves=300)
    refused = placement_or_error("hilbert", graph, machine, Search())
    if isinstance(refused, DoesNotFitError):
        assert refused.need > refused.limit
        assert refused.remedy
        with pytest.raises(DoesNotFitError, match=re.escape(str(refused))):
            PLACERS[name](graph, machine, search)
        return
    placement = PLACERS[name](graph, machine, search)
    check_placed(graph, placement, machine)
    assert traffic_hops(graph, placement, machine) >= 0
    again = PLACERS[name](graph, machine, search)
    assert np.array_equal(again.chip, placement.chip)
    assert np.array_equal(again.core, placement.core)


@pytest.mark.parametrize("name", NAMES)
def test_all_chips_dead(name):
    machine = Machine(mesh(1, 1, dead_chips=[(0, 0)]))
    with pytest.raises(DoesNotFitError, match="cores of one group on a chip: need 2, limit 0"):
        PLACERS[name](make_graph([2], [0], []), machine, Search())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("cores", "sdram", "resource"),
    [
        ([5] * 13, 1, "application cores"),
        ([17], 1, "cores of one group"),
        ([4] * 10, 20, "SDRAM of all chips"),
        ([2], 60, "SDRAM of one group"),
        ([9] * 5, 1, "chips, on which cores or SDRAM stay idle"),
        ([2] * 5, 35, "chips, on which cores or SDRAM stay idle"),
    ],
)
def test_what_cannot_be_placed_is_told(name, cores, sdram, resource):
    machine = Machine(mesh(2, 2), Budgets(sdram_bytes=100))
    graph = make_graph(cores, [sdram] * len(cores), [])
    with pytest.raises(DoesNotFitError, match=resource) as caught:
        PLACERS[name](graph, machine, Search())
    assert caught.value.need > caught.value.limit
    assert "use" in caught.value.remedy


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_place(name):
    graph = make_graph([1], [0], [])
    none = {field: getattr(graph, field)[:0] for field in ("role", "group", "sdram_bytes")}
    placement = PLACERS[name](replace(graph, **none), Machine(mesh(2, 2)), Search())
    assert placement.chip.size == 0


def ring(n_groups=60, seed=1):
    """Groups of 5 cores in a ring, each sending to its neighbours, numbered at random."""
    number = np.random.default_rng(seed).permutation(n_groups)
    nets = [
        (5 * number[at], [5 * number[(at + step) % n_groups] + 1 for step in (-2, -1, 1, 2)])
        for at in range(n_groups)
    ]
    return make_graph([5] * n_groups, [0] * n_groups, nets)


@pytest.mark.parametrize("name", [n for n in NAMES if n.values[0] not in {"hilbert", "sequential"}])
def test_locality_is_found(name):
    graph, machine = ring(), Machine(mesh(6, 6))
    plain = traffic_hops(graph, PLACERS["hilbert"](graph, machine, Search()), machine)
    found = traffic_hops(graph, PLACERS[name](graph, machine, Search()), machine)
    assert found < 0.5 * plain


def test_metis_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymetis", None)
    message = r"placer 'metis' needs pymetis; install chipemu\[place\] or choose"
    with pytest.raises(SpecError, match=message):
        PLACERS["metis"](ring(), Machine(mesh(6, 6)), Search())


def test_spectral_refuses_too_many(monkeypatch):
    monkeypatch.setattr("mapping.place.spectral.MOST_TWINS", 50)
    with pytest.raises(DoesNotFitError, match=r"'spectral' can order: need 60, limit 50; .*rcm"):
        PLACERS["spectral"](ring(), Machine(mesh(6, 6)), Search())


@pytest.mark.parametrize("name", ["anneal", "rcm", "spectral"])
def test_too_many_pairs_are_refused(monkeypatch, name):
    monkeypatch.setattr("mapping.place.traffic.MOST_PAIRS", 100)
    with pytest.raises(DoesNotFitError, match=r"pairs of groups .* need 480, limit 100; .*hilbert"):
        PLACERS[name](ring(), Machine(mesh(6, 6)), Search())


def test_roles_of_the_graphs_exist():
    assert {int(role) for role in make_graph([6], [0], []).role} <= {int(role) for role in Role}


@given(graphs())
@settings(deadline=None, max_examples=30)
def test_groups_that_fit_one_by_one_find_room(graph):
    cores, sdram = group_needs(graph)
    assume(sdram.max() <= 300)
    machine = Machine(mesh(graph.n_groups, 1), Budgets(sdram_bytes=300))
    for name in ("sequential", "hilbert"):
        check_placed(graph, PLACERS[name](graph, machine, Search()), machine)
    assert cores.max() <= 7
