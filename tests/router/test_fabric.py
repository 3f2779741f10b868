"""The fabric by hand: every time expected here is plain arithmetic on `FabricParams`."""

from collections import Counter

import numpy as np
import pytest

from router import Link, RoutingTable, RoutingTables, mesh, spinn5_boards
from router.compiled import CompiledFabric
from router.counters import CoreCounter, RouterCounter
from router.errors import FabricError
from router.events import Fate, TraceFilter, TraceKind
from router.fabric import Fabric
from router.interface import NEVER
from router.lanes import lanes
from router.packets import CORES_PER_CHIP, SendPolicy, Sends
from router.params import FabricParams

FABRICS = [Fabric, CompiledFabric]

ALL = 0xFFFFFFFF
LONG = 10**9
E, NE, N, W, SW, S = (1 << link for link in Link)
PARAMS = FabricParams()
CYCLE = PARAMS.router_cycle_ps
SUBMIT = PARAMS.core_link_packet_ps + PARAMS.pipeline_ps
HOP = PARAMS.link_packet_ps + PARAMS.link_latency_ps + PARAMS.pipeline_ps
INTO_CORE = PARAMS.core_link_packet_ps


@pytest.fixture(params=FABRICS)
def make(request):
    """Makes a fabric from tables written as ``{(x, y): {key: route}}``."""

    def made(topology, routes, params=PARAMS, **options):
        tables = [table(routes.get(tuple(position), {})) for position in topology.xy.tolist()]
        return request.param(topology, RoutingTables.join(tables), params, **options)

    return made


def table(routes):
    keys, values = np.array(list(routes), np.uint32), np.array(list(routes.values()), np.uint32)
    return RoutingTable(keys, np.full(len(keys), ALL, np.uint32), values)


def to(*cores):
    return sum(1 << 6 + core for core in cores)


def at(topology, x, y, core=0):
    return CORES_PER_CHIP * topology.chip(x, y) + core


def send(fabric, *packets):
    """Each packet is (time, core, key)."""
    times, cores, keys = zip(*packets, strict=True)
    fabric.send(Sends.sort(times, cores, keys))


def never(topology, *cores):
    times = np.full(CORES_PER_CHIP * topology.n_chips, PARAMS.receive_ps)
    times[list(cores)] = NEVER
    return times


def delivered(activity):
    found = activity.deliveries.by_time()
    return list(
        zip(found.packet.tolist(), found.core.tolist(), found.time_ps.tolist(), strict=True)
    )


def lost(activity):
    found = activity.losses
    columns = (found.packet, found.chip, found.fate, found.time_ps)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def count(fabric, chip, name):
    return fabric.counters().router[chip, RouterCounter[name]]


def count_core(fabric, core, name):
    return fabric.counters().core[core, CoreCounter[name]]


def sum_of(fabric, name):
    return fabric.counters().router[:, RouterCounter[name]].sum()


def delays(fabric, chip):
    """Bins of the delay histogram that are not 0."""
    bins = fabric.counters().router[chip, RouterCounter.DELAYED :]
    return {int(b): int(bins[b]) for b in np.flatnonzero(bins)}


def lines(activity):
    found = activity.trace
    columns = (found.kind, found.place, found.packet, found.start_ps, found.end_ps)
    return list(zip(*(column.tolist() for column in columns), strict=True))


# One packet on an idle machine


def test_from_core_to_core_of_one_chip(make):
    topology = mesh(1, 1)
    fabric = make(topology, {(0, 0): {7: to(3)}})
    send(fabric, (1000, 2, 7))
    activity = fabric.run(LONG)
    assert delivered(activity) == [(0, 3, 1000 + SUBMIT + INTO_CORE)]
    assert lost(activity) == []
    assert fabric.now_ps == LONG
    assert count(fabric, 0, "LOCAL_MULTICAST") == 1
    assert count(fabric, 0, "EXTERNAL_MULTICAST") == 0
    assert count(fabric, 0, "BUSY_CYCLES") == 1
    assert count(fabric, 0, "UNDELAYED") == 1
    assert count_core(fabric, 2, "SENT") == 1
    assert count_core(fabric, 3, "RECEIVED") == 1
    assert fabric.copies().tolist() == [1]
    assert fabric.in_flight().tolist() == []


def test_what_happens_at_the_end_of_a_run_belongs_to_the_next(make):
    fabric = make(mesh(1, 1), {(0, 0): {7: to(3)}})
    send(fabric, (0, 2, 7))
    arrival = SUBMIT + INTO_CORE
    assert delivered(fabric.run(arrival)) == []
    assert fabric.in_flight().tolist() == [0]
    assert delivered(fabric.run(arrival)) == []
    assert delivered(fabric.run(arrival + 1)) == [(0, 3, arrival)]


def test_nothing_happens_in_an_empty_fabric(make):
    fabric = make(mesh(1, 1), {})
    activity = fabric.run(5)
    assert fabric.now_ps == 5
    assert (len(activity.deliveries), len(activity.losses), len(activity.trace)) == (0, 0, 0)
    assert fabric.copies().shape == fabric.in_flight().shape == fabric.backlog().shape == (0,)
    assert fabric.stalls() == []


@pytest.mark.parametrize("link", Link)
def test_one_hop(make, link):
    topology = mesh(3, 3)
    x, y = (np.array([1, 1]) + [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)][link]).tolist()
    fabric = make(topology, {(1, 1): {7: 1 << link}, (x, y): {7: to(0)}})
    send(fabric, (0, at(topology, 1, 1), 7))
    assert delivered(fabric.run(LONG)) == [(0, at(topology, x, y), SUBMIT + HOP + INTO_CORE)]
    assert count(fabric, topology.chip(x, y), "EXTERNAL_MULTICAST") == 1
    assert fabric.counters().link[topology.chip(1, 1), link].tolist() == [1, 0]
    assert fabric.counters().link.sum() == 1


def test_a_payload_makes_every_stretch_longer(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {7: E}, (1, 0): {7: to(0)}})
    fabric.send(Sends.sort([0], [0], [7], [True]))
    p = PARAMS
    arrival = (
        p.core_link_payload_packet_ps
        + p.pipeline_ps
        + p.link_payload_packet_ps
        + p.link_latency_ps
        + p.pipeline_ps
        + p.core_link_payload_packet_ps
    )
    assert delivered(fabric.run(LONG)) == [(0, at(topology, 1, 0), arrival)]
    assert fabric.counters().link[0, Link.E].tolist() == [0, 1]


