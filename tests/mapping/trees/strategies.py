"""Random machines, graphs on them and trees, for tests of routers and of what they make."""

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from mapping.graph import Layout, MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.trees import Tree, deliver, make_forest
from router import mesh, spinn5_boards

SLICE = 4
"""Members of each vertex."""
CORES = 15
"""For applications, on any chip."""


@st.composite
def topologies(draw):
    """A mesh, a torus from one chip wide on, or boards; with dead parts, maybe cut in two."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    shares = st.sampled_from([0, 0, 0.05, 0.2, 0.4])
    if draw(st.integers(0, 3)) == 0:
        build, size = spinn5_boards, (draw(st.sampled_from([1, 2, 3])),)
        options = {}
    else:
        build, size = mesh, (draw(st.integers(1, 8)), draw(st.integers(1, 6)))
        options = {"wrap": draw(st.booleans())}
    xy = build(*size, **options).xy
    is_dead = rng.random(len(xy)) < draw(shares)
    is_dead[rng.integers(len(xy))] = False
    link_at = np.argwhere(rng.random((len(xy), 6)) < draw(shares) / 2)
    return build(
        *size,
        **options,
        dead_chips=[(x, y) for x, y in xy[is_dead].tolist()],
        dead_links=[(*xy[chip].tolist(), link) for chip, link in link_at.tolist()],
    )


def links_of(topology):
    """The living links as an undirected graph of chips."""
    graph = nx.Graph()
    graph.add_nodes_from(range(topology.n_chips))
    for chip, row in enumerate(topology.neighbours.tolist()):
        graph.add_edges_from((chip, there) for there in row if there >= 0)
    return graph


def make_graph(population, net_vertex, sets, rates_hz):
    """A graph of one core per slice; `sets` holds the targets of each net."""
    n = len(population)
    population = np.sort(np.asarray(population, np.int32))
    lo = SLICE * (np.arange(n) - np.searchsorted(population, population)).astype(np.int32)
    numbers = {}
    net_targets = [numbers.setdefault(tuple(sorted(one)), len(numbers)) for one in sets]
    indptr = np.cumsum([0, *(len(one) for one in numbers)])
    return MachineGraph(
        role=np.zeros(n, np.int8),
        population=population,
        lo=lo,
        hi=lo + SLICE,
        group=np.arange(n, dtype=np.int32),
        synapse_core=np.full(n, -1, np.int16),
        delay_stages=np.zeros(n, np.int8),
        dtcm_bytes=np.zeros(n, np.int64),
        sdram_bytes=np.zeros(n, np.int64),
        net_vertex=np.array(net_vertex, np.int32),
        net_targets=np.array(net_targets, np.int32),
        target_indptr=indptr.astype(np.int64),
        targets=np.array([vertex for one in numbers for vertex in one], np.int32),
        net_rate_hz=np.array(rates_hz, np.float64),
        layout=Layout.HOMOGENEOUS,
        neurons_per_core=SLICE,
        n_synapse_cores=np.zeros(n, np.int16),
        delay_slots=16,
        n_stages=1,
        stage_steps=16,
    )


@st.composite
def placed_graphs(draw, topology):
    """Vertices on random chips, most of which send to one of a few sets of others."""
    n = draw(st.integers(1, 24))
    n_chips = draw(st.sampled_from([1, 4, topology.n_chips]))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    chips = rng.choice(topology.n_chips, min(n_chips, topology.n_chips), replace=False)
    seats = rng.permutation(len(chips) * CORES)[:n]  # of all cores on these chips
    n = len(seats)
    chip, core = chips[seats // CORES].astype(np.int32), (1 + seats % CORES).astype(np.int16)
    sets = [
        set(rng.choice(n, rng.integers(1, n + 1), replace=False).tolist())
        for _ in range(draw(st.integers(1, 4)))
    ]
    senders = np.flatnonzero(rng.random(n) < draw(st.sampled_from([0.0, 0.5, 1.0, 1.0]))).tolist()
    own = draw(st.booleans())
    targets = [
        {vertex} if own and rng.random() < 0.2 else sets[rng.integers(len(sets))]
        for vertex in senders
    ]
    population = rng.integers(0, draw(st.integers(1, 4)), n)
    rates_hz = rng.choice([0.0, 0.3, 1e3], len(senders)) * draw(st.sampled_from([0, 1, 1]))
    return (
        make_graph(population, senders, targets, rates_hz),
        Placement(chip, core),
        Machine(topology),
    )


def random_tree(topology, chips, rng):
    """A tree with all of `chips` and some others, rooted anywhere; they must be joined."""
    links = links_of(topology)
    part = sorted(nx.node_connected_component(links, int(chips[0])))
    root = int(rng.choice(part))
    nodes, place = [(root, -1, -1)], {root: 0}
    edge_of = {}
    fringe = [root]
    while fringe:
        here = fringe.pop(int(rng.integers(len(fringe))))
        if here != root and here not in place:
            place[here] = len(nodes)
            nodes.append((here, *edge_of[here]))
        for link in rng.permutation(6).tolist():
            there = int(topology.neighbours[here, link])
            if there >= 0 and there not in edge_of and there != root:
                edge_of[there] = (link + 3) % 6, place[here]
                fringe.append(there)
    while len(nodes) > 1 and nodes[-1][0] not in chips and rng.random() < 0.9:
        nodes.pop()  # the last is a leaf
    chip, in_link, parent = np.array(nodes).T
    return Tree(chip.astype(np.int32), in_link.astype(np.int8), parent.astype(np.int32))


@st.composite
def forests(draw):
    """Trees that nets enter anywhere, with branches that lead to senders alone or to nothing."""
    topology = draw(topologies())
    graph, placement, machine = draw(placed_graphs(topology))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    deliveries = deliver(graph, placement, topology.n_chips)
    source = placement.chip[graph.net_vertex]
    part_of = {
        chip: i
        for i, part in enumerate(nx.connected_components(links_of(topology)))
        for chip in part
    }
    kept, tree_of_net, ends = [], [], {}
    for net in range(graph.n_nets):
        reached = deliveries.chips_of(int(graph.net_targets[net])).tolist()
        chips = {*reached, int(source[net])}
        if len({part_of[chip] for chip in chips}) == 1:
            key = tuple(reached), bool(rng.integers(2))  # nets may share a tree, or not
            kept.append(net)
            ends.setdefault(key, set()).update(chips)
            tree_of_net.append(list(ends).index(key))
    trees = [random_tree(topology, sorted(chips), rng) for chips in ends.values()]
    nets = np.array(kept, np.int64)
    graph = make_graph(
        graph.population,
        graph.net_vertex[nets],
        [tuple(graph.targets_of(net).tolist()) for net in kept],
        graph.net_rate_hz[nets],
    )
    deliveries = deliver(graph, placement, topology.n_chips)
    return (
        graph,
        placement,
        machine,
        make_forest(graph, placement, deliveries, trees, np.array(tree_of_net, np.int64)),
    )
