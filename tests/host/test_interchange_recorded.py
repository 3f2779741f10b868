"""Mappings that sPyNNaker 7.4.1 made on a virtual board, exported by the script of the docs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from host.interchange import read_limits, read_machine, read_mapping
from mapping.check import check
from mapping.connectors import AllToAll, OneToOne
from mapping.distributions import Constant
from mapping.errors import CheckError
from mapping.graph import Layout, MachineGraph, Role
from mapping.interchange import ChipLimits
from mapping.machine import Machine
from mapping.partition import partition
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from router import spinn5_boards
from tests.router.test_topology import values

DATA = Path(__file__).parents[1] / "data"
LAYOUTS = {
    "ensemble": {"layout": Layout.ENSEMBLE, "synapse_cores": 1, "dt_ms": 0.1},
    "delay": {"layout": Layout.HOMOGENEOUS, "delay_slots": 512, "dt_ms": 1.0},
}


def network(dt_ms: float, delay_ms: float) -> NetworkSpec:
    """The network that was mapped: P -> A -> B -> A, S -> B."""
    kinds = PopulationKind
    times = tuple(np.array([1.0]) for _ in range(40))
    populations = (
        Population("A", 100, kinds.NEURON, expected_rate_hz=10.0),
        Population("B", 40, kinds.NEURON, expected_rate_hz=10.0),
        Population("P", 100, kinds.POISSON, expected_rate_hz=10.0),
        Population("S", 40, kinds.SPIKE_ARRAY, spike_times_ms=times),
    )
    rules = [
        ("P", "A", OneToOne(), dt_ms),
        ("A", "B", AllToAll(), delay_ms),
        ("B", "A", AllToAll(), 2.0),
        ("S", "B", OneToOne(), 1.0),
    ]
    projections = tuple(
        Projection(pre, post, rule, Constant(0.1), Constant(delay), Receptor.EXCITATORY)
        for pre, post, rule, delay in rules
    )
    return NetworkSpec("recorded", populations, projections)


def cut(name: str, machine: Machine) -> tuple[NetworkSpec, MachineGraph]:
    options = LAYOUTS[name]
    spec = network(options["dt_ms"], 600.0 if name == "delay" else 1.0)
    return spec, partition(spec, machine.budgets, neurons_per_core=16, **options)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_machine_is_one_board(name: str) -> None:
    path = DATA / f"spynnaker_{name}" / "machine.json.gz"
    assert values(read_machine(path)) == values(spinn5_boards(1))
    assert read_limits(path) == ChipLimits(1, 1023, 123_469_792)


@pytest.mark.parametrize(("name", "n_vertices"), [("ensemble", 30), ("delay", 27)])
def test_tables_of_the_tool_chain_do_what_they_should(name: str, n_vertices: int) -> None:
    machine = Machine(spinn5_boards(1))
    spec, graph = cut(name, machine)
    assert graph.n_vertices == n_vertices
    placement, keys, tables = read_mapping(DATA / f"spynnaker_{name}", graph, spec, machine)
    proof = check(graph, placement, keys, tables, machine)
    assert proof.n_nets == graph.n_nets
    wrong = replace(tables, route=tables.route ^ np.uint32(1 << 9))
    with pytest.raises(CheckError):
        check(graph, placement, keys, wrong, machine)


def test_cores_of_the_tool_chain_are_numbered_anew() -> None:
    machine = Machine(spinn5_boards(1))
    spec, graph = cut("ensemble", machine)
    placement, _, _ = read_mapping(DATA / "spynnaker_ensemble", graph, spec, machine)
    on_first = np.flatnonzero(placement.chip == 0)  # there: cores 3 to 17, after two monitors
    assert placement.core[on_first].min() == 1
    assert placement.core[on_first].max() == 15
    neurons = on_first[graph.role[on_first] == Role.NEURON]
    assert placement.core[neurons].tolist() == [3, 6, 9, 12, 15]
