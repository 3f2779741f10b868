"""Checks before a run: what the hardware could not hold, and what would surely be lost.

A fabric takes tables as they are: an entry that leads to a dead link blocks its router until the
time is up, and a packet that a core sends without an entry is gone. Here these are errors.
"""

import numpy as np

from router.arguments import check_senders, check_table_count, existing_outputs
from router.errors import TableError
from router.geometry import Link
from router.packets import CORES_PER_CHIP, Sends
from router.table import FIRST_CORE_BIT, RoutingTables
from router.topology import Topology

__all__ = ["MOST_ENTRIES", "check_sends", "check_tables"]

MOST_ENTRIES = 1024
"""Entries of a router (SpiNNaker datasheet v2.02, 10.4)."""


def check_tables(
    tables: RoutingTables, topology: Topology, *, most_entries: int = MOST_ENTRIES
) -> None:
    """Check that routers can hold `tables`, and that their routes lead to something.

    Where packets go that no entry matches is not checked.

    Parameters
    ----------
    tables : RoutingTables
    topology : Topology
    most_entries : int
        Entries that a router holds.

    Raises
    ------
    TableError
        If a table is too long, or an entry leads to a dead link or to a core that its chip does
        not have; names the first.
    FabricError
        If there is not one table per chip.
    """
    check_table_count(tables, topology)
    too_long = np.flatnonzero(tables.n_entries > most_entries)
    if too_long.size:
        chip = int(too_long[0])
        msg = (
            f"table of chip {_at(chip, topology)} has {tables.n_entries[chip]} entries, limit "
            f"{most_entries}; compress it, or spread the vertices over more chips"
        )
        raise TableError(msg)
    chips = np.repeat(np.arange(topology.n_chips), tables.n_entries)
    astray = tables.route & ~existing_outputs(topology)[chips]
    if astray.any():
        entry = int(np.argmax(astray != 0))
        raise TableError(_astray(tables, topology, int(chips[entry]), entry, int(astray[entry])))


def check_sends(sends: Sends, tables: RoutingTables, topology: Topology) -> None:
    """Check that every packet comes from a core that exists and finds an entry on its own chip.

    Packets from cores are never default-routed.

    Parameters
    ----------
    sends : Sends
    tables : RoutingTables
    topology : Topology

    Raises
    ------
    TableError
        If the table of a packet's chip does not match its key; names the first packet.
    FabricError
        If there is not one table per chip, or a core does not exist; names the first.
    """
    check_table_count(tables, topology)
    check_senders(sends, topology, np.full(topology.n_chips, -1), earliest_ps=0)
    chips = sends.core.astype(np.int64) // CORES_PER_CHIP
    pairs, first = np.unique(chips << 32 | sends.key, return_index=True)
    senders, start = np.unique(pairs >> 32, return_index=True)
    keys = (pairs & 0xFFFFFFFF).astype(np.uint32)
    unmatched = [
        packets[tables.of_chip(int(chip)).lookup_many(wanted) < 0]
        for chip, wanted, packets in zip(
            senders, np.split(keys, start[1:]), np.split(first, start[1:]), strict=False
        )
    ]
    packet = min((int(packets.min()) for packets in unmatched if packets.size), default=None)
    if packet is not None:
        msg = (
            f"table of chip {_at(int(chips[packet]), topology)} has no entry for key "
            f"{sends.key[packet]:#010x} of packet {packet}, sent by core "
            f"{sends.core[packet] % CORES_PER_CHIP}; add one, for packets from cores are not "
            "default-routed"
        )
        raise TableError(msg)


def _astray(tables: RoutingTables, topology: Topology, chip: int, entry: int, outputs: int) -> str:
    output = (outputs & -outputs).bit_length() - 1
    what = (
        f"link {Link(output).name}, which is dead; route around it"
        if output < FIRST_CORE_BIT
        else f"core {output - FIRST_CORE_BIT}, but the chip has {topology.cores[chip]} cores; "
        "place its target on one of them"
    )
    return (
        f"table of chip {_at(chip, topology)}, entry {entry - tables.indptr[chip]} (key "
        f"{tables.key[entry]:#010x}) leads to {what}"
    )


def _at(chip: int, topology: Topology) -> str:
    x, y = topology.xy[chip]
    return f"({x}, {y})"