@pytest.mark.parametrize("has_payload", [False, True])
def test_across_boards(make, has_payload):
    topology = spinn5_boards(3)
    chip, link = np.argwhere(topology.is_board_crossing)[0].tolist()
    there = int(topology.neighbours[chip, link])
    routes = {
        tuple(topology.xy[chip].tolist()): {7: 1 << link},
        tuple(topology.xy[there].tolist()): {7: to(0)},
    }
    fabric = make(topology, routes)
    fabric.send(Sends.sort([0], [CORES_PER_CHIP * chip], [7], [has_payload]))
    p = PARAMS
    packet = (p.core_link_packet_ps, p.core_link_payload_packet_ps)[has_payload]
    board = (p.board_link_packet_ps, p.board_link_payload_packet_ps)[has_payload]
    lane = (p.lane_packet_ps, p.lane_payload_packet_ps)[has_payload]
    arrival = packet + p.pipeline_ps + board + lane + p.board_latency_ps + p.pipeline_ps + packet
    assert delivered(fabric.run(LONG)) == [(0, CORES_PER_CHIP * there, arrival)]


def test_multicast(make):
    topology = mesh(3, 1)
    routes = {(1, 0): {7: E | W | to(1, 2)}, (0, 0): {7: to(5)}, (2, 0): {7: to(6, 7)}}
    fabric = make(topology, routes)
    send(fabric, (0, at(topology, 1, 0), 7))
    near, far = SUBMIT + INTO_CORE, SUBMIT + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 1), near),
        (0, at(topology, 1, 0, 2), near),
        (0, at(topology, 0, 0, 5), far),
        (0, at(topology, 2, 0, 6), far),
        (0, at(topology, 2, 0, 7), far),
    ]
    assert fabric.copies().tolist() == [5]


def test_a_packet_that_no_entry_matches_goes_straight_on(make):
    topology = mesh(3, 3)
    fabric = make(topology, {(0, 0): {7: NE}, (1, 1): {8: E}, (2, 2): {7: to(0)}})
    send(fabric, (0, 0, 7))
    assert delivered(fabric.run(LONG)) == [(0, at(topology, 2, 2), SUBMIT + 2 * HOP + INTO_CORE)]
    assert sum_of(fabric, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1
    assert count(fabric, topology.chip(1, 1), "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1


def test_packets_that_lead_nowhere(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {7: 0, 8: E}, (1, 0): {8: 0}})
    send(fabric, (0, 0, 6), (1, 1, 7), (2, 2, 8))
    activity = fabric.run(LONG)
    assert lost(activity) == [
        (0, 0, Fate.UNROUTED, SUBMIT),
        (1, 0, Fate.NO_OUTPUT, SUBMIT + CYCLE),
        (2, 1, Fate.NO_OUTPUT, SUBMIT + 2 * CYCLE + HOP),
    ]
    assert activity.losses.outputs.tolist() == [0, 0, 0]
    assert count(fabric, 0, "DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION") == 1
    assert fabric.counters().router[:, RouterCounter.NO_OUTPUT].tolist() == [1, 1]
    assert sum_of(fabric, "DROPPED_MULTICAST") == 0
    assert count(fabric, 0, "BUSY_CYCLES") == 1  # only the packet that went on


# Waiting


def test_the_second_packet_waits_for_the_link(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {1: E, 2: E}, (1, 0): {1: to(1), 2: to(2)}})
    send(fabric, (0, 0, 1), (0, 1, 2))
    first = SUBMIT + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 1), first),
        (1, at(topology, 1, 0, 2), first + PARAMS.link_packet_ps),
    ]
    assert count(fabric, 0, "UNDELAYED") == 2  # it waited in the buffer, not in the router


def test_a_busy_core_is_ready_after_its_receive_time(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(9)}})
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 1))
    first = SUBMIT + INTO_CORE
    times = [time for _, _, time in delivered(fabric.run(LONG))]
    assert times == [first + n * PARAMS.receive_ps for n in range(3)]


def test_buffers_fill_up_to_the_sender(make):
    topology = mesh(2, 1)
    params = FabricParams(wait1_cycles=None)
    sink = at(topology, 1, 0, 0)
    fabric = make(
        topology,
        {(0, 0): {1: E}, (1, 0): {1: to(0)}},
        params,
        receive_ps=never(topology, sink),
    )
    send(fabric, *((0, core, 1) for core in range(12)))
    assert delivered(fabric.run(LONG)) == []
    taken_there = 2  # one in the receive register, one stalled
    begun = taken_there + params.input_packets
    taken_here = begun + params.output_packets + 1
    assert count(fabric, 1, "EXTERNAL_MULTICAST") == taken_there
    assert fabric.counters().link[0, Link.E].tolist() == [begun, 0]
    assert count(fabric, 0, "LOCAL_MULTICAST") == taken_here
    assert fabric.in_flight().tolist() == list(range(12))
    here, there = fabric.stalls()
    assert (here.chip, here.packet, here.outputs, here.blocked, here.full) == (0, 6, E, E, E)
    assert (there.chip, there.packet, there.outputs) == (1, 1, to(0))
    assert (there.blocked, there.full) == (to(0), 0)
    assert there.since_ps == SUBMIT + params.link_packet_ps + HOP


def test_a_link_that_sends_is_not_full_until_it_has_finished(make):
    topology = mesh(2, 1)
    params = FabricParams(wait1_cycles=None, output_packets=1)
    fabric = make(topology, {(0, 0): {1: E}, (1, 0): {1: to(0)}}, params)
    send(fabric, *((0, core, 1) for core in range(3)))
    fabric.run(SUBMIT + 3 * CYCLE)
    (stall,) = fabric.stalls()
    assert (stall.since_ps, stall.packet, stall.blocked, stall.full) == (
        SUBMIT + 2 * CYCLE,
        2,
        E,
        0,
    )


