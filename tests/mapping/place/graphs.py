"""Random graphs and damaged machines for placers."""

import numpy as np
from hypothesis import strategies as st

from mapping import Budgets, Layout, Machine, MachineGraph
from router import mesh, spinn5_boards


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


def ring(n_groups=60, seed=1):
    """Groups of 5 cores in a ring, each sending to its neighbours, numbered at random."""
    number = np.random.default_rng(seed).permutation(n_groups)
    nets = [
        (5 * number[at], [5 * number[(at + step) % n_groups] + 1 for step in (-2, -1, 1, 2)])
        for at in range(n_groups)
    ]
    return make_graph([5] * n_groups, [0] * n_groups, nets)
