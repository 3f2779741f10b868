"""The compiled fabric against the one on SimPy: every event and every count, on random machines.

A `Case` is a handful of numbers, which hypothesis draws and shrinks; everything else follows from
its seed. The seed of each part is its own, so a case with fewer packets or faults keeps the rest.
"""

import dataclasses
import os
from collections import Counter
from dataclasses import dataclass
from types import FunctionType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router import RoutingTable, RoutingTables, mesh, spinn5_boards
from router.books import Ledger, check_books
from router.compiled import CompiledFabric, kernels
from router.compiled.cores import kernels as cores
from router.compiled.drops import kernels as drops
from router.compiled.links import kernels as links
from router.compiled.outputs import kernels as outputs
from router.compiled.routers import kernels as routers
from router.compiled.rows import kernels as rows
from router.counters import N_DELAY_BINS, CoreCounter, RouterCounter
from router.events import Fate, TraceFilter, TraceKind
from router.fabric import Fabric
from router.geometry import N_LINKS
from router.interface import NEVER
from router.lanes import lanes
from router.packets import CORES_PER_CHIP, EmergencyState, SendPolicy, Sends
from router.params import FabricParams
from router.table import FIRST_CORE_BIT
from tests.parity.slow import IS_SLOW

N_CASES = int(os.environ.get("CHIPEMU_CASES", 150 if IS_SLOW else 2000))
"""`make soak` sets the variable."""

MODULES = kernels, cores, drops, links, outputs, routers, rows
WHOLE = {  # parts of `run_fabric`, whose twin is `router.fabric` as a whole
    "arrive", "attempt", "begin", "blocked_outputs", "come", "core_at", "count_bits", "deliver",
    "detours", "drop", "empty_dump", "expect", "finish", "forward", "give_packet", "happen",
    "input_at", "leave", "link_at", "lose", "next_in_turn", "next_tick", "offer", "outputs_of",
    "phase_of", "put", "reach_lane", "receive", "receive_coming", "reinject", "retry_after",
    "router_at", "run_fabric", "send_next", "stamped", "submit", "submit_later", "take",
    "take_from_core", "take_from_link", "trace", "transmit", "turn", "wait", "write",
}  # fmt: skip

DURATIONS = ("default", "aligned", "tiny", "mixed")
TRAFFIC = ("uniform", "burst", "hot spots", "one to all", "all to one")
WAITS = (0, 1, 2, 3, 10, 46, 240, 480, None)
FEW_RECORDS = 64
"""The fewest that leave room for those of one event."""


@dataclass(frozen=True)
class Case:
    """What a random fabric and its traffic follow from."""

    seed: int
    machine: str = "mesh"
    width: int = 1
    height: int = 1
    n_faults: int = 0
    durations: str = "default"
    traffic: str = "uniform"
    n_keys: int = 1
    n_packets: int = 1
    n_runs: int = 1

    def rng(self, part):
        """Random numbers for one part; hypothesis tries a seed with several of these sizes."""
        return np.random.default_rng(
            [self.seed, self.width, self.height, self.n_keys, *part.encode()]
        )


@st.composite
def cases(draw):
    machine = draw(st.sampled_from([*(["mesh", "torus", "corner"] * 10), "board", "triad"]))
    return Case(
        seed=draw(st.integers(0, 2**23 - 1)),
        machine=machine,
        width=draw(st.sampled_from([1, 2, 2, 3, 3, 4, 6])),
        height=draw(st.sampled_from([1, 2, 2, 3, 3, 4, 6])),
        n_faults=draw(st.sampled_from([0, 0, 1, 2, 5, 12])),
        durations=draw(st.sampled_from(DURATIONS)),
        traffic=draw(st.sampled_from(TRAFFIC)),
        n_keys=draw(st.integers(1, 12)),
        n_packets=draw(st.integers(0, 100)) * draw(st.sampled_from([1, 2, 8])),
        n_runs=draw(st.integers(1, 5)),
    )


# --- machines and tables ----------------------------------------------------------------------


