"""From counters to losses, margins and tables, each figure by hand."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from chipemu.counters import CoreCounter
from chipemu.timed_recording import TimedRecording
from host.countertables import core_table, router_table
from host.results import plain
from host.timing import all_losses, core_names, count_packets, stretch_names, summarise_timing
from host.timingtables import timing_tables, verdict
from mapping.graph import Role
from router.events import Fate
from tests.host import timed_stubs as stubs

PERIOD_PS = 100_000_000


@pytest.fixture(scope="module")
def parts():
    return stubs.mapped()


def timed_of(parts, change=lambda counts: None, warmup=0, **kwargs):
    """Recording of 10 steps whose last stretch has the counters that `change` makes."""
    _, machine, mapped = parts
    n_chips = machine.topology.n_chips
    in_flight = kwargs.pop("in_flight", 0)
    last = stubs.idle_counts(mapped.graph.n_vertices)
    change(last)
    stretches = [stubs.stretch(warmup, 10, last, n_chips, **kwargs)]
    if warmup:
        first = stubs.idle_counts(mapped.graph.n_vertices)
        first[0, CoreCounter.FLUSHED] = 3
        stretches.insert(0, stubs.stretch(0, warmup, first, n_chips))
    recording = stubs.silent(10, 29, saturated=2)
    return TimedRecording(
        recording=recording,
        stretches=tuple(stretches),
        n_packets=0,
        in_flight=np.zeros(in_flight, np.int64),
        unprocessed=4,
        saturated=int(recording.saturated.sum()),
    )


def timing_of(parts, change=lambda counts: None, **kwargs):
    return summarised(parts, timed_of(parts, change, **kwargs))


def summarised(parts, timed):
    spec, machine, mapped = parts
    names = core_names(spec, mapped, machine.topology)
    return summarise_timing(timed, mapped.graph, names, period_ps=PERIOD_PS)


# losses


def test_idle_cores_lose_nothing(parts):
    run = timing_of(parts).stretches["run"]
    assert run.is_loss_free
    assert run.losses.total == 0
    assert timing_of(parts).undelivered == 0


@pytest.mark.parametrize(
    ("counter", "cause"),
    [
        (CoreCounter.BUFFER_LOST, "buffer_overflow"),
        (CoreCounter.FLUSHED, "flushed"),
        (CoreCounter.LATE, "late"),
        (CoreCounter.SKIPPED, "skipped_synapses"),
        (CoreCounter.TRANSFERS_MISSED, "missed_transfers"),
        (CoreCounter.SKIPPED_STEPS, "skipped_steps"),
    ],
)
def test_each_counter_is_a_cause_of_loss(parts, counter, cause):
    def change(counts):
        counts[2:4, counter] = 3

    timing = timing_of(parts, change)
    run = timing.stretches["run"]
    assert not run.is_loss_free
    assert getattr(run.losses, cause) == run.losses.total == 6
    assert {name: n for name, n in all_losses(timing).items() if n} == {cause: 6}


def test_overruns_are_no_loss(parts):
    def change(counts):
        counts[0, CoreCounter.OVERRUNS] = 7

    run = timing_of(parts, change).stretches["run"]
    assert run.is_loss_free
    assert run.losses.overruns == 7


def test_copies_that_routers_drop_by_fate(parts):
    fates = {Fate.DROPPED: 5, Fate.MISSED: 2, Fate.HELD: 100, Fate.BLOCKED: 100}
    run = timing_of(parts, fates=fates).stretches["run"]
    assert run.losses.router_dropped == 7
    assert {fate: n for fate, n in run.dropped.items() if n} == {"dropped": 5, "missed": 2}


def test_undelivered_is_what_the_receivers_of_the_packets_sent_did_not_take(parts):
    graph = parts[2].graph
    net = 0
    n_targets = len(graph.targets_of(net))
    assert n_targets > 1

    def change(counts):
        counts[graph.net_vertex[net], CoreCounter.SENT] = 10
        counts[graph.targets_of(net), CoreCounter.PACKETS] = 9

    assert timing_of(parts, change).undelivered == n_targets
    timing = timing_of(parts, change, in_flight=1)
    assert timing.undelivered == n_targets - 1
    run = timing.stretches["run"]
    assert (run.packets_sent, run.packets_received) == (10, 9 * n_targets)


def test_packets_under_way_between_stretches_are_not_undelivered(parts):
    """Sent in the warm-up, taken in the run."""
    graph = parts[2].graph
    before = timed_of(parts, warmup=2)
    before.stretches[0].cores[graph.net_vertex[0], CoreCounter.SENT] = 1
    before.stretches[1].cores[graph.targets_of(0), CoreCounter.PACKETS] = 1
    assert summarised(parts, before).undelivered == 0


def test_stretches_are_told_apart_and_added_up(parts):
    def change(counts):
        counts[0, CoreCounter.FLUSHED] = 4

    timing = timing_of(parts, change, warmup=2)
    assert list(timing.stretches) == ["warmup", "run"]
    warmup, run = timing.stretches.values()
    assert (warmup.losses.flushed, run.losses.flushed) == (3, 4)
    assert (warmup.first_step, warmup.stop_step, run.first_step, run.stop_step) == (0, 2, 2, 10)
    assert all_losses(timing)["flushed"] == 7


def test_figures_of_the_whole_run(parts):
    timing = timing_of(parts, in_flight=3)
    assert (timing.saturated, timing.unprocessed, timing.in_flight) == (2 * 29, 4, 3)
    assert timing.step_us == 100.0


# margins


def with_slacks(graph, role, smallest_us, mean_us):
    """Give the cores of a role these slacks, over ten steps."""

    def change(counts):
        which = np.flatnonzero(graph.role == role)[: len(smallest_us)]
        counts[which, CoreCounter.N_SLACKS] = 10
        counts[which, CoreCounter.MIN_SLACK_PS] = np.array(smallest_us) * 10**6
        counts[which, CoreCounter.SUM_SLACK_PS] = 10 * np.array(mean_us) * 10**6

    return change


def test_margins_of_a_role(parts):
    graph = parts[2].graph
    neuron = np.flatnonzero(graph.role == Role.NEURON)
    change = with_slacks(graph, Role.NEURON, [30, -5, 20, 40, 25], [50, 40, 60, 70, 80])
    margins = timing_of(parts, change).stretches["run"].margins["neuron"]
    assert margins.n_cores == len(neuron) == 5
    assert margins.smallest_us == -5.0
    smallest, mean = margins.smallest_of_core_us, margins.mean_of_core_us
    assert (smallest["p0"], smallest["p50"], smallest["p100"]) == (-5.0, 25.0, 40.0)
    assert (mean["p0"], mean["p50"], mean["p100"]) == (40.0, 60.0, 80.0)
    assert margins.smallest_of_core_share["p50"] == 0.25
    assert margins.mean_of_core_share["p100"] == 0.8


def test_worst_core_is_named(parts):
    _, machine, mapped = parts
    graph = mapped.graph
    worst = np.flatnonzero(graph.role == Role.SYNAPSE)[3]
    change = with_slacks(graph, Role.SYNAPSE, [30, 9, 20, 4], [50] * 4)
    name = timing_of(parts, change).stretches["run"].margins["synapse"].worst_core
    x, y = machine.topology.xy[mapped.placement.chip[worst]]
    core = mapped.placement.core[worst]
    assert name == f"A[8:16] synapse core 1 on chip ({x}, {y}) core {core}"


def test_roles_that_no_core_has_are_left_out(parts):
    margins = timing_of(parts).stretches["run"].margins
    assert list(margins) == ["neuron", "synapse", "poisson"]


def test_cores_without_deadline_have_no_margin(parts):
    margins = timing_of(parts).stretches["run"].margins["neuron"]
    assert (margins.smallest_us, margins.worst_core, margins.mean_of_core_us) == (None, None, {})


def test_busy_share_is_of_the_time_of_the_stretch(parts):
    graph = parts[2].graph

    def change(counts):
        neuron = np.flatnonzero(graph.role == Role.NEURON)
        counts[neuron[0], CoreCounter.BUSY_PS] = 8 * PERIOD_PS // 2
        counts[neuron[1], CoreCounter.MAX_BUSY_PS] = 70 * 10**6

    margins = timing_of(parts, change, warmup=2).stretches["run"].margins["neuron"]
    assert (margins.busy_mean, margins.busy_max) == (0.1, 0.5)
    assert margins.busiest_step_us == 70.0


# packets


def test_packets_are_those_of_the_last_stretch(parts):
    def change(counts):
        counts[0, CoreCounter.SENT] = 5
        counts[1:3, CoreCounter.PACKETS] = (7, 9)

    timed = timed_of(parts, change, warmup=2, local_multicast=5, external_multicast=30)
    assert count_packets(timed) == (5, 16, 9, 35)


# tables


def test_names_of_stretches(parts):
    assert stretch_names(timed_of(parts)) == ["run"]
    assert stretch_names(timed_of(parts, warmup=1)) == ["warmup", "run"]


def test_table_of_cores(parts):
    spec, machine, mapped = parts
    names = core_names(spec, mapped, machine.topology)

    def change(counts):
        counts[1, CoreCounter.MIN_SLACK_PS] = -1
        counts[1, CoreCounter.FLUSHED] = 6

    table = core_table(timed_of(parts, change, warmup=2), mapped.graph, names)
    n_cores = mapped.graph.n_vertices
    assert table.columns["stretch"] == ("warmup",) * n_cores + ("run",) * n_cores
    assert table.columns["population"][:n_cores] == table.columns["population"][n_cores:]
    assert table.columns["flushed"][n_cores : n_cores + 2] == (0, 6)
    assert table.columns["Earliest_send_time"][0] is None
    assert table.columns["Latest_Send_time"][0] is None
    assert table.columns["min_slack_ps"][n_cores : n_cores + 2] == (None, -1)
    assert table.columns["wall_ps"] == (2 * PERIOD_PS,) * n_cores + (8 * PERIOD_PS,) * n_cores
    assert len(table.columns) == 9 + len(CoreCounter)


def test_table_of_routers(parts):
    topology = parts[1].topology
    timed = timed_of(parts, dropped_multicast=4)
    table = router_table(timed, topology)
    assert table.columns["Dropped_Multicast_Packets"] == (4, *[0] * (topology.n_chips - 1))
    assert [name for name in table.columns if name.startswith("delayed_")][-1] == "delayed_15"


def shown(timing):
    console = Console(width=200, file=io.StringIO(), markup=False)
    console.print(timing_tables(timing))
    return console.file.getvalue()


def test_tables_for_people(parts):
    graph = parts[2].graph
    change = with_slacks(graph, Role.NEURON, [30, 5, 20, 40, 25], [50] * 5)
    text = shown(timing_of(parts, change, warmup=2, fates={Fate.DROPPED: 1234}))
    rows = [line.split() for line in text.splitlines()]
    assert ["lost", "or", "late", "warm-up", "run"] in rows
    assert ["flushed", "3", "0"] in rows
    assert ["of", "router", "dropped:", "dropped", "0", "1,234"] in rows
    assert ["saturated", "slots", "(whole", "run)", "58"] in rows
    assert ["neuron", "5", "5.0", "8.0", "50.0", "0%", "0%"] in rows
    assert "tightest: A[8:16] neuron core" in text
    assert "NOT loss-free: 1,234 router dropped" in text


def test_undelivered_is_shown_for_the_whole_run(parts):
    graph = parts[2].graph

    def change(counts):
        counts[graph.net_vertex[0], CoreCounter.SENT] = 1

    lines = shown(timing_of(parts, change, warmup=2)).splitlines()
    (line,) = [line for line in lines if line.startswith("undelivered")]
    assert line.split()[-1] == str(len(graph.targets_of(0)))


@pytest.mark.parametrize(
    ("slack_us", "overruns", "warmup", "said"),
    [
        (
            5,
            0,
            0,
            "loss-free: every spike was processed in its step; 5.0 us to spare at the tightest",
        ),
        (
            -5,
            2,
            0,
            (
                "nothing lost or late, but 2 updates began late; the tightest core ended 5.0 us "
                "past its deadline"
            ),
        ),
        (
            5,
            0,
            2,
            "loss-free after the warm-up, which had 3 flushed; 5.0 us to spare at the tightest",
        ),
        (
            5,
            1,
            2,
            (
                "nothing lost or late after the warm-up, which had 3 flushed, but 1 update began "
                "late; 5.0 us to spare at the tightest"
            ),
        ),
    ],
)
def test_verdict(parts, slack_us, overruns, warmup, said):
    graph = parts[2].graph

    def change(counts):
        with_slacks(graph, Role.NEURON, [slack_us], [50])(counts)
        counts[0, CoreCounter.OVERRUNS] = overruns

    assert verdict(timing_of(parts, change, warmup=warmup)) == said


def test_timing_is_plain_json(parts):
    account = json.loads(json.dumps(plain(timing_of(parts, warmup=2)), allow_nan=False))
    assert account["stretches"]["warmup"]["losses"]["flushed"] == 3
    assert replace(timing_of(parts), unprocessed=0).unprocessed == 0
