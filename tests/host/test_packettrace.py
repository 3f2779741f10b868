"""Traces that open in a viewer: read back, named, nested, and followed packet by packet."""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host import packettrace
from host.errors import OutputError
from host.packettrace import join, write_chrome_trace
from router import Link, RoutingTable, RoutingTables, mesh
from router.events import Fate, Losses, Trace, TraceFilter, TraceKind
from router.fabric import Fabric
from router.packets import CORES_PER_CHIP, Sends
from router.params import FabricParams
from router.table import FIRST_CORE_BIT

PS_PER_US = 10**6
SEND, ROUTE, LINK, RECEIVE = TraceKind


def trace_of(*lines):
    """Trace from (kind, place, packet, start, end)."""
    kind, place, packet, start, end = np.array(lines, np.int64).reshape(-1, 5).T.copy()
    return Trace(kind.astype(np.int8), place.astype(np.int32), packet, start, end)


def losses_of(*lines):
    """Losses from (time, chip, packet, fate, outputs)."""
    time, chip, packet, fate, outputs = np.array(lines, np.int64).reshape(-1, 5).T.copy()
    return Losses(
        time, chip.astype(np.int32), packet, fate.astype(np.int8), outputs.astype(np.uint32)
    )


def read(path):
    """Events of a file by their phase, their times in ps."""
    events = defaultdict(list)
    for event in json.loads(path.read_text(), parse_float=Decimal)["traceEvents"]:
        for name in ("ts", "dur"):
            if name in event:
                event[name] = int(event[name] * PS_PER_US)
        events[event["ph"]].append(event)
    return events


def names(events, what):
    key = "pid" if what.startswith("process") else "tid"
    return {e[key]: e["args"] for e in events["M"] if e["name"] == what}


def tracks(events):
    """Process and thread name of each thread."""
    process = names(events, "process_name")
    return {
        e["tid"]: (process[e["pid"]]["name"], e["args"]["name"])
        for e in events["M"]
        if e["name"] == "thread_name"
    }


def on(events, name_of):
    """Slices as (process, thread, packet, start, end)."""
    return [
        (*name_of[e["tid"]], e["args"]["packet"], e["ts"], e["ts"] + e["dur"]) for e in events["X"]
    ]


@pytest.fixture
def machine():
    return mesh(2, 2)


def test_every_kind_has_its_track(machine, tmp_path):
    chip = machine.chip(1, 0)
    path = tmp_path / "trace.json"
    trace = trace_of(
        (SEND, CORES_PER_CHIP * chip + 17, 0, 0, 81_500),
        (ROUTE, chip, 0, 81_500, 81_500),
        (LINK, 6 * chip + Link.N, 0, 81_500, 220_500),
        (RECEIVE, CORES_PER_CHIP * chip, 0, 81_500, 10**18 + 1),
    )
    write_chrome_trace(path, trace, machine, np.array([0xABC], np.uint32))
    events = read(path)
    assert on(events, tracks(events)) == [
        ("chip (1, 0)", "core 17 sends", 0, 0, 81_500),
        ("chip (1, 0)", "router", 0, 81_500, 81_500),
        ("chip (1, 0)", "link N to (1, 1)", 0, 81_500, 220_500),
        ("chip (1, 0)", "core 0 receives", 0, 81_500, 10**18 + 1),
    ]
    assert [e["cat"] for e in events["X"]] == ["send", "route", "link", "receive"]
    assert all(e["name"] == e["args"]["key"] == "0x00000abc" for e in events["X"])
    assert len(events["i"]) == 0


def test_tracks_of_all_places_differ_and_are_sorted(machine, tmp_path):
    path = tmp_path / "trace.json"
    cores = [(kind, place) for kind in (SEND, RECEIVE) for place in range(4 * CORES_PER_CHIP)]
    places = [(ROUTE, chip) for chip in range(4)]
    places += [(LINK, i) for i in np.flatnonzero(machine.is_link_alive.ravel())] + cores
    trace = trace_of(*((kind, place, 0, 0, 1) for kind, place in places))
    write_chrome_trace(path, trace, machine, np.zeros(1, np.uint32))
    events = read(path)
    threads = tracks(events)
    assert len(set(threads.values())) == len(threads) == len(places)
    assert {e["tid"] for e in events["X"]} == set(threads)
    assert sorted(a["name"] for a in names(events, "process_name").values()) == [
        f"chip ({x}, {y})" for x in (0, 1) for y in (0, 1)
    ]
    assert min(names(events, "process_name")) > 0
    sort = names(events, "thread_sort_index")
    first = [tid for tid in sorted(sort, key=lambda t: sort[t]["sort_index"]) if tid < 128]
    assert [threads[tid][1] for tid in first] == [
        "router",
        "link E to (1, 0)",
        "link NE to (1, 1)",
        "link N to (0, 1)",
        *(f"core {core} {what}" for core in range(18) for what in ("sends", "receives")),
    ]
    order = names(events, "process_sort_index")
    assert [order[pid]["sort_index"] for pid in sorted(order)] == sorted(order)