@pytest.mark.parametrize("wait1", [0, 1, 15, 46, 240, 480, 31 << 14])
def test_the_head_of_the_line_is_dropped_after_exactly_wait1(make, wait1):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=wait1)
    fabric = make(topology, {(0, 0): {1: to(5), 2: to(6)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 2))
    activity = fabric.run(10 * LONG)
    dropped = SUBMIT + CYCLE + wait1 * CYCLE
    assert lost(activity) == [(1, 0, Fate.DROPPED, dropped)]
    assert activity.losses.outputs.tolist() == [to(5)]
    assert delivered(activity) == [(2, 6, dropped + CYCLE + INTO_CORE)]
    assert fabric.in_flight().tolist() == [0]
    assert count(fabric, 0, "DROPPED_MULTICAST") == 1
    assert count(fabric, 0, "BUSY_CYCLES") == 1 + (1 + wait1) + 1
    assert count(fabric, 0, "UNDELAYED") == 2
    assert delays(fabric, 0) == {}


def test_without_a_time_out_the_head_of_the_line_stays(make):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=None, wait2_cycles=1)
    fabric = make(topology, {(0, 0): {1: to(5), 2: to(6)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 2))
    activity = fabric.run(10**12)
    assert (delivered(activity), lost(activity)) == ([], [])
    assert fabric.in_flight().tolist() == [0, 1, 2]
    (stall,) = fabric.stalls()
    assert (stall.since_ps, stall.packet) == (SUBMIT + CYCLE, 1)


@pytest.mark.parametrize(("early_ps", "attempt"), [(0, 10), (1, 9), (CYCLE - 1, 9), (CYCLE, 9)])
def test_a_stalled_packet_leaves_at_the_first_cycle_after_its_output_is_free(
    make, early_ps, attempt
):
    params = FabricParams(core_link_packet_ps=10 * CYCLE - early_ps)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1))
    fabric.run(LONG)
    assert count(fabric, 0, "BUSY_CYCLES") == 1 + (1 + attempt)
    assert delays(fabric, 0) == {attempt >> 4: 1}


@pytest.mark.parametrize(("wait1", "fate"), [(9, [Fate.DROPPED]), (10, [])])
def test_a_packet_taken_at_the_very_time_of_the_last_attempt_is_too_late(make, wait1, fate):
    # The packet is taken one cycle after the one before, whose core takes it after ten.
    params = FabricParams(core_link_packet_ps=10 * CYCLE, wait1_cycles=wait1)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1))
    activity = fabric.run(LONG)
    assert activity.losses.fate.tolist() == fate
    assert delays(fabric, 0) == ({} if fate else {10: 1})


@pytest.mark.parametrize(("receive_cycles", "delay_bin"), [(20, 1), (100, 6), (235, 14)])
def test_delays_are_counted_in_units_of_the_wait(make, receive_cycles, delay_bin):
    params = FabricParams(wait1_cycles=240, receive_ps=receive_cycles * CYCLE)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 1))
    fabric.run(LONG)
    # The third is taken when the second has left, and leaves when that has been received.
    received = [SUBMIT + INTO_CORE + n * params.receive_ps for n in range(2)]
    second = SUBMIT + CYCLE
    k = (received[0] - second) // CYCLE + 1
    third = second + (k + 1) * CYCLE
    k3 = (received[1] - third) // CYCLE + 1
    assert k3 >> 4 == delay_bin
    assert delays(fabric, 0) == Counter([k >> 4, k3 >> 4])


def test_inputs_are_served_round_robin(make):
    topology = mesh(3, 1)
    params = FabricParams(wait1_cycles=None)
    middle, east = topology.chip(1, 0), topology.chip(2, 0)
    routes = {(0, 0): {1: E}, (2, 0): {2: W}, (1, 0): dict.fromkeys((1, 2, 3, 4, 5), to(0))}
    fabric = make(topology, routes, params)
    local = [(0, CORES_PER_CHIP * middle + core, 2 + core) for core in (1, 2, 3)]
    packets = [(0, 0, 1), (0, CORES_PER_CHIP * east, 2), *local]
    sends = Sends.sort(*zip(*(packets * 30), strict=True))
    fabric.send(sends)
    received = sends.key[fabric.run(LONG).deliveries.packet].tolist()
    settled = received[20:80]  # all inputs wait from here on
    ports = [min(key, 3) for key in settled]  # west, east, cores
    assert ports[:3] in ([1, 3, 2], [3, 2, 1], [2, 1, 3])  # east, west, cores, and so on
    assert ports == ports[:3] * 20
    cores = [key for key in settled if key >= 3]
    assert sorted(cores[:3]) == [3, 4, 5]
    assert cores == [3 + (cores[0] - 3 + n) % 3 for n in range(20)]


def test_packets_that_wait_are_taken_one_a_cycle(make):
    fabric = make(mesh(1, 1), {(0, 0): {core: to(core) for core in range(18)}})
    send(fabric, *((0, core, core) for core in range(18)))
    expected = [(core, core, SUBMIT + core * CYCLE + INTO_CORE) for core in range(18)]
    assert delivered(fabric.run(LONG)) == expected


# Cores that send


def test_wait_policy_keeps_packets_for_later(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(1), 2: to(2), 3: to(3)}})
    send(fabric, (0, 0, 1), (10, 0, 2), (20, 0, 3), (LONG, 0, 1))
    fabric.run(21)
    assert fabric.backlog().tolist() == [1, 2, 3]
    assert fabric.copies().tolist() == [1, 0, 0, 0]
    activity = fabric.run(LONG)
    assert delivered(activity) == [(n, n + 1, (n + 1) * SUBMIT + INTO_CORE) for n in range(3)]
    assert count_core(fabric, 0, "SENT") == 3
    assert count_core(fabric, 0, "WAITED_PS") == (SUBMIT - 10) + (2 * SUBMIT - 20)
    assert count_core(fabric, 0, "BLOCKED") == 0
    assert fabric.backlog().tolist() == [3]


def test_skip_policy_gives_packets_up(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(1)}}, policy=SendPolicy.SKIP)
    # The router takes the first before the fourth is written: SUBMIT comes before SEND.
    send(fabric, (0, 0, 1), (1, 0, 1), (SUBMIT - 1, 0, 1), (SUBMIT, 0, 1))
    activity = fabric.run(LONG)
    assert [packet for packet, _, _ in delivered(activity)] == [0, 3]
    assert lost(activity) == [(1, 0, Fate.BLOCKED, 1), (2, 0, Fate.BLOCKED, SUBMIT - 1)]
    assert activity.losses.outputs.tolist() == [0, 0]
    assert count_core(fabric, 0, "SENT") == 2
    assert count_core(fabric, 0, "BLOCKED") == 2
    assert fabric.copies().tolist() == [1, 0, 0, 1]
    assert fabric.backlog().tolist() == []


