"""Placements, keys and tables in the JSON of the tool chain: both ways, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping import Layout, NetworkSpec, Population, PopulationKind, Projection, Receptor, Role
from mapping.connectors import OneToOne
from mapping.distributions import Constant
from mapping.errors import DoesNotFitError, InterchangeError
from mapping.interchange import (
    keys_from_json,
    keys_to_json,
    placements_from_json,
    placements_to_json,
    tables_from_json,
    tables_to_json,
    vertex_labels,
)
from mapping.keys import KeyMap
from mapping.machine import Budgets, Machine
from mapping.partition import partition
from mapping.place import Placement
from router import RoutingTable, RoutingTables, mesh, spinn5_boards

ENSEMBLE, HOMOGENEOUS = Layout.ENSEMBLE, Layout.HOMOGENEOUS
MACHINE = Machine(mesh(4, 4, dead_chips=[(2, 1)], dead_cores=[(0, 0, 5)]))


def network(delay_ms=1.5):
    """Two populations that excite each other, one of them with a Poisson source per neuron."""
    sizes = {"A": 50, "B": 20, "source": 50}
    kinds = {"source": PopulationKind.POISSON}
    populations = tuple(
        Population(name, size, kinds.get(name, PopulationKind.NEURON), expected_rate_hz=10.0)
        for name, size in sizes.items()
    )
    pairs = [("A", "A", delay_ms), ("source", "A", 0.1)]
    projections = tuple(
        Projection(pre, post, OneToOne(), Constant(0.1), Constant(delay), Receptor.EXCITATORY)
        for pre, post, delay in pairs
    )
    return NetworkSpec("network", populations, projections)


def cut(spec, layout, **options):
    options = {"neurons_per_core": 16, "synapse_cores": 2, "dt_ms": 0.1, **options}
    return partition(spec, Budgets(), layout=layout, **options)


def placed(graph, machine=MACHINE, seed=1):
    """Each vertex on any application core."""
    limit = machine.application_cores
    spots = [(chip, core) for chip, n in enumerate(limit) for core in range(1, n + 1)]
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(spots)[: graph.n_vertices]
    return Placement(chosen[:, 0].astype(np.int32), chosen[:, 1].astype(np.int16))


def keyed(graph, free_bits=8):
    key = np.arange(graph.n_nets, dtype=np.uint32) << np.uint32(free_bits)
    mask = np.full(graph.n_nets, 0xFFFFFFFF << free_bits & 0xFFFFFFFF, np.uint32)
    return KeyMap(key, mask)


def through_json(value):
    return json.loads(json.dumps(value))


CUTS = [
    (network(), ENSEMBLE, {}),
    (network(), HOMOGENEOUS, {}),
    (network(20.0), HOMOGENEOUS, {"delay_slots": 64}),
    (network(20.0), ENSEMBLE, {"delay_slots": 64, "neurons_per_core": 7, "synapse_cores": 3}),
]


@pytest.mark.parametrize(("spec", "layout", "options"), CUTS)
def test_placements_and_keys_there_and_back(spec, layout, options):
    graph = cut(spec, layout, **options)
    placement, keys = placed(graph), keyed(graph)
    data = through_json(placements_to_json(spec, graph, placement, MACHINE.topology))
    found = placements_from_json(data[::-1], spec, graph, MACHINE)
    assert found.new_core == {}
    assert found.placement.chip.tolist() == placement.chip.tolist()
    assert found.placement.core.tolist() == placement.core.tolist()
    again = keys_from_json(through_json(keys_to_json(spec, graph, keys)), spec, graph)
    assert again.key.tolist() == keys.key.tolist()
    assert again.mask.tolist() == keys.mask.tolist()


def test_labels():
    graph = cut(network(20.0), ENSEMBLE, delay_slots=64)
    labels = vertex_labels(network(), graph)
    assert len(set(labels)) == graph.n_vertices
    assert {label for label in labels if "32" in label or "48" in label} == {
        "A_Neurons:32",
        "A_Synapses:32(0)",
        "A_Synapses:32(1)",
        "A_Delay:32",
        "source(32:47)",
        "A_Neurons:48",
        "A_Synapses:48(0)",
        "A_Synapses:48(1)",
        "A_Delay:48",
        "source(48:49)",
    }
    assert vertex_labels(network(), cut(network(), HOMOGENEOUS))[0] == "A(0:15)"


def test_labels_of_the_tool_chain_are_understood():
    spec = network()
    graph = cut(spec, ENSEMBLE)
    data = placements_to_json(spec, graph, placed(graph), MACHINE.topology)
    for row in data:
        label = row["vertex_label"]
        if label.startswith("source("):
            row["vertex_label"] = f"A_Poisson:{label[7:].split(':')[0]}"
        row["vertex_label"] = row["vertex_label"].replace("A_Neurons:0", "A_Neurons:0-15")
        row["vertex_label"] = row["vertex_label"].replace("A_Synapses:0(1)", "A_Synapses:0-15(1)")
    taken = {(row["x"], row["y"], row["p"]) for row in data}
    x, y, p = next(at for at in ((3, 3, 1), (3, 3, 2), (3, 3, 3)) if at not in taken)
    data.append({"vertex_label": "SystemMulticastRoutingGenerator", "x": x, "y": y, "p": p})
    found = placements_from_json(data, spec, graph, MACHINE).placement
    assert found.chip.tolist() == placed(graph).chip.tolist()
    assert sum(graph.role == Role.POISSON) == sum("_Poisson" in row["vertex_label"] for row in data)


def rows(*, p=None, x=None, label=None, drop=0):
    spec = network()
    graph = cut(spec, HOMOGENEOUS)
    data = placements_to_json(spec, graph, placed(graph), MACHINE.topology)
    changed = {"p": p, "x": x, "vertex_label": label}
    data[1] |= {name: value for name, value in changed.items() if value is not None}
    return spec, graph, data[: len(data) - drop]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 0}, "$[1].p: 'source(0:15)' is on core 0, which is the monitor's"),
        ({"p": 18}, "$[1].p: 'source(0:15)' is on core 18 of chip"),
        ({"x": 9}, "$[1]: 'source(0:15)' is on chip (9, "),
        ({"label": "A(0:15)"}, "$[1].vertex_label: 'A(0:15)' is placed twice; labels should"),
        ({"label": "A(10:19)"}, "$[1].vertex_label: no vertex 'A(10:19)': the network is cut into"),
        ({"label": "A_Neurons:16"}, "slices of 16, such as 'A(0:15)'; map it with the same layout"),
        ({"label": "gatherer"}, "$: no placement of 'source(0:15)'"),
        ({"drop": 2}, "$: no placement of 'B(0:15)' and 1 more"),
    ],
)
def test_wrong_placements(change, message):
    spec, graph, data = rows(**change)
    with pytest.raises(InterchangeError) as caught:
        placements_from_json(data, spec, graph, MACHINE)
    assert message in str(caught.value)


def test_two_programs_on_one_core():
    spec, graph, data = rows()
    monitor = data[3] | {"vertex_label": "monitor"}
    with pytest.raises(
        InterchangeError, match=r"\$\[\d+\]: 'monitor' is on the same core as 'source"
    ):
        placements_from_json([*data, monitor], spec, graph, MACHINE)


def test_cores_of_a_full_chip_are_numbered_anew_with_its_routes():
    spec = network()
    graph = cut(spec, HOMOGENEOUS)
    machine = Machine(mesh(2, 1))
    labels = vertex_labels(spec, graph)
    numbers = [2, 17, 5, 9, 3, 4, 6, 7, 8, 10]  # the tool chain's monitor is core 1
    data = [
        {"vertex_label": label, "x": 1, "y": 0, "p": p}
        for label, p in zip(labels, numbers, strict=True)
    ]
    found = placements_from_json(data, spec, graph, machine)
    assert found.placement.core.tolist() == [1, 10, 4, 8, 2, 3, 5, 6, 7, 9]
    route = 1 << 6 + 17 | 1 << 6 + 5 | 1 << 6 + 1 | 1 << 6 | 0b101
    entry = {"key": 0, "mask": 0xFFFFFFFF, "defaultable": True, "spinnaker_route": route}
    document = [{"x": x, "y": 0, "entries": [entry]} for x in (0, 1)]
    tables = tables_from_json(document, machine.topology, found.new_core)
    moved = 1 << 6 + 10 | 1 << 6 + 4 | 1 << 6 + 11 | 1 << 6 | 0b101
    assert tables.route.tolist() == [route, moved]
    few = Machine(machine.topology, Budgets(monitor_cores=9))
    with pytest.raises(DoesNotFitError, match=r"chip \(1, 0\): need 10, limit 9; .*monitor_cores"):
        placements_from_json(data, spec, graph, few)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"A(0:15)": []}, "$['A(0:15)']: has 0 blocks of keys; a vertex sends one stream"),
        ({"A(0:15)": [{"key": 0, "mask": 0xFFFFFF0F}]}, "$['A(0:15)'][0].mask: mask 0xffffff0f"),
        ({"A(0:15)": [{"key": 5, "mask": 0xFFFFFFF0}]}, "key 0x00000005 has bits outside of its"),
        ({"A(0:15)": [{"key": 0, "mask": 0xFFFFFFF8}]}, "leaves 8 keys, but 16 are needed"),
        ({"A(0:15)": [{"key": 256, "mask": 0xFFFFFFF0}]}, "shares the key 0x00000100 with 'A("),
        ({"A(9:12)": []}, "$['A(9:12)']: no vertex 'A(9:12)'"),
    ],
)
def test_wrong_keys(changed, message):
    spec = network()
    graph = cut(spec, HOMOGENEOUS)
    data = keys_to_json(spec, graph, keyed(graph)) | changed
    with pytest.raises(InterchangeError) as caught:
        keys_from_json(data, spec, graph)
    assert message in str(caught.value)


def test_keys_that_nobody_needs_and_keys_that_lack():
    spec = network()
    graph = cut(spec, ENSEMBLE)
    data = keys_to_json(spec, graph, keyed(graph))
    more = data | {"source(0:15)": [], "monitor": [{"key": 1 << 31, "mask": 1 << 31}]}
    assert keys_from_json(more, spec, graph).key.tolist() == keyed(graph).key.tolist()
    with pytest.raises(InterchangeError, match=r"\$: no keys of 'A_Neurons:16', which sends"):
        keys_from_json({k: v for k, v in data.items() if k != "A_Neurons:16"}, spec, graph)
    twice = data | {"A_Neurons:0-15": data["A_Neurons:0"]}
    with pytest.raises(InterchangeError, match="the same vertex as 'A_Neurons:0'"):
        keys_from_json(twice, spec, graph)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_tables_there_and_back(seed):
    rng = np.random.default_rng(seed)
    topology = spinn5_boards(1, dead_chips=[(3, 3)])
    parts = []
    for _ in range(topology.n_chips):
        n = int(rng.integers(0, 6))
        mask = rng.integers(0, 1 << 32, n).astype(np.uint32)
        key = rng.integers(0, 1 << 32, n).astype(np.uint32) & mask
        parts.append(RoutingTable(key, mask, rng.integers(0, 1 << 24, n).astype(np.uint32)))
    tables = RoutingTables.join(parts)
    data = through_json(tables_to_json(tables, topology))
    assert all(part["entries"] for part in data)
    again = tables_from_json(data[::-1], topology, {})
    for name in ("indptr", "key", "mask", "route"):
        assert getattr(again, name).tolist() == getattr(tables, name).tolist()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([{"x": 2, "y": 1, "entries": []}], r"\$\[0\]: chip \(2, 1\) is none of the machine"),
        ([{"x": 0, "y": 4, "entries": []}], r"\$\[0\]: chip \(0, 4\) is none of the machine"),
        ([{"x": 0, "y": 0, "entries": []}] * 2, r"\$\[1\]: chip \(0, 0\) has two tables"),
        (
            [{"x": 0, "y": 0, "entries": [{"key": 3, "mask": 2, "spinnaker_route": 1}]}],
            r"\$\[0\]\.entries: entry 0 never matches: key 0x00000003",
        ),
    ],
)
def test_wrong_tables(data, message):
    with pytest.raises(InterchangeError, match=message):
        tables_from_json(data, MACHINE.topology)
