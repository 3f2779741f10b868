"""Books of packets: what balances, what does not, and over how many runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import RoutingTable, RoutingTables, mesh
from router.books import Ledger, balance, check_books, delivered_twice
from router.errors import BooksError
from router.events import Activity, Deliveries, Fate, Losses, Trace
from router.packets import CORES_PER_CHIP, SendPolicy, Sends
from router.params import FabricParams
from tests.router.by_hand import FABRICS

NOTHING = np.array([], np.int64)


def deliveries(*packet_and_core):
    packet, core = np.array(packet_and_core, np.int64).reshape(-1, 2).T
    return Deliveries(np.zeros(len(packet), np.int64), core.astype(np.int32), packet)


def losses(*packet_and_fate):
    packet, fate = np.array(packet_and_fate, np.int64).reshape(-1, 2).T
    zeros = np.zeros(len(packet), np.int64)
    return Losses(
        zeros, zeros.astype(np.int32), packet, fate.astype(np.int8), zeros.astype(np.uint32)
    )


def activity(taken, lost):
    empty = np.array([], np.int64)
    return Activity(
        taken, lost, Trace(empty.astype(np.int8), empty.astype(np.int32), empty, empty, empty)
    )


@st.composite
def histories(draw):
    """Copies, what became of each copy, and how the records are spread over runs."""
    fates = st.sampled_from(["delivered", "in flight", *(f for f in Fate if f != Fate.BLOCKED)])
    packets = draw(st.lists(st.one_of(st.just("blocked"), st.lists(fates, max_size=4))))
    runs = [([], []) for _ in range(draw(st.integers(1, 4)))]
    copies, in_flight = np.zeros(len(packets), np.int64), []
    for packet, its in enumerate(packets):
        if its == "blocked":
            draw(st.sampled_from(runs))[1].append((packet, Fate.BLOCKED))
            continue
        for core, fate in enumerate(its):
            taken, lost = draw(st.sampled_from(runs))
            if fate == "delivered":
                taken.append((packet, core))
            elif fate == "in flight":
                in_flight.append(packet)
            else:
                lost.append((packet, fate))
            copies[packet] += fate != Fate.HELD
    return copies, runs, np.array(in_flight, np.int64)


@given(histories())
def test_books_of_a_true_history_balance(history):
    copies, runs, in_flight = history
    ledger = Ledger()
    for taken, lost in runs:
        ledger.add(activity(deliveries(*taken), losses(*lost)))
    books = ledger.balance(copies, in_flight)
    check_books(books)
    assert books.totals()["delivered"] == sum(len(taken) for taken, _ in runs)
    in_one = balance(
        copies,
        deliveries(*(line for taken, _ in runs for line in taken)),
        losses(*(line for _, lost in runs for line in lost)),
        in_flight,
    )
    for name in ("copies", "delivered", "lost", "in_flight", "blocked"):
        np.testing.assert_array_equal(getattr(books, name), getattr(in_one, name))


@given(histories(), st.data())
def test_books_of_a_false_history_name_the_packet(history, data):
    copies, runs, in_flight = history
    if not len(copies):
        return
    packet = data.draw(st.integers(0, len(copies) - 1))
    copies = copies.copy()
    copies[packet] += data.draw(st.integers(1, 3))
    books = balance(
        copies,
        deliveries(*(line for taken, _ in runs for line in taken)),
        losses(*(line for _, lost in runs for line in lost)),
        in_flight,
    )
    with pytest.raises(BooksError, match=f"^books of packet {packet} do not balance"):
        check_books(books)


def test_message_has_the_numbers():
    books = balance(
        np.array([1, 3]),
        deliveries((0, 5), (1, 5)),
        losses((1, Fate.MISSED), (1, Fate.HELD)),
        NOTHING,
    )
    with pytest.raises(
        BooksError, match="packet 1 do not balance: 3 copies, 1 delivered, 1 lost, 0 in flight"
    ) as caught:
        check_books(books)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("copies", "lost"),
    [
        (1, [(0, Fate.BLOCKED), (0, Fate.DROPPED)]),
        (0, [(0, Fate.BLOCKED), (0, Fate.BLOCKED)]),
    ],
)
def test_a_blocked_packet_never_was_a_copy(copies, lost):
    check_books(balance(np.array([0]), deliveries(), losses((0, Fate.BLOCKED)), NOTHING))
    with pytest.raises(BooksError, match="packet 0"):
        check_books(balance(np.array([copies]), deliveries(), losses(*lost), NOTHING))


@pytest.mark.parametrize(
    ("taken", "lost", "in_flight", "what"),
    [
        ([(3, 0)], [], [], "delivered"),
        ([], [(3, Fate.AGED)], [], "lost"),
        ([], [(3, Fate.BLOCKED)], [], "blocked"),
        ([], [], [3], "in flight"),
    ],
)
def test_unknown_packets_are_refused(taken, lost, in_flight, what):
    ledger = Ledger()
    ledger.add(activity(deliveries(*taken), losses(*lost)))
    with pytest.raises(BooksError, match=f"packet 3 is {what}, but only 3 packets"):
        ledger.balance(np.ones(3, np.int64), np.array(in_flight, np.int64))


def test_sums_by_key():
    books = balance(
        np.array([2, 1, 0, 1]),
        deliveries((0, 1), (0, 2), (3, 1)),
        losses((1, Fate.DROPPED), (2, Fate.BLOCKED)),
        NOTHING,
    )
    keys, sums = books.by_key(np.array([7, 4, 7, 7], np.uint32))
    assert keys.tolist() == [4, 7]
    assert sums.copies.tolist() == [1, 3]
    assert sums.delivered.tolist() == [0, 3]
    assert sums.lost.tolist() == [1, 0]
    assert sums.blocked.tolist() == [0, 1]
    assert sums.totals() == books.totals()
    with pytest.raises(BooksError, match="3 keys for 4 packets"):
        books.by_key(np.zeros(3, np.uint32))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3))), st.integers(0, 5))
def test_pairs_delivered_more_than_once(pairs, split):
    expected = sorted({pair for pair in pairs if pairs.count(pair) > 1})
    found = delivered_twice(deliveries(*pairs[:split]), deliveries(*pairs[split:]))
    assert list(map(tuple, found.tolist())) == expected


def test_large_numbers_keep_apart():
    pairs = [(2**31, 18 * 57_600 - 1), (2**31, 0), (2**31 + 1, 0), (2**31, 0)]
    assert delivered_twice(deliveries(*pairs)).tolist() == [[2**31, 0]]
    assert delivered_twice().shape == (0, 2)


@pytest.mark.parametrize("make", FABRICS)
@settings(max_examples=40)
@given(data=st.data())
def test_books_of_a_fabric_balance_at_any_time(make, data):
    """Random routes, a dead link, slow cores, and every way to lose a packet."""
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 16)))
    machine = mesh(3, 2, wrap=True, dead_links=[(0, 0, 0)])
    tables = RoutingTables.join(
        [
            RoutingTable(
                np.arange(6, dtype=np.uint32),
                np.full(6, 7, np.uint32),
                np.bitwise_or.reduce(1 << rng.integers(0, 10, (6, 3)), axis=1).astype(np.uint32)
                * (rng.random(6) < 0.9).astype(np.uint32),
            )
            for _ in range(machine.n_chips)
        ]
    )
    params = FabricParams(
        wait1_cycles=data.draw(st.sampled_from([0, 16, 240, None])),
        wait2_cycles=data.draw(st.sampled_from([0, 16, None])),
        phase_ps=data.draw(st.sampled_from([0, 300_000])),
        is_reinjecting=data.draw(st.booleans()),
        reinject_queue=data.draw(st.sampled_from([1, 4095])),
        receive_ps=data.draw(st.sampled_from([0, 2_000_000])),
        output_packets=1,
    )
    n = 200
    sends = Sends.sort(
        rng.integers(0, 20_000_000, n),
        CORES_PER_CHIP * rng.integers(0, 6, n) + rng.integers(0, 3, n),
        rng.integers(0, 8, n),
        rng.random(n) < 0.3,
    )
    fabric = make(machine, tables, params, policy=data.draw(st.sampled_from(SendPolicy)))
    fabric.send(sends)
    ledger = Ledger()
    for until_us in (0.5, 3, 7, 8, 30, 100):
        ledger.add(fabric.run(int(until_us * 1e6)))
        books = ledger.balance(fabric.copies(), fabric.in_flight())
        check_books(books)
        waiting = fabric.backlog()
        assert not books.copies[waiting].any()
    assert books.totals()["copies"] > 0
    assert np.all((books.copies > 0) | (books.blocked > 0) | np.isin(np.arange(n), waiting))