def test_packets_that_cannot_be_sent_are_refused(make):
    topology = mesh(2, 1, dead_cores=[(1, 0, 3)])
    fabric = make(topology, {(0, 0): {1: to(0)}}, FabricParams(is_reinjecting=True))
    with pytest.raises(FabricError, match=r"core 17 of chip 1 \(number 35\).* does not exist"):
        send(fabric, (0, 35, 1))
    with pytest.raises(FabricError, match="does not exist"):
        send(fabric, (0, 36, 1))
    with pytest.raises(
        FabricError, match=r"core 17 of chip 0 .* is to send, but is the reinjector's"
    ):
        send(fabric, (0, 17, 1))
    send(fabric, (100, 0, 1))
    with pytest.raises(FabricError, match="sent at 99 ps, but the fabric has come to 100 ps"):
        send(fabric, (99, 2, 1))
    fabric.run(1000)
    with pytest.raises(FabricError, match="sent at 999 ps, but the fabric has come to 1000 ps"):
        send(fabric, (999, 2, 1))
    with pytest.raises(FabricError, match="cannot run up to 999 ps"):
        fabric.run(999)
    send(fabric, (1000, 2, 1))
    assert fabric.copies().tolist() == [1, 0]
    assert len(delivered(fabric.run(LONG))) == 2


def test_without_reinjection_every_core_may_send(make):
    fabric = make(mesh(1, 1, cores=2), {(0, 0): {1: to(0)}})
    send(fabric, (0, 1, 1))
    assert len(delivered(fabric.run(LONG))) == 1


@pytest.mark.parametrize(
    ("receive_ps", "message"),
    [(np.zeros(17, np.int64), "shape"), (np.full(18, -2), "at least 0, or -1 for never, got -2")],
)
def test_receive_times_are_checked(make, receive_ps, message):
    with pytest.raises(FabricError, match=message):
        make(mesh(1, 1), {}, receive_ps=receive_ps)


@pytest.mark.parametrize("fabric_class", FABRICS)
def test_every_chip_needs_a_table(fabric_class):
    with pytest.raises(FabricError, match="1 routing tables given for 2 chips"):
        fabric_class(mesh(2, 1), RoutingTables.join([table({})]), PARAMS)


# Drops


def test_only_the_first_drop_fills_the_register(make):
    topology = mesh(1, 1, cores=4)
    params = FabricParams(wait1_cycles=0)
    fabric = make(topology, {(0, 0): {1: N | to(7), 2: S}}, params)  # there is no core 7, no link
    send(fabric, (0, 0, 1), (0, 1, 2), (0, 2, 2))
    activity = fabric.run(LONG)
    expected = [(n, 0, Fate.DROPPED, SUBMIT + n * CYCLE) for n in range(3)]
    assert lost(activity) == expected
    assert activity.losses.outputs.tolist() == [N | to(7), S, S]
    assert count(fabric, 0, "DROPPED_MULTICAST") == 3
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 0  # nobody reads the register
    assert fabric.in_flight().tolist() == []


def test_blocked_outputs_stick_to_the_drop_register(make):
    params = FabricParams(
        wait1_cycles=0, is_reinjecting=True, dump_interrupt_ps=10 * CYCLE, reinject_tick_ps=LONG
    )
    fabric = make(mesh(1, 1, cores=4), {(0, 0): {1: N | to(7), 2: S}}, params)
    send(fabric, (0, 0, 1), (0, 1, 2), (0, 2, 2))
    fabric.run(SUBMIT + 9 * CYCLE)
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 0
    fabric.run(SUBMIT + 11 * CYCLE)
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 2  # N and S, though only the first was kept
    assert count(fabric, 0, "DUMPED_FROM_A_PROCESSOR") == 1


def test_a_multicast_packet_is_dropped_as_a_whole(make):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=0)
    fabric = make(
        topology, {(0, 0): {1: to(5, 6), 2: to(6)}}, params, receive_ps=never(topology, 5)
    )
    send(fabric, (0, 0, 1), (LONG, 1, 1), (LONG, 2, 2))
    activity = fabric.run(2 * LONG)
    assert [(packet, core) for packet, core, _ in delivered(activity)] == [(0, 6), (2, 6)]
    assert [packet for packet, *_ in lost(activity)] == [1]
    assert fabric.copies().tolist() == [2, 1, 1]


def test_a_packet_that_circles_grows_too_old(make):
    params = FabricParams(phase_ps=10 * HOP)
    topology = mesh(3, 1, wrap=True)
    fabric = make(topology, {(0, 0): {1: E}}, params)
    start = 3 * HOP
    send(fabric, (start, 0, 1))
    launched = start + SUBMIT
    n_hops = next(
        n
        for n in range(100)
        if (launched + n * HOP) // params.phase_ps - launched // params.phase_ps == 2
    )
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, n_hops % 3, Fate.AGED, launched + n_hops * HOP)]
    assert activity.losses.outputs.tolist() == [0]
    assert sum_of(fabric, "TIME_PHASE_ERRORS") == 1
    assert fabric.counters().link.sum() == n_hops


# Emergency routing

ROUND = FabricParams(wait1_cycles=15, wait2_cycles=15)


