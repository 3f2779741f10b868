"""Chips filled densely: how many it takes, in which order, and the boards that are enough."""

import numpy as np
import pytest

from mapping import Budgets, DoesNotFitError, Machine
from mapping.place import boards_needed
from mapping.place.curve import hilbert_order
from mapping.place.fill import fill
from router import mesh, spinn5_boards
from tests.mapping.place.graphs import check_placed, make_graph


def filled(cores, machine, sdram_bytes=0, groups=None):
    graph = make_graph(cores, np.full(len(cores), sdram_bytes), [])
    order = np.arange(len(cores)) if groups is None else groups
    chips = hilbert_order(machine.topology)
    placement = fill(graph, machine, chips, order)
    check_placed(graph, placement, machine)
    first = np.unique(graph.group, return_index=True)[1]
    position = np.zeros(machine.topology.n_chips, np.int64)
    position[chips] = np.arange(len(chips))
    return position[placement.chip[first]]


@pytest.mark.parametrize(
    ("sizes", "n_chips"),
    [
        ({5: 632, 6: 578}, 447),  # full PD14 with as many synapse cores as its rates need
        ({5: 1210}, 404),  # with 3 synapse cores each
        ({2: 967}, 124),  # 80 neurons per core and their sources
        ({6: 100, 10: 100}, 100),
    ],
)
def test_chips_that_networks_take(sizes, n_chips):
    cores = np.repeat(list(sizes), list(sizes.values()))
    machine = Machine(spinn5_boards(10 if n_chips > 100 else 3))
    if n_chips == 100:
        machine = Machine(mesh(12, 12))
    assert len(np.unique(filled(cores, machine))) == n_chips


def test_groups_of_one_size_are_filled_one_after_the_other():
    machine = Machine(mesh(5, 5, dead_cores=[(0, 1, 3), (2, 2, 1), (2, 2, 5)]))
    free = machine.application_cores[hilbert_order(machine.topology)]
    position = filled([4] * 60, machine)
    expected = np.repeat(np.arange(25), free // 4)[:60]
    assert position.tolist() == expected.tolist()


def test_each_size_stays_in_order():
    rng = np.random.default_rng(1)
    cores, groups = rng.choice([3, 5, 6, 8], 200), rng.permutation(200)
    position = filled(cores, Machine(mesh(10, 10)), groups=groups)
    for size in np.unique(cores):
        assert (np.diff(position[groups][cores[groups] == size]) >= 0).all()


def test_sizes_keep_in_step():
    # combinations (5, 5, 6) and (6, 6): in the order of both, those must be mixed evenly
    cores = np.array([5, 6, 5, 6, 6, 6] * 40)
    position = filled(cores, Machine(mesh(12, 12)))
    n_chips = len(np.unique(position))
    assert n_chips == 100
    due = np.arange(len(cores)) / len(cores) * n_chips
    assert np.abs(position - due).max() <= 3


def test_memory_comes_before_density():
    cores = np.array([5, 6] * 12)
    position = filled(cores, Machine(mesh(6, 6), Budgets(sdram_bytes=120)), sdram_bytes=10)
    assert np.bincount(position, weights=cores * 10).max() <= 120


def test_boards_that_leave_cores_idle_are_found_quickly():
    graph = make_graph([9] * 20_000, np.zeros(20_000), [])
    n_boards = boards_needed(graph, Budgets())
    assert n_boards == -(-20_000 // 48)
    for n, is_enough in ((n_boards, True), (n_boards - 1, False)):
        machine = Machine(spinn5_boards(n))
        placement = fill(graph, machine, hilbert_order(machine.topology), np.arange(20_000))
        assert (placement is not None) == is_enough


def test_more_than_the_largest_machine_is_refused():
    with pytest.raises(DoesNotFitError, match=r"cores or SDRAM stay idle .* need 1201, limit 1200"):
        boards_needed(make_graph([9] * 57_601, np.zeros(57_601), []), Budgets())
