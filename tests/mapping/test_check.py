"""The check must catch whatever is wrong with a mapping."""

from dataclasses import replace

import numpy as np
import pytest

from mapping import CheckError, Layout, Machine
from mapping.check import check, check_placement, proof
from mapping.place import Placement
from mapping.trees import deliver
from mapping.trees.measure import depth_per_net
from router import RoutingTable, RoutingTables, mesh, spinn5_boards
from router.geometry import opposite


def run(machine, mapping, **changes):
    parts = {
        "graph": mapping.graph,
        "placement": mapping.placement,
        "keys": mapping.keys,
        "tables": mapping.tables,
        "machine": machine,
        **changes,
    }
    return check(**parts)


def without(tables, entry):
    keep = np.arange(len(tables.key)) != entry
    indptr = tables.indptr - (tables.indptr > entry)
    return RoutingTables(indptr, tables.key[keep], tables.mask[keep], tables.route[keep])


def changed(array, index, value):
    copy = array.copy()
    copy[index] = value
    return copy


@pytest.fixture(params=list(Layout), ids=lambda layout: layout.value)
def good(request, mapped):
    return mapped(layout=request.param)


def test_a_good_mapping_passes_and_is_counted(good):
    machine, mapping = good
    proof, graph = run(machine, mapping), mapping.graph
    assert proof.n_nets == graph.n_nets == proof.n_packets
    assert proof.n_keys == graph.n_members[graph.net_vertex].sum()
    assert proof.n_deliveries == graph.n_targets.sum()
    assert proof.n_links == mapping.report.links_per_net.total
    assert proof.longest == depth_per_net(mapping.forest).max()


def test_every_single_bit_of_a_route_matters(good):
    machine, mapping = good
    tables = mapping.tables
    for entry in range(len(tables.key)):
        for bit in range(24):
            route = changed(tables.route, entry, tables.route[entry] ^ np.uint32(1 << bit))
            with pytest.raises(CheckError, match="the packet with key 0x"):
                run(machine, mapping, tables=replace(tables, route=route))


def test_every_entry_is_needed(good):
    machine, mapping = good
    for entry in range(len(mapping.tables.key)):
        with pytest.raises(CheckError, match="the packet with key 0x"):
            run(machine, mapping, tables=without(mapping.tables, entry))


def test_every_link_in_use_is_noticed_when_it_dies(mapped):
    machine, mapping = mapped(topology=mesh(5, 2), router="ner")
    forest = mapping.forest
    used = {
        (int(chip), int(link))
        for chip, link in zip(forest.node_chip, forest.node_in_link, strict=True)
        if link >= 0
    }
    neighbours = machine.topology.neighbours
    for chip, link in np.argwhere(machine.topology.is_link_alive).tolist():
        dead = changed(neighbours, (chip, link), -1)
        broken = Machine(replace(machine.topology, neighbours=dead))
        if (int(neighbours[chip, link]), opposite(link)) in used:
            with pytest.raises(CheckError, match="leaves by a dead link of chip"):
                run(broken, mapping)
        else:
            assert run(broken, mapping) == mapping.check
    assert used


def test_a_net_without_entry_at_its_source(mapped):
    machine, mapping = mapped()
    empty = RoutingTables.join([RoutingTable(*(np.zeros(0, np.uint32),) * 3)] * 48)
    with pytest.raises(CheckError, match=r"net 0: the packet with key 0x0+ has no entry on chip"):
        run(machine, mapping, tables=empty)


def test_loops_are_found(mapped):
    machine, mapping = mapped(topology=mesh(5, 1), compressor="none")
    tables = mapping.tables
    back = tables.route | np.uint32(0b001001)  # east and west from everywhere
    with pytest.raises(CheckError, match=r"comes again to|dead link"):
        run(machine, mapping, tables=replace(tables, route=back))


def test_two_ways_to_a_chip_are_found(mapped):
    machine, mapping = mapped(topology=mesh(2, 2, wrap=True), neurons_per_core=64)
    tables = mapping.tables
    both = tables.route | np.uint32(0b001001)  # on a torus of two, east and west meet
    with pytest.raises(CheckError, match="comes again to chip"):
        run(machine, mapping, tables=replace(tables, route=both))