@pytest.mark.parametrize("is_recognised", [False, True])
def test_a_packet_goes_around_a_dead_link(make, is_recognised):
    topology = mesh(4, 3, dead_links=[(1, 1, Link.E)])
    # Nothing is looked up at (1, 0), through which the packet goes.
    routes = {(1, 1): {1: E}, (1, 0): {1: to(8)}, (3, 1): {1: to(0)}}
    if is_recognised:
        routes[2, 1] = {1: to(9)}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    target = at(topology, 2, 1, 9) if is_recognised else at(topology, 3, 1, 0)
    n_hops = 2 if is_recognised else 3
    diverted = SUBMIT + 16 * CYCLE
    assert delivered(fabric.run(LONG)) == [(0, target, diverted + n_hops * HOP + INTO_CORE)]
    chip = topology.chip(1, 1)
    assert sum_of(fabric, "EMERGENCY_ROUTED") == count(fabric, chip, "EMERGENCY_ROUTED") == 1
    assert count(fabric, chip, "BUSY_CYCLES") == 17
    assert delays(fabric, chip) == {15: 1}  # 15 cycles are encoded with exponent 0
    assert sum_of(fabric, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == (not is_recognised)
    assert fabric.counters().link[chip, Link.S].tolist() == [1, 0]
    assert fabric.counters().link[topology.chip(1, 0), Link.NE].tolist() == [1, 0]
    assert fabric.copies().tolist() == [1]


@pytest.mark.parametrize("link", Link)
def test_every_link_has_a_way_around(make, link):
    topology = mesh(5, 5, dead_links=[(2, 2, link)])
    x, y = (np.array([2, 2]) + [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)][link]).tolist()
    fabric = make(topology, {(2, 2): {1: 1 << link}, (x, y): {1: to(0)}}, ROUND)
    send(fabric, (0, at(topology, 2, 2), 1))
    arrival = SUBMIT + 16 * CYCLE + 2 * HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [(0, at(topology, x, y), arrival)]


@pytest.mark.parametrize("here_too", [0, NE])
def test_one_copy_is_both_diverted_and_normal(make, here_too):
    # At (1, 0), the copy that came by (1, 1) is a normal one and one that reverts.
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E)])
    routes = {(1, 1): {1: E | S}, (1, 0): {1: to(2) | here_too}, (2, 1): {1: to(3)}}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    arrival = SUBMIT + 16 * CYCLE + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 2), arrival),
        (0, at(topology, 2, 1, 3), arrival + HOP),
    ]
    assert fabric.copies().tolist() == [2]
    assert sum_of(fabric, "EMERGENCY_ROUTED") == 1
    assert fabric.counters().link[topology.chip(1, 1), Link.S].tolist() == [1, 0]
    assert fabric.counters().link[topology.chip(1, 0), Link.NE].tolist() == [1, 0]


def test_a_default_routed_copy_may_be_both_too(make):
    # Without an entry at (1, 1) the normal part goes straight on, south.
    topology = mesh(3, 3, dead_links=[(1, 2, Link.E)])
    routes = {(1, 2): {1: E | S}, (1, 0): {1: to(2)}, (2, 2): {1: to(3)}}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 2), 1))
    found = {(packet, core) for packet, core, _ in delivered(fabric.run(LONG))}
    assert found == {(0, at(topology, 1, 0, 2)), (0, at(topology, 2, 2, 3))}
    assert count(fabric, topology.chip(1, 1), "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1


def test_a_detour_that_is_blocked_as_well_does_not_help(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E), (1, 1, Link.S)])
    fabric = make(topology, {(1, 1): {1: E | N | to(0), 2: N}, (1, 2): {2: to(0)}}, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, topology.chip(1, 1), Fate.DROPPED, SUBMIT + 30 * CYCLE)]
    assert count(fabric, topology.chip(1, 1), "BUSY_CYCLES") == 31
    assert fabric.counters().link.sum() == 0


def test_a_core_has_no_detour(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E)])
    blocked = at(topology, 1, 1, 5)
    routes = {(1, 1): {1: E | to(5), 2: to(5)}}
    fabric = make(topology, routes, ROUND, receive_ps=never(topology, blocked))
    send(fabric, (0, at(topology, 1, 1), 2), (LONG, at(topology, 1, 1), 1))
    activity = fabric.run(2 * LONG)
    assert [packet for packet, *_ in lost(activity)] == [1]
    assert sum_of(fabric, "EMERGENCY_ROUTED") == 0


def test_a_packet_on_its_second_leg_is_not_diverted_again(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E), (1, 0, Link.NE)])
    fabric = make(topology, {(1, 1): {1: E}}, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    arrival = SUBMIT + 16 * CYCLE + HOP
    chip = topology.chip(1, 0)
    assert lost(fabric.run(LONG)) == [(0, chip, Fate.DROPPED, arrival + 30 * CYCLE)]


def test_the_detour_must_not_be_wanted_for_reverting(make):
    # At (1, 1) the packet reverts by NE, and its entry wants N, which is busy: its detour is NE.
    topology = mesh(3, 3, dead_links=[(1, 2, Link.E)])
    params = FabricParams(wait1_cycles=0, wait2_cycles=1, output_packets=1)
    routes = {(1, 2): {1: E | S, 2: to(1)}, (1, 1): {1: N, 2: N}, (2, 2): {1: to(3)}}
    fabric = make(topology, routes, params)
    arrival = SUBMIT + CYCLE + HOP
    middle = at(topology, 1, 1)
    local = [(arrival - SUBMIT - n * CYCLE, middle + core, 2) for n, core in ((5, 2), (4, 3))]
    send(fabric, (0, at(topology, 1, 2), 1), *local)
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, topology.chip(1, 1), Fate.DROPPED, arrival + CYCLE)]
    assert activity.losses.outputs.tolist() == [N | NE]
    assert [packet for packet, _, _ in delivered(activity)] == [1, 2]


@pytest.mark.parametrize("saturates_both", [False, True])
def test_the_link_itself_is_preferred_to_its_detour(make, saturates_both):
    topology = mesh(2, 2)
    params = FabricParams(output_packets=1, wait1_cycles=0, wait2_cycles=240)
    both = E | S if saturates_both else E
    routes = {
        (0, 1): {1: both, 2: both, 3: E},
        (0, 0): dict.fromkeys((1, 2), to(4)),
        (1, 1): {1: to(1), 2: to(2), 3: to(3)},
    }
    fabric = make(topology, routes, params)
    cores = [at(topology, 0, 1, core) for core in range(3)]
    send(fabric, *((0, core, 1 + n) for n, core in enumerate(cores)))
    found = {core: time for packet, core, time in delivered(fabric.run(LONG)) if packet == 2}
    stalled = SUBMIT + 2 * CYCLE
    free = SUBMIT + params.link_packet_ps  # the second packet leaves the buffers
    k = (free - stalled) // CYCLE + 1
    arrival = {
        True: free + params.link_packet_ps + HOP + INTO_CORE,  # in the buffer until then
        False: stalled + CYCLE + 2 * HOP + INTO_CORE,
    }[saturates_both]
    assert found == {at(topology, 1, 1, 3): arrival}
    assert sum_of(fabric, "EMERGENCY_ROUTED") == (not saturates_both)
    assert delays(fabric, topology.chip(0, 1)) == ({min(15, k): 1} if saturates_both else {1: 1})


