"""The Hilbert curve, filling of chips, and machines that are too small."""

from functools import partial

import numpy as np
import pytest

from mapping import Budgets, DoesNotFitError, Layout, Machine, partition
from mapping.check import check_placement
from mapping.place import PLACERS, Search, boards_needed
from mapping.place.curve import hilbert_order
from mapping.place.fill import group_needs
from router import mesh, spinn5_boards


def place(graph, machine, placer="hilbert"):
    return PLACERS[placer](graph, machine, Search())


def graph_of(spec, layout=Layout.ENSEMBLE, n=16, budgets=None):
    return partition(
        spec, budgets or Budgets(), layout=layout, neurons_per_core=n, synapse_cores=2, dt_ms=0.1
    )


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 32])
def test_hilbert_curve_steps_to_a_neighbour(side):
    topology = mesh(side, side)
    order = hilbert_order(topology)
    assert sorted(order.tolist()) == list(range(side * side))
    steps = np.abs(np.diff(topology.xy[order], axis=0)).sum(axis=1)
    assert (steps == 1).all()


def test_hilbert_curve_keeps_its_order_without_some_chips():
    whole, part = mesh(8, 8), mesh(8, 8, dead_chips=[(0, 0), (3, 4)])
    along = [tuple(xy) for xy in whole.xy[hilbert_order(whole)].tolist()]
    rest = [tuple(xy) for xy in part.xy[hilbert_order(part)].tolist()]
    assert rest == [xy for xy in along if xy not in {(0, 0), (3, 4)}]


@pytest.mark.parametrize("n_boards", [2, 3, 5, 12])
def test_boards_are_filled_one_after_the_other(n_boards):
    topology = spinn5_boards(n_boards, dead_chips=[(4, 4)])
    board = topology.board[hilbert_order(topology)]
    assert np.count_nonzero(np.diff(board)) == n_boards - 1


def test_cores_count_from_one_on_each_chip(microcircuit):
    graph, machine = graph_of(microcircuit()), Machine(spinn5_boards(1))
    placement = place(graph, machine)
    check_placement(graph, placement, machine)
    for chip in np.unique(placement.chip):
        here = np.sort(placement.core[placement.chip == chip])
        assert here.tolist() == list(range(1, len(here) + 1))


def test_full_chips_take_as_many_groups_as_they_hold(microcircuit):
    graph = graph_of(microcircuit())  # 17 groups of 4 cores
    placement = place(graph, Machine(mesh(8, 8, cores=18)))
    assert np.unique(placement.chip, return_counts=True)[1].tolist() == [16, 16, 16, 16, 4]


def test_sdram_limits_the_groups_of_a_chip(microcircuit):
    graph = graph_of(microcircuit())
    per_group = group_needs(graph)[1].max()
    machine = Machine(mesh(8, 8), Budgets(sdram_bytes=int(per_group)))
    placement = place(graph, machine)
    check_placement(graph, placement, machine)
    # only the shorter last slices of the two populations leave room for each other
    assert np.unique(placement.chip).size >= 16


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (Machine(mesh(1, 1)), "application cores: need 68, limit 16; 1 SpiNN-5 board would do"),
        (
            Machine(mesh(10, 1, cores=9)),
            "chips, on which cores or SDRAM stay idle .* need 11, limit 10",
        ),
        (Machine(mesh(9, 9, cores=5)), "cores of one group on a chip: need 4, limit 3; .*fewer"),
    ],
)
def test_too_small_machines_say_what_is_missing(microcircuit, machine, message):
    graph = graph_of(microcircuit())
    with pytest.raises(DoesNotFitError, match=message):
        place(graph, machine)


@pytest.mark.parametrize(
    ("n_chips", "share", "message"),
    [(64, 0.9, "SDRAM of one group on a chip"), (5, 1.5, "SDRAM of all chips .* would do")],
)
def test_too_little_sdram_is_told_from_too_few_cores(microcircuit, n_chips, share, message):
    graph = graph_of(microcircuit())
    budgets = Budgets(sdram_bytes=int(share * group_needs(graph)[1].max()))
    with pytest.raises(DoesNotFitError, match=message):
        place(graph, Machine(mesh(n_chips, 1), budgets))


@pytest.mark.parametrize("layout", list(Layout))
def test_boards_needed_is_the_smallest_number(microcircuit, layout):
    graph = graph_of(microcircuit(n_excitatory=1200, n_inhibitory=300), layout, n=2)
    n_boards = boards_needed(graph, Budgets())
    assert n_boards > 1
    place(graph, Machine(spinn5_boards(n_boards)))
    with pytest.raises(DoesNotFitError, match=rf"; {n_boards} SpiNN-5 boards? would do"):
        place(graph, Machine(spinn5_boards(n_boards - 1)))


def test_dead_parts_can_take_another_board(microcircuit):
    # a board has 40 chips for 4 groups of 4 cores and 8 for 3: 184 groups fill it
    graph = graph_of(microcircuit(n_excitatory=176 * 7, n_inhibitory=8 * 7), n=7)
    assert graph.n_groups == 184
    assert boards_needed(graph, Budgets()) == 1
    build = partial(spinn5_boards, dead_chips=[(1, 0)])
    assert boards_needed(graph, Budgets(), build) == 2
    place(graph, Machine(build(2)))
    with pytest.raises(DoesNotFitError, match="cores or SDRAM stay idle"):
        place(graph, Machine(build(1)))


def test_homogeneous_groups_have_no_synapse_cores_to_save(microcircuit):
    graph = graph_of(microcircuit(), Layout.HOMOGENEOUS)
    with pytest.raises(DoesNotFitError, match="need 2, limit 1; use chips with more application"):
        place(graph, Machine(mesh(9, 9, cores=3)))


def test_groups_that_no_board_holds_need_no_number_of_boards(microcircuit):
    with pytest.raises(DoesNotFitError, match="cores of one group"):
        boards_needed(graph_of(microcircuit()), Budgets(monitor_cores=15))


def test_more_than_the_largest_machine_is_refused(microcircuit, monkeypatch):
    monkeypatch.setattr("mapping.place.fill.MOST_BOARDS", 1)
    graph = graph_of(microcircuit(n_excitatory=1200), n=4)
    with pytest.raises(DoesNotFitError, match=r"largest machine of boards: need .* limit 760"):
        boards_needed(graph, Budgets())