def test_masks_that_tell_members_apart_are_followed_member_by_member(mapped):
    machine, mapping = mapped(compressor="none")
    tables = mapping.tables
    # split the first entry in two by the lowest bit of the key: still right
    split = RoutingTables(
        tables.indptr + (tables.indptr > 0),
        np.concatenate(([tables.key[0] | 1], tables.key)).astype(np.uint32),
        np.concatenate(([tables.mask[0] | 1], tables.mask)).astype(np.uint32),
        np.concatenate(([tables.route[0]], tables.route)).astype(np.uint32),
    )
    proof = run(machine, mapping, tables=split)
    told_apart = mapping.keys.key & tables.mask[0] == tables.key[0]
    members = mapping.graph.n_members[mapping.graph.net_vertex[told_apart]]
    assert members.sum() >= 16
    assert proof.n_packets == proof.n_nets - len(members) + members.sum()
    # and wrong for odd members alone
    wrong = replace(split, route=changed(split.route, 0, split.route[0] ^ np.uint32(64)))
    with pytest.raises(CheckError, match=r"net \d+: the packet with key 0x\w+[13579bdf] misses"):
        run(machine, mapping, tables=wrong)


def test_small_batches_prove_the_same(good, monkeypatch):
    machine, mapping = good
    monkeypatch.setattr("mapping.check.proof.CELLS_AT_ONCE", 5 * machine.topology.n_chips)
    assert run(machine, mapping) == mapping.check


@pytest.mark.parametrize(
    ("chip", "core", "message"),
    [
        (48, 1, "vertex 3 lies on chip 48, which is missing"),
        (0, 0, "vertex 3 lies on core 0, which is missing or the monitor.s"),
        (0, 18, "vertex 3 lies on core 18, which is missing"),
        (None, 1, "vertex 3 shares a core of chip"),
        (40, 1, "on chip .* left its group"),
    ],
)
def test_bad_placements_are_found(mapped, chip, core, message):
    machine, mapping = mapped()
    placement = mapping.placement
    where = placement.chip[3] if chip is None else chip
    bad = Placement(changed(placement.chip, 3, where), changed(placement.core, 3, core))
    with pytest.raises(CheckError, match=message):
        run(machine, mapping, placement=bad)


def test_too_many_vertices_on_a_chip_are_found(mapped):
    machine, mapping = mapped(layout=Layout.HOMOGENEOUS)
    chip, core = mapping.placement.chip.copy(), mapping.placement.core.copy()
    chip[:17], core[:17] = 40, np.arange(1, 18)  # of 18 cores, two are the monitors'
    with pytest.raises(CheckError, match=r"chip \(6, 5\) holds 17 vertices on .*, limit 16"):
        run(machine, mapping, placement=Placement(chip, core))


def test_a_homogeneous_group_may_be_apart(mapped):
    machine, mapping = mapped(layout=Layout.HOMOGENEOUS)
    placement = mapping.placement
    apart = Placement(changed(placement.chip, 1, 47), changed(placement.core, 1, 9))
    check_placement(mapping.graph, apart, machine)


def test_full_sdram_is_found(mapped):
    machine, mapping = mapped()
    used = np.bincount(mapping.placement.chip, weights=mapping.graph.sdram_bytes).max()
    small = Machine(machine.topology, replace(machine.budgets, sdram_bytes=int(used) - 1))
    with pytest.raises(CheckError, match=r"chip \(\d+, \d+\) holds \d+ bytes of SDRAM, limit \d+"):
        run(small, mapping)


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("mask", 0xFFFFFFF5, "net 4 has the mask 0xfffffff5, with gaps"),
        ("mask", 0xFFFFFFF8, "net 4 has 16 members, more than its mask leaves"),
        ("key", 1, "net 4 has the key 0x1 outside its mask"),
        ("key", 0, "net [04] with key 0x0 shares keys"),
    ],
)
def test_bad_keys_are_found(mapped, part, value, message):
    machine, mapping = mapped()
    array = changed(getattr(mapping.keys, part), 4, value)
    with pytest.raises(CheckError, match=message):
        run(machine, mapping, keys=replace(mapping.keys, **{part: array}))


def test_another_machine_is_another_proof(mapped):
    machine, mapping = mapped()
    assert run(Machine(spinn5_boards(1)), mapping) == run(machine, mapping)


def test_the_cores_wanted_are_proved_too(mapped, monkeypatch):
    machine, mapping = mapped()
    wanted = deliver(mapping.graph, mapping.placement, machine.topology.n_chips)
    moved = wanted.cores.copy()
    moved[0] = moved[0] << np.uint32(1)
    for cores, message in (
        (moved, "target 0 is not wanted where it lies"),
        (wanted.cores & np.uint32(0xFF), "target set 0 is wanted on"),
    ):
        wrong = replace(wanted, cores=cores)
        monkeypatch.setattr(proof, "deliver", lambda *_, wrong=wrong: wrong)
        with pytest.raises(CheckError, match=message):
            run(machine, mapping)