def test_the_emergency_phase_may_last_for_ever(make):
    topology = mesh(2, 1, dead_links=[(0, 0, Link.E)])
    params = FabricParams(wait1_cycles=0, wait2_cycles=None)
    fabric = make(topology, {(0, 0): {1: E}}, params)
    send(fabric, (0, 0, 1))
    assert lost(fabric.run(10**12)) == []
    (stall,) = fabric.stalls()
    assert (stall.blocked, stall.full) == (E, 0)


# Reinjection

LAST = CORES_PER_CHIP - 1
"""The core that reinjects."""
AGAIN = FabricParams(is_reinjecting=True, wait1_cycles=0)


def next_tick(time_ps, params=AGAIN):
    tick = params.reinject_tick_ps
    return (time_ps // tick + 1) * tick


def test_a_dropped_packet_arrives_in_the_end(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, AGAIN, trace=TraceFilter())
    send(fabric, (0, 2, 1), (0, 3, 1))
    dropped = SUBMIT + CYCLE
    again = next_tick(dropped + AGAIN.dump_interrupt_ps)
    early = fabric.run(again)
    assert lost(early) == [(1, 0, Fate.HELD, dropped)]
    assert fabric.in_flight().tolist() == [1]
    late = fabric.run(LONG)
    assert delivered(early) == [(0, 5, SUBMIT + INTO_CORE)]
    assert delivered(late) == [(1, 5, again + SUBMIT + INTO_CORE)]
    assert lines(late) == [
        (TraceKind.SEND, LAST, 1, again, again + SUBMIT),
        (TraceKind.ROUTE, 0, 1, again + SUBMIT, again + SUBMIT),
        (TraceKind.RECEIVE, 5, 1, again + SUBMIT, again + SUBMIT + INTO_CORE),
    ]
    assert count(fabric, 0, "LOCAL_MULTICAST") == 3
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == count(fabric, 0, "REINJECTED") == 1
    assert count(fabric, 0, "MISSED_FOR_REINJECTION") == 0
    assert fabric.counters().core[:, CoreCounter.SENT].sum() == 2
    assert fabric.copies().tolist() == [1, 1]


def test_the_reinjector_needs_a_core_beside_the_monitor(make):
    fabric = make(
        mesh(1, 1, cores=1),
        {(0, 0): {1: E}},
        FabricParams(is_reinjecting=True, wait1_cycles=0),
    )
    send(fabric, (0, 0, 1))
    assert lost(fabric.run(LONG)) == [(0, 0, Fate.DROPPED, SUBMIT)]


def test_packets_dropped_before_the_register_is_empty_are_missed(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, AGAIN)
    send(fabric, *((0, core, 1) for core in (2, 3, 4, 5)))
    activity = fabric.run(LONG)
    assert lost(activity) == [
        (1, 0, Fate.HELD, SUBMIT + CYCLE),
        (2, 0, Fate.MISSED, SUBMIT + 2 * CYCLE),
        (3, 0, Fate.MISSED, SUBMIT + 3 * CYCLE),
    ]
    assert [packet for packet, _, _ in delivered(activity)] == [0, 1]
    assert count(fabric, 0, "MISSED_FOR_REINJECTION") == 1
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_PROCESSOR") == 1


def test_a_full_queue_loses_packets(make):
    params = FabricParams(
        is_reinjecting=True, wait1_cycles=0, reinject_queue=1, dump_interrupt_ps=CYCLE
    )
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 2, 1), (0, 3, 1), (2 * CYCLE, 4, 1))
    activity = fabric.run(LONG)
    # The register is emptied at the time at which the next packet is dropped, but after that.
    assert lost(activity) == [
        (1, 0, Fate.HELD, SUBMIT + CYCLE),
        (2, 0, Fate.MISSED, SUBMIT + 2 * CYCLE),
    ]
    send(fabric, *((LONG + time, core, 1) for time, core in ((0, 2), (0, 3), (3 * CYCLE, 4))))
    activity = fabric.run(2 * LONG)
    assert lost(activity) == [
        (4, 0, Fate.HELD, LONG + SUBMIT + CYCLE),
        (5, 0, Fate.HELD, LONG + SUBMIT + 3 * CYCLE),
        (5, 0, Fate.OVERFLOWED, LONG + SUBMIT + 4 * CYCLE),
    ]
    assert activity.losses.outputs.tolist() == [to(5), to(5), 0]
    assert [packet for packet, _, _ in delivered(activity)] == [3, 4]
    assert count(fabric, 0, "REINJECTION_OVERFLOWS") == 1
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == 3
    assert fabric.in_flight().tolist() == []


def test_the_reinjector_pauses_between_packets(make):
    params = FabricParams(is_reinjecting=True, wait1_cycles=0, dump_interrupt_ps=1)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params, trace=TraceFilter())
    send(fabric, *((0, core, 1) for core in (2, 3, 4)))
    activity = fabric.run(LONG)
    starts = [line[3] for line in lines(activity) if line[:2] == (TraceKind.SEND, LAST)]
    first = next_tick(SUBMIT + CYCLE + 1)
    assert starts == [first, first + SUBMIT + params.reinject_packet_ps]
    assert sorted(packet for packet, _, _ in delivered(activity)) == [0, 1, 2]
    # It has fallen asleep, and is woken for a tick.
    send(fabric, *((LONG, core, 1) for core in (2, 3)))
    late = fabric.run(2 * LONG)
    again = next_tick(LONG + SUBMIT + CYCLE + 1)
    assert (TraceKind.SEND, LAST, 4, again, again + SUBMIT) in lines(late)