def test_losses_are_instants_of_their_router(machine, tmp_path):
    path = tmp_path / "trace.json"
    losses = losses_of((7_500, 3, 1, Fate.DROPPED, 1 << 6), (9_000, 0, 0, Fate.BLOCKED, 0))
    keys = np.array([1, 0xFFFFFFFF], np.uint32)
    write_chrome_trace(path, trace_of(), machine, keys, losses=losses)
    events = read(path)
    name_of = tracks(events)
    shown = [(*name_of[e["tid"]], e["name"], e["ts"], e["args"], e["s"]) for e in events["i"]]
    assert shown == [
        (
            *("chip (1, 1)", "router", "DROPPED", 7_500),
            *({"packet": 1, "key": "0xffffffff", "outputs": "0x000040"}, "t"),
        ),
        (
            *("chip (0, 0)", "router", "BLOCKED", 9_000),
            *({"packet": 0, "key": "0x00000001", "outputs": "0x000000"}, "t"),
        ),
    ]


def test_an_empty_trace_is_a_trace(machine, tmp_path):
    path = tmp_path / "trace.json"
    write_chrome_trace(path, trace_of(), machine, np.zeros(0, np.uint32))
    assert json.loads(path.read_text()) == {"traceEvents": []}


def arrows(events):
    """Pairs of slices, looked up by thread and start."""
    at = {(e["tid"], e["ts"]): e for e in events["X"]}
    assert len(at) == len(events["X"])
    tails = {e["id"]: at[e["tid"], e["ts"]] for e in events["s"]}
    heads = {e["id"]: at[e["tid"], e["ts"]] for e in events["f"]}
    assert len(tails) == len(events["s"]) == len(events["f"])
    assert tails.keys() == heads.keys()
    assert all(e["bp"] == "e" for e in events["f"])
    return [(tails[i], heads[i]) for i in tails]


def test_a_packet_that_is_sent_again_keeps_its_way(machine, tmp_path):
    path = tmp_path / "trace.json"
    trace = trace_of(
        (SEND, 2, 0, 0, 10),
        (ROUTE, 0, 0, 10, 50),  # dropped
        (SEND, 1, 0, 500, 510),
        (ROUTE, 0, 0, 510, 510),
        (RECEIVE, 3, 0, 510, 600),
        (ROUTE, 0, 1, 100, 100),  # another packet
    )
    write_chrome_trace(path, trace, machine, np.zeros(2, np.uint32))
    events = read(path)
    name_of = tracks(events)
    way = [tuple((name_of[e["tid"]][1], e["ts"]) for e in pair) for pair in arrows(events)]
    assert way == [
        (("core 2 sends", 0), ("router", 10)),
        (("router", 10), ("core 1 sends", 500)),
        (("core 1 sends", 500), ("router", 510)),
        (("router", 510), ("core 3 receives", 510)),
    ]


def test_arrows_can_be_left_out(machine, tmp_path):
    path = tmp_path / "trace.json"
    trace = trace_of((SEND, 2, 0, 0, 10), (ROUTE, 0, 0, 10, 50))
    write_chrome_trace(path, trace, machine, np.zeros(1, np.uint32), has_arrows=False)
    events = read(path)
    assert len(events["X"]) == 2
    assert not events["s"]
    assert not events["f"]


def traffic(seed, **changes):
    """Runs of a torus of 3 x 3 chips with a tree of its own from each of them, and its keys."""
    rng = np.random.default_rng(seed)
    machine = mesh(3, 3, wrap=True)
    east = 1 << Link.E | 1 << (FIRST_CORE_BIT + 1)
    entries = [[(chip, 0xFFFFFFFF, east | 1 << Link.N)] for chip in range(9)]
    for chip in range(9):  # one more to the east; north by default, and there to core 2
        x, y = machine.xy[chip]
        entries[machine.chip((x + 1) % 3, y)].append((chip, 0xFFFFFFFF, 1 << (FIRST_CORE_BIT + 1)))
        entries[machine.chip(x, (y + 2) % 3)].append((chip, 0xFFFFFFFF, 1 << (FIRST_CORE_BIT + 2)))
    tables = RoutingTables.join(
        [RoutingTable(*np.array(its, np.uint32).T.copy()) for its in entries]
    )
    n = 150
    chip = rng.integers(0, 9, n)
    sends = Sends.sort(
        rng.integers(0, 3_000_000, n), CORES_PER_CHIP * chip + rng.integers(3, 6, n), chip
    )
    fabric = Fabric(machine, tables, FabricParams(**changes), trace=TraceFilter())
    fabric.send(sends)
    return machine, sends.key, [fabric.run(t * PS_PER_US) for t in (1, 2, 5, 10_000)]


