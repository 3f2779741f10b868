"""What is switched on in which phase, against sums by hand."""

from dataclasses import replace

import pytest

from host.activity import Activity, CoreTime
from host.energy import PhaseCounts
from host.energy.vocabulary import Phase
from host.load import LoadReport, LoadTerm
from host.machines import Housing, MachineSpec
from host.phases import n_boards_on, phase_counts
from router.topology import Topology, mesh, spinn5_boards

PS = 10**12
ACTIVITY = Activity(
    wall_ps=2 * PS,
    core_times=(CoreTime("synapse", 5 * PS, 15 * PS), CoreTime("neuron", 7 * PS, 3 * PS)),
    router_bits=400,
    link_bits=300,
    board_link_bits=100,
    sdram_bytes=1000,
    synaptic_events=50,
    neuron_updates=60,
    load=0.7,
)
LOAD = LoadReport(
    terms=tuple(
        LoadTerm(phase=phase, name=phase, count=1, unit="", each_us=seconds * 1e6, basis="measured")
        for phase, seconds in (
            ("mapping", 1.0),
            ("generation", 2.0),
            ("loading", 4.0),
            ("extraction", 0.5),
        )
    ),
    sdram_bytes=7000,
    core_busy_s=3.0,
)


def counts(
    housing: Housing, topology: Topology, *phases: Phase
) -> dict[Phase, dict[tuple[str, str], int]]:
    activities = dict.fromkeys(phases or (Phase.RUNNING,), ACTIVITY)
    found = phase_counts(
        activities,
        LOAD,
        machine=MachineSpec(name="m", housing=housing),
        topology=topology,
        n_chips_used=40,
    )
    return {phase.phase: _table(phase) for phase in found}


def _table(phase: PhaseCounts) -> dict[tuple[str, str], int]:
    table = {(c.action, c.what): c.n for c in phase.counts}
    assert len(table) == len(phase.counts)
    return table


def test_running_by_hand() -> None:
    topology = spinn5_boards(3)
    found = counts(Housing(), topology)[Phase.RUNNING]
    assert found == {
        ("chip", "in use"): 40 * 2 * PS,
        ("chip", "unused"): 104 * 2 * PS,
        ("sdram", "in use"): 40 * 2 * PS,
        ("sdram", "unused"): 104 * 2 * PS,
        ("board", ""): 3 * 2 * PS,
        ("fpga", ""): 9 * 2 * PS,
        ("frame_place", ""): 3 * 2 * PS,
        ("frame_place_active", ""): 3 * 2 * PS,
        ("core_asleep", "unused"): (topology.n_cores - 15) * 2 * PS,
        ("core_cycle", "synapse"): 5 * PS,
        ("core", "synapse"): 15 * PS,
        ("core_cycle", "neuron"): 7 * PS,
        ("core", "neuron"): 3 * PS,
        ("router_bit", ""): 400,
        ("link_bit", ""): 300,
        ("board_link_bit", ""): 100,
        ("sdram_byte", ""): 1000,
        ("synaptic_event", ""): 50,
        ("neuron_update", ""): 60,
    }


def test_loading_by_hand() -> None:
    topology = spinn5_boards(3)
    found = counts(Housing(), topology)[Phase.LOADING]
    assert found["chip", "in use"] == 40 * 4 * PS
    assert found["host", ""] == 4 * PS
    assert found["core_cycle", "generation"] == 3 * PS
    assert found["core_asleep", ""] == topology.n_cores * 4 * PS - 3 * PS
    assert found["sdram_byte", ""] == 7000
    assert found["frame_place_active", ""] == found["frame_place", ""] == 3 * 4 * PS


def test_phases_come_in_order_and_the_host_is_in_those_without_network() -> None:
    found = counts(Housing(), spinn5_boards(3), Phase.RUNNING, Phase.WARMUP)
    assert list(found) == list(Phase)
    with_host = [phase for phase, table in found.items() if ("host", "") in table]
    assert with_host == [Phase.MAPPING, Phase.GENERATION, Phase.LOADING, Phase.EXTRACTION]
    assert found[Phase.WARMUP] == found[Phase.RUNNING]
    assert Phase.WARMUP not in counts(Housing(), spinn5_boards(3))


def test_boards_that_are_switched_on_late_draw_nothing_before() -> None:
    housing = Housing(powered_from="loading")
    found = counts(housing, spinn5_boards(3))
    early = {action for p in (Phase.MAPPING, Phase.GENERATION) for action, _ in found[p]}
    assert early == {"frame_place", "host"}
    assert found[Phase.LOADING] == counts(Housing(), spinn5_boards(3))[Phase.LOADING]


@pytest.mark.parametrize("phase", list(Phase))
def test_a_single_board_sits_in_a_box(phase: Phase) -> None:
    found = counts(Housing(), spinn5_boards(1), Phase.WARMUP, Phase.RUNNING)[phase]
    names = {action for action, _ in found}
    assert found["box", ""] == found["board", ""]
    assert not names & {"frame_place", "frame_place_active"}


def test_no_enclosure_draws_nothing() -> None:
    bare = counts(Housing(enclosure="none"), spinn5_boards(3))[Phase.RUNNING]
    framed = counts(Housing(), spinn5_boards(3))[Phase.RUNNING]
    assert set(framed.items()) - set(bare.items()) == {
        (("frame_place", ""), 3 * 2 * PS),
        (("frame_place_active", ""), 3 * 2 * PS),
    }


def test_boards_of_machines_that_are_not_made_of_boards() -> None:
    machine = MachineSpec(name="m")
    topology = mesh(10, 10)
    assert n_boards_on(machine, topology) == 3
    alone = replace(machine, housing=Housing(chips_per_board=0, enclosure="none"))
    assert n_boards_on(alone, topology) == 0
    assert n_boards_on(machine, spinn5_boards(6)) == 6
    dead = [(x, 0) for x in range(4)] + [(x, 1) for x in range(6)]
    damaged = [(x, y) for x, y in dead if (x, y) != (0, 0)]
    assert n_boards_on(machine, spinn5_boards(3, dead_chips=damaged)) == 3