def test_a_reinjected_packet_keeps_its_direction(make):
    params = FabricParams(is_reinjecting=True, wait1_cycles=0, output_packets=1)
    topology = mesh(3, 1)
    routes = {(0, 0): {1: E}, (1, 0): {2: E}, (2, 0): {1: to(4), 2: to(5)}}
    fabric = make(topology, routes, params)
    middle, arrival = at(topology, 1, 0), SUBMIT + HOP
    # Two packets of the chip in the middle fill its link just before that from the west comes.
    local = [(arrival - SUBMIT - n * CYCLE, middle + core, 2) for n, core in ((5, 2), (4, 3))]
    send(fabric, (0, 0, 1), *local)
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, 1, Fate.HELD, arrival)]
    again = next_tick(arrival + params.dump_interrupt_ps, params)
    assert delivered(activity)[-1] == (0, at(topology, 2, 0, 4), again + SUBMIT + HOP + INTO_CORE)
    assert fabric.copies().tolist() == [1, 1, 1]
    assert count(fabric, 1, "EXTERNAL_MULTICAST") == 2
    assert count(fabric, 1, "LOCAL_MULTICAST") == 2
    assert count(fabric, 1, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 2


def test_the_reinjector_waits_while_the_router_is_stalled(make):
    topology = mesh(1, 1)
    wait = 480
    params = FabricParams(is_reinjecting=True, wait1_cycles=wait, reinject_tick_ps=1_000_000)
    fabric = make(topology, {(0, 0): {1: to(5)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 2, 1), (0, 3, 1), (0, 4, 1))
    first_drop = SUBMIT + CYCLE + wait * CYCLE
    second_drop = first_drop + CYCLE + wait * CYCLE
    dump = first_drop + params.dump_interrupt_ps
    assert next_tick(dump, params) + 1_000_000 < second_drop
    fabric.run(second_drop)
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == 1
    tick = next_tick(second_drop, params)
    fabric.run(tick)
    assert count(fabric, 0, "REINJECTED") == 0
    fabric.run(tick + 1)
    assert count(fabric, 0, "REINJECTED") == 1


# Lanes


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_links_of_a_side_share_a_lane(make, is_shared):
    topology = spinn5_boards(3)
    params = FabricParams(lane_packet_ps=5_000_000, receive_ps=0)
    lane = lanes(topology)
    crossing = np.argwhere(topology.is_board_crossing)
    first = crossing[0]
    same = lane[tuple(crossing.T)] == lane[tuple(first)]
    is_other_chip = crossing[:, 0] != first[0]
    picked = crossing[is_other_chip & (same == is_shared)][0]
    routes, ends = {}, []
    for chip, link in (first.tolist(), picked.tolist()):
        end = int(topology.neighbours[chip, link])
        routes.setdefault(tuple(topology.xy[chip].tolist()), {})[chip] = 1 << link
        routes.setdefault(tuple(topology.xy[end].tolist()), {})[chip] = to(2)
        ends.append(CORES_PER_CHIP * end + 2)
    fabric = make(topology, routes, params)
    chips = int(first[0]), int(picked[0])
    send(fabric, *((0, CORES_PER_CHIP * chip, chip) for chip in chips))
    alone = (
        SUBMIT
        + params.board_link_packet_ps
        + params.lane_packet_ps
        + params.board_latency_ps
        + params.pipeline_ps
        + INTO_CORE
    )
    shared = params.lane_packet_ps if is_shared else 0
    assert Counter(delivered(fabric.run(LONG))) == Counter(
        [(0, ends[0], alone), (1, ends[1], alone + shared)]
    )


def test_all_links_of_a_side_have_their_turn(make):
    topology = spinn5_boards(3)
    params = FabricParams(lane_packet_ps=5_000_000)
    lane = lanes(topology)
    links = np.argwhere(lane == lane.max()).tolist()
    assert len(links) == 8
    key_of = {(chip, link): 6 * chip + link for chip, link in links}
    routes = {}
    for (chip, link), key in key_of.items():
        end = int(topology.neighbours[chip, link])
        routes.setdefault(tuple(topology.xy[chip].tolist()), {})[key] = 1 << link
        routes.setdefault(tuple(topology.xy[end].tolist()), {})[key] = to(link)
    fabric = make(topology, routes, params)
    packets = [(0, CORES_PER_CHIP * chip + link, key) for (chip, link), key in key_of.items()]
    send(fabric, *packets)
    times = [time for _, _, time in delivered(fabric.run(LONG))]
    assert len(times) == 8
    assert np.diff(times).tolist() == [params.lane_packet_ps] * 7


def test_links_between_boards_hold_more_packets(make):
    topology = spinn5_boards(3)
    chip, link = np.argwhere(topology.is_board_crossing)[0].tolist()
    end = int(topology.neighbours[chip, link])
    routes = {
        tuple(topology.xy[chip].tolist()): {7: 1 << link},
        tuple(topology.xy[end].tolist()): {7: to(0)},
    }
    sink = CORES_PER_CHIP * end
    params = FabricParams(wait1_cycles=None)
    fabric = make(topology, routes, params, receive_ps=never(topology, sink))
    first = CORES_PER_CHIP * chip
    send(fabric, *((0, first + core, 7) for core in range(16)))
    fabric.run(LONG)
    assert fabric.counters().link[chip, link].tolist() == [2 + params.board_input_packets, 0]


# Traces


def test_a_trace_tells_every_stretch(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {1: E}, (1, 0): {1: to(2)}}, trace=TraceFilter())
    send(fabric, (5, 3, 1))
    taken, there = 5 + SUBMIT, 5 + SUBMIT + HOP
    early = fabric.run(taken + 1)
    assert lines(early) == [
        (TraceKind.SEND, 3, 0, 5, taken),
        (TraceKind.ROUTE, 0, 0, taken, taken),
        (TraceKind.LINK, Link.E, 0, taken, taken + PARAMS.link_packet_ps),
    ]
    assert lines(fabric.run(LONG)) == [
        (TraceKind.ROUTE, 1, 0, there, there),
        (TraceKind.RECEIVE, CORES_PER_CHIP + 2, 0, there, there + INTO_CORE),
    ]


def test_a_trace_tells_how_long_a_packet_was_stalled(make):
    topology = mesh(1, 1)
    fabric = make(
        topology, {(0, 0): {1: to(5)}}, receive_ps=never(topology, 5), trace=TraceFilter()
    )
    send(fabric, (0, 0, 1), (0, 1, 1))
    start, end = SUBMIT + CYCLE, SUBMIT + CYCLE + PARAMS.wait1_cycles * CYCLE
    assert (TraceKind.ROUTE, 0, 1, start, end) in lines(fabric.run(LONG))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (TraceFilter(), 10),
        (TraceFilter(keys=frozenset([1])), 5),
        (TraceFilter(keys=frozenset([1]), chips=frozenset([0])), 3),
        (TraceFilter(chips=frozenset([1])), 4),
        (TraceFilter(start_ps=SUBMIT, end_ps=SUBMIT + 1), 2),
        (TraceFilter(start_ps=LONG), 5),
        (None, 0),
    ],
)
def test_a_filter_keeps_what_meets_all_conditions(make, wanted, expected):
    routes = {(0, 0): {1: E, 2: E}, (1, 0): {1: to(2), 2: to(2)}}
    fabric = make(mesh(2, 1), routes, trace=wanted)
    send(fabric, (0, 3, 1), (LONG, 3, 2))
    assert len(fabric.run(2 * LONG).trace) == expected


