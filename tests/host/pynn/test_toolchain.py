"""What populations take and do as in the real tool chain."""

import numpy as np
import pytest

import host.pynn as sim
from host.pynn.notices import NOTICES
from host.pynn.splitters import ChipAndCoreConstraint, MaxVertexAtomsConstraint


@pytest.fixture(autouse=True)
def _fresh():
    NOTICES.clear()
    sim.setup(timestep=1.0)
    yield
    NOTICES.clear()


def test_initial_values_may_stand_among_the_parameters():
    cells = sim.Population(
        3, sim.IF_curr_exp(v=-60.0, tau_m=10.0), initial_values={"isyn_exc": 0.5}
    )
    assert cells.get("tau_m") == 10.0
    assert cells.initial_values["v"].evaluate(simplify=True) == -60.0
    assert cells.initial_values["isyn_exc"].evaluate(simplify=True) == 0.5
    other = sim.Population(3, sim.IF_curr_exp, {"v": -61.0}, initial_values={"v": -62.0})
    assert other.initial_values["v"].evaluate(simplify=True) == -62.0


def test_sizes_may_be_floats():
    assert sim.Population(4.0, sim.IF_curr_exp()).size == 4
    assert NOTICES.sentences == ()
    assert sim.Population(4.8, sim.IF_curr_exp()).size == 5
    assert NOTICES.sentences == ("Population of 4.8 cells: made of 5",)


def test_a_population_may_be_told_how_many_cells_share_a_core():
    cells = sim.Population(100, sim.IF_curr_exp())
    cells.set_max_atoms_per_core(30)
    assert cells.placed().extras.neurons_per_core == 30
    cells.set_constraint(MaxVertexAtomsConstraint(20))
    assert cells.placed().extras.neurons_per_core == 20
    assert NOTICES.sentences == ()
    sim.run(1.0)
    assert sim.results().n_cores == 5


def test_places_are_the_placer_s():
    cells = sim.Population(4, sim.IF_curr_exp())
    cells.add_placement_constraint(x=0, y=1)
    cells.set_constraint(ChipAndCoreConstraint(0, 1, 2))
    cells.set_mapping_constraint({"x": 0, "y": 1})
    assert len(NOTICES.sentences) == 1


def test_data_as_arrays():
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=1.0))
    cells.record(["spikes", "v"])
    sim.run(30.0)
    spikes = cells.spinnaker_get_data("spikes")
    assert spikes.shape[1] == 2
    assert set(spikes[:, 0]) == {0.0, 1.0, 2.0}
    matrix = cells.spinnaker_get_data("v", as_matrix=True)
    rows = cells.spinnaker_get_data("v", view_indexes=[1])
    assert matrix.shape == (31, 3)
    np.testing.assert_array_equal(rows[:, 0], 1)
    np.testing.assert_array_equal(rows[:, 1], np.arange(31))
    np.testing.assert_array_equal(rows[:, 2], matrix[:, 1])


def test_states_may_be_set():
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.record("v")
    sim.run(2.0)
    cells.set_state(v=-55.0)
    sim.run(1.0)
    assert cells.spinnaker_get_data("v", as_matrix=True)[2, 0] == -55.0
    assert "set_state" in NOTICES.sentences[-1]