def topology_of(case):
    rng = case.rng("machine")
    size = {"board": (8, 8), "triad": (12, 12)}.get(case.machine, (case.width, case.height))
    places = rng.integers(size, size=(case.n_faults, 2)).tolist()
    faults = {
        "dead_links": [(*place, int(rng.integers(N_LINKS))) for place in places],
        "dead_cores": [(*place, 0) for place in places for _ in range(rng.integers(20))],
    }
    if case.machine in {"mesh", "torus"}:
        cores = int(rng.choice([0, 1, 2, 3, 5, 18], p=[0.02, 0.08, 0.2, 0.2, 0.2, 0.3]))
        dead = [tuple(place) for place in places[: case.width * case.height // 4]]
        wrap = case.machine == "torus"
        if cores == 0:
            del faults["dead_cores"]
        return mesh(*size, wrap=wrap, cores=cores, dead_chips=dead, **faults)
    if case.machine == "board":
        return spinn5_boards(1)
    if case.machine == "triad":
        return spinn5_boards(3, **faults)
    corner = rng.integers(12, size=2)
    return corner_of_boards(corner, size)


def corner_of_boards(corner, size):
    """A few chips of three boards, near where these meet or not."""
    whole = spinn5_boards(3)
    inside = np.all((whole.xy - corner) % 12 < size, axis=1)
    return spinn5_boards(3, dead_chips=[tuple(place) for place in whole.xy[~inside].tolist()])


def core_bits(rng, topology):
    """One core of each chip, as a route; none where there are no cores."""
    cores = rng.integers(np.maximum(topology.cores, 1))
    return np.where(topology.cores > 0, 1 << (FIRST_CORE_BIT + cores), 0)


def steps_to(topology, target):
    """The link of each chip that leads on to `target`, as a route; 0 where none does."""
    distance = topology.distance(target, np.arange(topology.n_chips, dtype=np.int32))
    there = np.where(topology.is_link_alive, distance[topology.neighbours], distance.max() + 2)
    nearer = np.min(there, axis=1) < distance
    return np.where(nearer, 1 << np.argmin(there, axis=1), 0)


def routes_to(rng, topology):
    """All chips send to one core."""
    target = int(rng.integers(topology.n_chips))
    here = np.arange(topology.n_chips) == target
    return np.where(here, core_bits(rng, topology), steps_to(topology, target))


def routes_from(rng, topology):
    """One chip sends to a core of every chip."""
    root = int(rng.integers(topology.n_chips) * rng.integers(2))
    back = steps_to(topology, root)
    routes = core_bits(rng, topology) * (rng.random(topology.n_chips) < 0.7)
    for chip in np.flatnonzero(back).tolist():
        link = int(back[chip]).bit_length() - 1
        routes[topology.neighbours[chip, link]] |= 1 << (link + 3) % N_LINKS
    return routes


def routes_anywhere(rng, topology):
    """Any outputs, of which some may be dead or missing, or none."""
    n = topology.n_chips
    share = np.repeat(rng.choice([0.05, 0.2, 0.4], 2), [N_LINKS, CORES_PER_CHIP])
    bits = rng.random((n, len(share))) < share
    routes = bits @ (1 << np.arange(len(share)))
    exist = (1 << (FIRST_CORE_BIT + topology.cores.astype(np.int64))) - (1 << FIRST_CORE_BIT)
    exist |= topology.is_link_alive @ (1 << np.arange(N_LINKS))
    return np.where(rng.random(n) < rng.choice([0, 0.02, 0.3]), routes, routes & exist)


def routes_of(rng, case, topology):
    kinds = [routes_anywhere, routes_to, routes_from]
    shares = {"one to all": [0.1, 0, 0.9], "all to one": [0, 1, 0]}
    kind = rng.choice(3, p=shares.get(case.traffic, [0.4, 0.3, 0.3]))
    return kinds[kind](rng, topology)


def keys_of(case):
    """Keys, some of which differ in few bits."""
    rng = case.rng("keys")
    shift = int(rng.integers(28))
    return (rng.integers(16, size=case.n_keys) << shift | rng.integers(4, size=case.n_keys)).astype(
        np.uint32
    )


def tables_of(case, topology):
    """Tables whose entries overlap where bits of masks are missing."""
    rng = case.rng("tables")
    keys, shape = keys_of(case), (topology.n_chips, case.n_keys)
    routes = np.stack([routes_of(rng, case, topology) for _ in keys], axis=1).astype(np.uint32)
    masks = np.full(shape, 0xFFFFFFFF, np.uint32)
    some = rng.random(shape) < rng.choice([0, 0.1, 0.5])
    masks[some] &= rng.integers(1 << 32, size=some.sum(), dtype=np.uint32)
    exists = rng.random(shape) < rng.choice([0.7, 0.9, 1])
    tables = []
    for chip in range(topology.n_chips):
        order = rng.permutation(np.flatnonzero(exists[chip]))
        mask = masks[chip, order]
        tables.append(RoutingTable(keys[order] & mask, mask, routes[chip, order]))
    return RoutingTables.join(tables)


# --- figures ----------------------------------------------------------------------------------


def params_of(case):
    rng = case.rng("params")
    chosen = {} if case.durations == "default" else durations_of(case.durations, rng)
    is_reinjecting = bool(rng.integers(2))
    depth = rng.choice([1, 2, 4], size=3).tolist()
    return FabricParams(
        wait1_cycles=WAITS[rng.integers(len(WAITS))],
        wait2_cycles=WAITS[rng.integers(len(WAITS))],
        input_packets=depth[0],
        output_packets=depth[1],
        board_input_packets=depth[2],
        is_reinjecting=is_reinjecting,
        reinject_queue=int(rng.choice([1, 2, 9])),
        **{"reinject_tick_ps": 100_000, "phase_ps": int(rng.choice([0, 0, 0, 3_000_000]))} | chosen,
    )


def durations_of(kind, rng):
    """All durations: a few units each, or in their usual proportions but for a factor."""
    usual = FabricParams()
    names = [field.name for field in dataclasses.fields(FabricParams) if field.name[-3:] == "_ps"]
    if kind == "mixed":
        ps = {name: int(getattr(usual, name) * 2 ** rng.uniform(-3, 1)) for name in names}
        ps["reinject_tick_ps"] //= 50
    else:
        unit, most = (100, 6) if kind == "aligned" else (1, 5)
        steps = rng.integers(1, most, len(names))
        ps = {name: unit * int(n) for name, n in zip(names, steps, strict=True)}
        for name in ("link_latency_ps", "board_latency_ps", "receive_ps"):
            ps[name] *= int(rng.integers(2))
        if kind == "aligned":
            ps["router_cycle_ps"] = unit
    ps["phase_ps"] = int(rng.choice([0, 0, 10, 40])) * ps["link_packet_ps"]
    return ps | {"pipeline_cycles": int(rng.choice([0, 1, 5]))}


def hop_ps(params):
    return params.link_packet_ps + params.link_latency_ps + params.pipeline_ps


def options_of(case, topology, params):
    """Receive times, policy and filter of the trace."""
    rng = case.rng("options")
    n, hop = topology.n_chips, hop_ps(params)
    receive_ps = None
    if rng.random() < 0.6:
        receive_ps = rng.choice([0, 1, hop // 4, hop, 8 * hop], CORES_PER_CHIP * n)
        receive_ps[rng.random(len(receive_ps)) < rng.choice([0, 0.02, 0.2])] = NEVER
    trace = TraceFilter() if rng.random() < 0.6 else None
    if trace and rng.random() < 0.4:
        trace = TraceFilter(
            keys=frozenset(keys_of(case)[::2].tolist()) if rng.random() < 0.5 else None,
            chips=frozenset(range(0, n, 2)) if rng.random() < 0.5 else None,
            start_ps=int(rng.choice([0, 2 * hop])),
            end_ps=int(rng.choice([6 * hop, 1 << 62])),
        )
    policy = SendPolicy(int(rng.integers(2)))
    return {"receive_ps": receive_ps, "policy": policy, "trace": trace}


# --- packets and runs -------------------------------------------------------------------------


def senders_of(topology, params):
    """Cores that may send."""
    n_senders = topology.cores - (params.is_reinjecting & (topology.cores > 1))
    core = np.arange(CORES_PER_CHIP)
    return np.flatnonzero((core < n_senders[:, np.newaxis]).ravel())


def sends_of(case, topology, params):
    rng = case.rng("packets")
    senders, keys, hop = senders_of(topology, params), keys_of(case), hop_ps(params)
    n = case.n_packets if len(senders) else 0
    if case.traffic == "hot spots":
        senders = rng.permutation(senders)[: rng.integers(1, 4)]
    elif case.traffic == "one to all":
        senders, keys = senders[:1], keys[:1]
    span = hop * int(rng.choice([1, 2, 4, 16, 100], p=[0.24, 0.24, 0.24, 0.24, 0.04]))
    times = rng.integers(span, size=n)
    if case.traffic == "burst":
        times = times // (span // 2 + 1) * (span // 2 + 1)
    unit = 100 if case.durations == "aligned" else 1
    is_long = rng.random(n) < rng.choice([0, 0.3])
    core = rng.choice(senders, n) if n else []
    return Sends.sort(times // unit * unit, core, rng.choice(keys, n), is_long)


def part(sends, start, stop):
    columns = (sends.time_ps, sends.core, sends.key, sends.has_payload)
    return Sends(*(column[start:stop] for column in columns))


def ends_of(case, sends, params):
    """When the runs end; the last one long enough for time-outs, if they are short."""
    rng = case.rng("runs")
    hop, last = hop_ps(params), int(sends.time_ps.max(initial=0))
    waits = (params.wait1_cycles or 0) + (params.wait2_cycles or 0)
    end = last + 12 * hop + min(2 * waits * params.router_cycle_ps, 20 * hop)
    unit = 100 if case.durations == "aligned" else 1
    cuts = rng.integers(end, size=case.n_runs - 1) // unit * unit
    return [*sorted(cuts.tolist()), end]


def deal(case, sends, ends):
    """Packets to give before each run: those it needs, and at times some more, in two parts."""
    rng, given_before = case.rng("deal"), 0
    for end in ends:
        needed = int(np.searchsorted(sends.time_ps, end))
        upto = max(given_before, needed, int(rng.integers(len(sends) + 1)) * int(rng.integers(2)))
        middle = int(rng.integers(given_before, upto + 1))
        yield part(sends, given_before, middle), part(sends, middle, upto)
        given_before = upto


# --- comparison -------------------------------------------------------------------------------


def assert_same(left, right, name=""):
    """Arrays of two values are the same, and those of the values that they consist of."""
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype, name
        np.testing.assert_array_equal(left, right, err_msg=name)
    elif dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            parts = (getattr(value, field.name) for value in (left, right))
            assert_same(*parts, f"{name}.{field.name}")
    else:
        assert left == right, name


def seen(fabric, activity):
    """Everything that a fabric tells after a run, by what it is called."""
    return {
        "activity": dataclasses.replace(activity, deliveries=activity.deliveries.by_time()),
        "counters": fabric.counters(),
        "copies": fabric.copies(),
        "in flight": fabric.in_flight(),
        "backlog": fabric.backlog(),
        "stalls": fabric.stalls(),
        "now": fabric.now_ps,
    }


def run(case, makers=(Fabric, CompiledFabric)):
    """Both fabrics and what they tell after each run of `case`."""
    topology, params = topology_of(case), params_of(case)
    tables, options = tables_of(case, topology), options_of(case, topology, params)
    fabrics = [make(topology, tables, params, **options) for make in makers]
    sends = sends_of(case, topology, params)
    ends = ends_of(case, sends, params)
    for end, parts in zip(ends, deal(case, sends, ends), strict=True):
        for fabric in fabrics:
            for some in parts:
                fabric.send(some)
        yield fabrics, [seen(fabric, fabric.run(end)) for fabric in fabrics]


def check(case):
    ledger = Ledger()
    for _, (slow, fast) in run(case):
        for name, value in slow.items():
            assert_same(value, fast[name], name)
        ledger.add(slow["activity"])
        check_books(ledger.balance(slow["copies"], slow["in flight"]))


# --- tests ------------------------------------------------------------------------------------


@settings(max_examples=N_CASES, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_fabrics_agree(case):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("router.compiled.fabric.RECORDS", FEW_RECORDS)
        check(case)


def test_every_kernel_has_a_twin():
    own = {
        name
        for module in MODULES
        for name, f in vars(module).items()
        if getattr(f, "__module__", "") == module.__name__
        and isinstance(getattr(f, "py_func", f), FunctionType)
    }
    assert own == WHOLE


N_COUNTERS = RouterCounter.DELAYED + N_DELAY_BINS
SIGHTS = {
    *(("lost", fate) for fate in Fate),
    *(("traced", kind) for kind in TraceKind),
    *(("state", state) for state in EmergencyState),
    *(("router", counter) for counter in range(N_COUNTERS)),
    *(("core", counter) for counter in CoreCounter),
    *(("lane", length) for length in range(2)),
    *(("stall", by) for by in ("a core", "a full input")),
    ("records", "more than there is room for"),
}


def sights(fabric, told):
    """What a run of the SimPy fabric has met, of `SIGHTS`."""
    activity, counters, stalls = told["activity"], told["counters"], told["stalls"]
    crosses = lanes(fabric._topology) >= 0
    is_long = min(len(activity.deliveries), len(activity.trace)) > 3 * FEW_RECORDS
    return {
        *(("lost", fate) for fate in activity.losses.fate.tolist()),
        *(("traced", kind) for kind in activity.trace.kind.tolist()),
        *(("state", copy.state) for link in fabric._links for copy in link.in_flight()),
        *(("router", int(c)) for c in np.flatnonzero(counters.router.any(axis=0))),
        *(("core", int(c)) for c in np.flatnonzero(counters.core.any(axis=0))),
        *(("lane", int(c)) for c in np.flatnonzero(counters.link[crosses].any(axis=0))),
        *(("stall", "a core") for stall in stalls if stall.blocked >> FIRST_CORE_BIT),
        *(("stall", "a full input") for stall in stalls if stall.full),
        *([("records", "more than there is room for")] if is_long else []),
    }


def test_the_cases_of_this_test_meet_everything():
    """Fabrics that agree on idle machines would prove nothing."""
    met = Counter()

    @settings(max_examples=500, database=None, derandomize=True)
    @given(cases())
    def collect(case):
        found = [sights(*fabrics, *tellings) for fabrics, tellings in run(case, (Fabric,))]
        met.update(set().union(*found))

    collect()
    assert set(met) == SIGHTS
    assert min(met.values()) >= 3