# Whole runs


def random_case(seed):
    """A small machine under heavy traffic, with faults, loops and lossy waits."""
    rng = np.random.default_rng(seed)
    topology = mesh(3, 3, wrap=True, cores=5, dead_links=[(0, 0, Link.E), (1, 2, Link.N)])
    routes = {}
    for x, y in topology.xy.tolist():
        outputs = rng.integers(0, 1 << 11, 12) & rng.integers(0, 1 << 11, 12)
        outputs &= rng.integers(0, 1 << 11, 12)
        keys = rng.permutation(16)[: len(outputs)]
        routes[x, y] = dict(zip(keys.tolist(), outputs.tolist(), strict=True))
    params = FabricParams(
        wait1_cycles=int(rng.choice([0, 15, 240])),
        wait2_cycles=int(rng.choice([0, 15, 46])),
        output_packets=int(rng.integers(1, 3)),
        input_packets=int(rng.integers(1, 3)),
        phase_ps=2_000_000,
        is_reinjecting=bool(rng.integers(2)),
        reinject_tick_ps=200_000,
        reinject_queue=2,
        receive_ps=150_000,
    )
    senders = [core for core in range(18 * topology.n_chips) if core % 18 < 4]
    n = 400
    sends = Sends.sort(
        rng.integers(0, 10_000_000, n),
        rng.choice(senders, n),
        rng.integers(0, 16, n),
        rng.random(n) < 0.3,
    )
    policy = SendPolicy(int(rng.integers(2)))
    return topology, routes, params, policy, sends


def is_loss(fate):
    return (fate != Fate.HELD) & (fate != Fate.BLOCKED)


@pytest.mark.parametrize("seed", range(8))
def test_the_books_of_every_packet_balance(make, seed):
    topology, routes, params, policy, sends = random_case(seed)
    fabric = make(topology, routes, params, policy=policy)
    fabric.send(sends)
    n = len(sends)
    found = np.zeros(n, np.int64)
    n_losses = 0
    for until_ps in (4_000_000, 9_000_000, 40_000_000):
        activity = fabric.run(until_ps)
        losses = activity.losses
        found += np.bincount(activity.deliveries.packet, minlength=n)
        found += np.bincount(losses.packet[is_loss(losses.fate)], minlength=n)
        n_losses += len(losses)
        in_flight = np.bincount(fabric.in_flight(), minlength=n)
        assert fabric.copies().tolist() == (found + in_flight).tolist()
    assert n_losses > 0
    counters = fabric.counters()
    sent, received = (counters.core[:, c].sum() for c in (CoreCounter.SENT, CoreCounter.RECEIVED))
    assert sent == np.count_nonzero(fabric.copies())
    assert sent + counters.core[:, CoreCounter.BLOCKED].sum() + len(fabric.backlog()) == n
    assert 0 < received < found.sum()


@pytest.mark.parametrize("seed", range(4))
def test_many_short_runs_make_one_long_run(make, seed):
    topology, routes, params, policy, sends = random_case(seed)
    options = {"policy": policy, "trace": TraceFilter()}
    whole, parts = (make(topology, routes, params, **options) for _ in range(2))
    whole.send(sends)
    at_once = whole.run(15_000_000)
    activities = []
    for until_ps in range(0, 15_000_001, 12_345 * 8):
        here = (sends.time_ps >= parts.now_ps) & (sends.time_ps < until_ps)
        columns = (sends.time_ps, sends.core, sends.key, sends.has_payload)
        parts.send(Sends(*(column[here] for column in columns)))
        activities.append(parts.run(until_ps))
    activities.append(parts.run(15_000_000))
    assert [d for activity in activities for d in delivered(activity)] == delivered(at_once)
    assert [loss for activity in activities for loss in lost(activity)] == lost(at_once)
    assert sorted(line for activity in activities for line in lines(activity)) == sorted(
        lines(at_once)
    )
    for name in ("router", "core", "link"):
        np.testing.assert_array_equal(
            getattr(whole.counters(), name), getattr(parts.counters(), name)
        )
    assert whole.copies().tolist() == parts.copies().tolist()
    assert whole.in_flight().tolist() == parts.in_flight().tolist()
    assert whole.stalls() == parts.stalls()


def test_counters_cannot_be_changed(make):
    counters = make(mesh(1, 1), {}).counters()
    with pytest.raises(ValueError, match="read-only"):
        counters.router[0, 0] = 1


def test_times_and_traces_have_limits(make):
    fabric = make(mesh(1, 1), {})
    with pytest.raises(FabricError, match="the limit is"):
        fabric.run((1 << 62) + 1)
    with pytest.raises(FabricError, match="at most 1000000000000, got 1000000000001"):
        make(mesh(1, 1), {}, receive_ps=np.full(CORES_PER_CHIP, 10**12 + 1))
    with pytest.raises(FabricError, match="cannot trace chip 1: the machine has chips 0 to 0"):
        make(mesh(1, 1), {}, trace=TraceFilter(chips=frozenset([0, 1])))


def test_a_backlog_outlives_many_sends(make):
    """One core's register stays full while another sends far more than there is room for."""
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=None)
    fabric = make(topology, {(0, 0): {1: to(5)}}, params, receive_ps=never(topology, 5))
    n = 3000
    for block in range(4):
        start = block * n * 1000
        send(fabric, *((start + 1000 * i, 2 + i % 2, 1) for i in range(n)))
        fabric.run(start + n * 1000)
    sent = np.flatnonzero(fabric.copies())
    assert fabric.backlog().tolist() == sorted(set(range(4 * n)) - set(sent.tolist()))
    assert sent.tolist() == fabric.in_flight().tolist()
