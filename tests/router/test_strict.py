"""Checks of tables and packets before a run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Link, RoutingTable, RoutingTables, TableError, mesh
from router.errors import FabricError
from router.packets import CORES_PER_CHIP, Sends
from router.strict import check_sends, check_tables
from router.table import FIRST_CORE_BIT

ALL_BITS = 0xFFFFFFFF


def tables(machine, entries):
    """Tables of `machine` from {chip: [(key, mask, route)]}."""
    return RoutingTables.join(
        [
            RoutingTable(*np.array(entries.get(chip, []), np.uint32).reshape(-1, 3).T.copy())
            for chip in range(machine.n_chips)
        ]
    )


def core_bit(core):
    return 1 << (FIRST_CORE_BIT + core)


def one_line(caught):
    return "\n" not in str(caught.value)


@pytest.fixture
def machine():
    """Two by two chips; the link E of (0, 1) is dead, and (1, 0) has 17 cores."""
    return mesh(2, 2, dead_links=[(0, 1, Link.E)], dead_cores=[(1, 0, 3)])


def test_sound_tables_pass(machine):
    check_tables(
        tables(
            machine,
            {
                machine.chip(0, 0): [(1, ALL_BITS, 1 << Link.E | 1 << Link.N | core_bit(17))],
                machine.chip(1, 0): [(1, ALL_BITS, core_bit(16)), (0, 0, 0)],
            },
        ),
        machine,
    )


def test_a_table_that_is_too_long(machine):
    chip = machine.chip(1, 0)
    full = tables(machine, {chip: [(key, ALL_BITS, core_bit(1)) for key in range(1024)]})
    check_tables(full, machine)
    with pytest.raises(TableError, match=r"chip \(1, 0\) has 1024 entries, limit 1023"):
        check_tables(full, machine, most_entries=1023)
    longer = tables(machine, {chip: [(key, ALL_BITS, core_bit(1)) for key in range(1025)]})
    with pytest.raises(TableError, match="has 1025 entries, limit 1024; compress") as caught:
        check_tables(longer, machine)
    assert one_line(caught)


@pytest.mark.parametrize(
    ("place", "route", "what"),
    [
        ((0, 1), 1 << Link.E, "link E, which is dead"),
        ((0, 0), 1 << Link.W, "link W, which is dead"),
        ((1, 0), core_bit(17), "core 17, but the chip has 17 cores"),
    ],
)
def test_entries_that_lead_nowhere(machine, place, route, what):
    chip = machine.chip(*place)
    sound = (5, ALL_BITS, core_bit(2))
    bad = tables(
        machine,
        {
            0: [sound],
            chip: [sound, (0xAB00, 0xFF00, route | core_bit(2)), (7, ALL_BITS, route)],
        },
    )
    with pytest.raises(TableError) as caught:
        check_tables(bad, machine)
    x, y = place
    assert f"chip ({x}, {y}), entry 1 (key 0x0000ab00) leads to {what}" in str(caught.value)
    assert one_line(caught)


@given(st.data())
def test_just_the_entries_that_lead_nowhere_are_refused(data):
    machine = mesh(
        2, 2, cores=data.draw(st.integers(0, 18)), dead_links=[(0, 0, Link.NE)], wrap=False
    )
    routes = data.draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 23)), min_size=1, max_size=6)
    )
    entries = {}
    for chip, bit in routes:
        entries.setdefault(chip, []).append((0, 0, 1 << bit))
    is_sound = all(
        machine.neighbours[chip, bit] >= 0 if bit < 6 else bit - 6 < machine.cores[chip]
        for chip, bit in routes
    )
    if is_sound:
        check_tables(tables(machine, entries), machine)
    else:
        with pytest.raises(TableError, match="leads to"):
            check_tables(tables(machine, entries), machine)


def test_one_table_per_chip(machine):
    three = RoutingTables.join([tables(machine, {}).of_chip(0)] * 3)
    with pytest.raises(FabricError, match="3 routing tables given for 4 chips"):
        check_tables(three, machine)
    with pytest.raises(FabricError, match="3 routing tables given for 4 chips"):
        check_sends(Sends.sort([], [], []), three, machine)


def test_packets_without_an_entry(machine):
    chip = machine.chip(1, 0)
    some = tables(machine, {0: [(0x10, 0xF0, 1)], chip: [(0x20, 0xF0, core_bit(1))]})
    core = CORES_PER_CHIP * chip + 4
    check_sends(Sends.sort([], [], []), some, machine)
    check_sends(Sends.sort([0, 1, 2], [3, 3, core], [0x10, 0x1F, 0x2A]), some, machine)
    # the first packet is named, not the first chip or key
    sends = Sends.sort([0, 1, 2, 3], [3, core, 3, core], [0x10, 0x35, 0x31, 0x30])
    with pytest.raises(TableError) as caught:
        check_sends(sends, some, machine)
    assert "table of chip (1, 0) has no entry for key 0x00000035 of packet 1" in str(caught.value)
    assert "sent by core 4; add one" in str(caught.value)
    assert one_line(caught)


def test_keys_use_all_their_bits(machine):
    some = tables(machine, {3: [(0xFFFFFFFF, ALL_BITS, core_bit(1))]})
    check_sends(Sends.sort([0], [3 * CORES_PER_CHIP], [0xFFFFFFFF]), some, machine)
    with pytest.raises(TableError, match="0xfffffffe"):
        check_sends(Sends.sort([0], [3 * CORES_PER_CHIP], [0xFFFFFFFE]), some, machine)


@pytest.mark.parametrize(
    ("core", "what"),
    [
        (-1, "core 17 of chip -1 .* does not exist"),
        (4 * CORES_PER_CHIP, "core 0 of chip 4 .* does not exist"),
        (2 * CORES_PER_CHIP + 17, "core 17 of chip 2 .* does not exist"),
    ],
)
def test_senders_that_do_not_exist(machine, core, what):
    some = tables(machine, {chip: [(0, 0, core_bit(1))] for chip in range(4)})
    with pytest.raises(FabricError, match=what) as caught:
        check_sends(Sends.sort([0, 1], [2 * CORES_PER_CHIP + 16, core], 1), some, machine)
    assert one_line(caught)