@pytest.mark.parametrize("reinjects", [False, True])
@settings(max_examples=10)
@given(seed=st.integers(0, 1 << 16))
def test_slices_of_a_track_do_not_overlap(tmp_path_factory, seed, reinjects):
    machine, keys, runs = traffic(seed, wait1_cycles=16, is_reinjecting=reinjects)
    path = tmp_path_factory.mktemp("trace") / "trace.json"
    trace = join(*(run.trace for run in runs))
    write_chrome_trace(path, trace, machine, keys, losses=join(*(run.losses for run in runs)))
    events = read(path)
    assert len(events["X"]) == len(trace) == sum(len(run.trace) for run in runs)
    assert len(events["i"]) == sum(len(run.losses) for run in runs)
    stretches = defaultdict(list)
    for event in events["X"]:
        stretches[event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    assert max(map(len, stretches.values())) > 1
    for its in stretches.values():
        its.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(its))


@settings(max_examples=10)
@given(seed=st.integers(0, 1 << 16))
def test_arrows_follow_each_packet_from_its_core(tmp_path_factory, seed):
    machine, keys, runs = traffic(seed, wait1_cycles=None, input_packets=200)
    path = tmp_path_factory.mktemp("trace") / "trace.json"
    write_chrome_trace(path, join(*(run.trace for run in runs)), machine, keys)
    events = read(path)
    name_of = tracks(events)
    pairs = arrows(events)
    for tail, head in pairs:
        assert tail["args"] == head["args"]
        assert tail["ts"] + tail["dur"] <= head["ts"]
        (tail_chip, tail_name), (head_chip, _) = name_of[tail["tid"]], name_of[head["tid"]]
        if tail["cat"] == "link":
            assert head_chip == f"chip {tail_name.partition('to ')[2]}"
        else:
            assert head_chip == tail_chip
    # every stretch but the first has one before it, and the kinds follow each other as they must
    heads = Counter((head["tid"], head["ts"]) for _, head in pairs)
    assert all(heads[e["tid"], e["ts"]] == (0 if e["cat"] == "send" else 1) for e in events["X"])
    kinds = Counter((tail["cat"], head["cat"]) for tail, head in pairs)
    assert kinds == {
        ("send", "route"): 150,
        ("route", "link"): 450,
        ("link", "route"): 450,
        ("route", "receive"): 450,
    }


def test_chunks_do_not_show(tmp_path, monkeypatch):
    machine, keys, runs = traffic(0, wait1_cycles=0)
    activity = runs[-2]
    assert len(activity.losses) > 7
    texts = []
    for chunk in (packettrace.CHUNK, 7):
        monkeypatch.setattr(packettrace, "CHUNK", chunk)
        path = tmp_path / f"{chunk}.json"
        write_chrome_trace(path, activity.trace, machine, keys, losses=activity.losses)
        texts.append(path.read_text())
    assert texts[0] == texts[1]


def test_a_packet_needs_a_key(machine, tmp_path):
    path = tmp_path / "trace.json"
    with pytest.raises(OutputError, match="packet 3 has no key among 3"):
        write_chrome_trace(path, trace_of((ROUTE, 0, 3, 0, 0)), machine, np.zeros(3, np.uint32))
    with pytest.raises(OutputError, match="packet 4 has no key among 3"):
        write_chrome_trace(
            path,
            trace_of(),
            machine,
            np.zeros(3, np.uint32),
            losses=losses_of((0, 0, 4, Fate.AGED, 0)),
        )
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_complete(machine, tmp_path):
    path = tmp_path / "trace.json"
    path.write_text("old")
    broken = trace_of((ROUTE, 0, 0, 0, 0), (len(TraceKind), 0, 0, 0, 0))
    with pytest.raises(IndexError):
        write_chrome_trace(path, broken, machine, np.zeros(1, np.uint32))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_chrome_trace(path, trace_of(), machine, np.zeros(0, np.uint32))
    assert path.read_text() != "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written(machine, tmp_path):
    path = tmp_path / "missing" / "trace.json"
    with pytest.raises(OutputError, match=r"cannot write trace .*No such file") as caught:
        write_chrome_trace(path, trace_of(), machine, np.zeros(0, np.uint32))
    assert "\n" not in str(caught.value)
