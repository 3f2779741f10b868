"""Random machines, networks and inputs on which the engines with full timing are compared.

A case follows from its seed alone. `Machine` adds to `by_hand.Case` what the tests by hand do
without: chips in two dimensions with faults, routes that lead nowhere, inhibition, input currents
and rows of different sizes.
"""

from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import pytest

from chipemu import timed_engine
from chipemu.cores import CoreCosts
from chipemu.image import DirectPoisson, PoissonSource
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.recording import Sampling, join
from chipemu.roles import COMBINED, SYNAPSE
from chipemu.timed_engine import TimedCores
from chipemu.timed_recording import TimedRecording
from host.spikesources import poisson_table
from router import RoutingTables, mesh
from router.geometry import N_LINKS
from router.params import FabricParams
from router.table import FIRST_CORE_BIT
from tests.chipemu import by_hand
from tests.chipemu.by_hand import (
    COSTS,
    PARAMS,
    PERIOD,
    Case,
    combined,
    delay,
    neuron,
    poisson,
    source,
    synapse,
)
from tests.router.by_hand import table

US = 1_000_000
N_CORES = 16
"""Used of a chip; the last one of 17 may be the reinjector."""
NO_CORE = 17
FEWEST_PACKETS = 33
FEW_RECORDS = 64
"""The fewest that leave room for those of one event."""


@dataclass(frozen=True)
class Machine(Case):
    """A case on any topology.

    ``extra[stage, source]`` has outputs that the first router of a stream uses besides if they are
    dead; `removed` has streams that it does not know. Kinds of sources are numbered anew by `kind`,
    and have `sizes` (bytes and parts) of their rows. The slots of each core are `slots` times as
    long.
    """

    extra: tuple = ()
    removed: frozenset = frozenset()
    kind: tuple = ()
    sizes: tuple = ()
    slots: tuple = ()
    inhibitory: frozenset = frozenset()
    i_offset: tuple = ()
    arithmetic: Arithmetic = Arithmetic.TRUNCATE
    seed: int = 1
    n_steps: int = 6
    boundaries: tuple = ()
    n_threads: int = 1
    is_cramped: bool = False
    pauses: tuple = ()

    def image(self):
        image = super().image()
        sender = np.repeat(np.arange(image.n_sources), np.diff(image.matrix.source_rows))
        is_inhibitory = np.isin(sender, list(self.inhibitory)).astype(np.int32)
        return replace(
            image,
            row_channel=image.row_channel | is_inhibitory,
            matrix=replace(image.matrix, row_type=is_inhibitory),
            i_offset=np.array(self.i_offset, np.int32),
            arithmetic=self.arithmetic,
            seed=self.seed,
        )

    def deployment(self):
        row = replace(self, topology=mesh(self.n_chips, 1))  # a row of chips, of which the
        usual = super(Machine, row).deployment()  # tables are not used
        return replace(
            usual,
            topology=self.topology,
            tables=self._tables(usual),
            slot_bytes=usual.slot_bytes * np.array(self.slots, np.int64),
            **self._rows(usual),
        )

    def _rows(self, usual):
        """Rows of the kinds of sources, as long as any source needs."""
        has_row = np.zeros((usual.n_stages, len(self.sizes), usual.n_slices), bool)
        for sender, kind in enumerate(self.kind):
            has_row[:, kind] |= usual.n_rows[:, sender] > 0
        n_bytes, n_rows = np.array(self.sizes, np.int32).T[:, np.newaxis, :, np.newaxis]
        return {
            "source_kind": np.array(self.kind, np.int32),
            "row_bytes": np.where(has_row, n_bytes, 0).astype(np.int32),
            "n_rows": np.where(has_row, n_rows, 0).astype(np.int32),
        }

    def _tables(self, usual):
        """Trees of shortest paths over living links, less `removed` and plus `extra`."""
        targets = by_hand._targets(self, usual.slice_lo, usual.core_slice, usual.row_synapses)
        routes = [{} for _ in range(self.n_chips)]
        for stream, cores in sorted(targets.items()):
            key = 1000 * stream[0] + stream[1]
            root = by_hand._sender_of(self, *stream).chip
            paths = tree(self.topology, root)
            for core in sorted(cores):
                at = self.cores[core].chip
                add(routes[at], key, 1 << FIRST_CORE_BIT + self.cores[core].processor)
                while at != root:
                    at, link = paths[at]
                    add(routes[at], key, 1 << link)
            if stream in self.removed:
                routes[root].pop(key)
            elif stream in dict(self.extra):
                alive = sum(1 << link for link in np.flatnonzero(self.topology.is_link_alive[root]))
                add(routes[root], key, dict(self.extra)[stream] & ~int(alive))
        return RoutingTables.join([table(of_chip) for of_chip in routes])

    def record(self, engine):
        """What an engine tells; the compiled one with little room at first."""
        with pytest.MonkeyPatch.context() as patch:
            if self.is_cramped:
                patch.setattr("router.compiled.fabric.RECORDS", FEW_RECORDS)
                patch.setattr("chipemu.timed.traffic.ROOM", 2 * FEW_RECORDS)
                patch.setattr("chipemu.timed.traffic.PACKETS_AT_ONCE", FEWEST_PACKETS)
                patch.setattr("chipemu.timed.traffic.PACKETS_TO_DROP", 0)
                patch.setattr("chipemu.timed.layout.LOG_ENTRIES", 2)
            given = {
                "sampling": Sampling(np.arange(self.n_neurons)),
                "n_threads": self.n_threads,
            }
            if engine is timed_engine and self.pauses:
                return self._in_pieces(TimedCores(self.image(), self.deployment(), **given))
            return engine.run(
                self.image(), self.deployment(), self.n_steps, boundaries=self.boundaries, **given
            )

    def _in_pieces(self, cores):
        """What `cores` tell in the end, though they stop in between, and are asked twice."""
        parts = []
        for first, stop in pairwise((0, *sorted({*self.pauses, *self.boundaries}), self.n_steps)):
            if first in self.boundaries:
                cores.end_stretch()
            if first in self.pauses:
                assert cores.timed().stretches[-1].stop_step == first
            parts.append(cores.advance(stop - first))
        counts = cores.timed()
        assert_same(cores.timed(), counts)
        counted = {field.name: getattr(counts, field.name) for field in fields(counts)}
        return TimedRecording(recording=join(parts), **counted)


def assert_same(left, right, name=""):
    """Two values of the same type hold the same arrays and numbers."""
    assert type(left) is type(right), name
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype, name
        np.testing.assert_array_equal(left, right, err_msg=name)
    elif hasattr(left, "__dataclass_fields__"):
        for field in left.__dataclass_fields__:
            assert_same(getattr(left, field), getattr(right, field), f"{name}.{field}")
    elif isinstance(left, tuple):
        assert len(left) == len(right), name
        names = getattr(left, "_fields", range(len(left)))
        for field, one, other in zip(names, left, right, strict=True):
            assert_same(one, other, f"{name}.{field}")
    else:
        assert left == right, name


def add(routes, key, bits):
    routes[key] = routes.get(key, 0) | bits


def tree(topology, root):
    """The chip before each one on the way from `root`, and its link."""
    before, reached = {}, [root]
    for chip in reached:
        for link in np.flatnonzero(topology.is_link_alive[chip]).tolist():
            there = int(topology.neighbours[chip, link])
            if there not in reached:
                before[there] = chip, link
                reached.append(there)
    return before


ONE_UNIT = (
    "router_cycle_ps",
    "link_packet_ps",
    "core_link_packet_ps",
    "dump_interrupt_ps",
    "reinject_packet_ps",
)
TOPOLOGIES = (
    lambda: mesh(1, 1),
    lambda: mesh(2, 1, dead_cores=[(0, 0, 17), (1, 0, 17)]),
    lambda: mesh(2, 2, wrap=True),
    lambda: mesh(2, 2, wrap=True, dead_links=[(0, 0, 0), (0, 0, 2)]),
    lambda: mesh(3, 2, dead_links=[(0, 0, 0)], dead_cores=[(1, 0, 17)]),
)


def random_case(seed):
    """The machine, network and input that follow from `seed`."""
    rng = np.random.default_rng(seed)
    topology = TOPOLOGIES[rng.integers(len(TOPOLOGIES))]()
    most = int(rng.choice([1, 6, 6, 30]))
    bounds = np.cumsum([0, *rng.integers(1, most + 1, rng.integers(1, 4))]).tolist()
    n_neurons, n_sources = bounds[-1], int(rng.integers(1, 5))
    n_all = n_neurons + n_sources
    middle = n_neurons + int(rng.integers(n_sources + 1))
    cores, direct, n_buffers = slices(rng, bounds, topology.n_chips)
    outside = [(n_neurons, middle), (middle, n_all)]
    stages = int(rng.choice([1, 1, 2, 3]))
    cores += [source(lo, hi, chip=pick(rng, topology.n_chips)) for lo, hi in outside if hi > lo]
    if stages > 1:
        cut = pick(rng, n_all) if len(bounds) < 4 else 0
        parts = [(lo, hi) for lo, hi in ((0, cut), (cut, n_all)) if hi > lo]
        cores += [delay(lo, hi, chip=pick(rng, topology.n_chips)) for lo, hi in parts]
    unit = US if rng.random() < 0.3 else 1
    cores = spread(rng, cores, unit)
    kinds = rng.integers(0, max(1, n_all // 2), n_all)
    step_sizes = {"stage_steps": int(rng.choice([1, 2, 4])), "n_stages": stages}
    n_steps = int(rng.choice([4, 6, 9]))
    listed = synapses(rng, bounds, n_all, n_buffers, stages * step_sizes["stage_steps"])
    extra = dead_ends(rng, topology, stages, n_all)
    return Machine(
        cores,
        n_neurons,
        n_sources,
        synapses=listed,
        spikes=[
            (int(rng.integers(n_steps)), int(rng.integers(middle, n_all)))
            for _ in range(rng.integers(1, 30))
            if middle < n_all
        ],
        firing=tuple(np.flatnonzero(rng.random(n_neurons) < rng.choice([0, 0.5, 1])).tolist()),
        also=also(rng, cores, bounds, listed, n_all),
        direct=tuple(direct),
        poisson=sources(rng, n_neurons, middle),
        params=params_of(rng, unit),
        fabric=fabric_of(rng, unit, bool(extra)),
        **clocks(rng, topology.n_chips, unit),
        **step_sizes,
        topology=topology,
        extra=extra,
        removed=frozenset(
            (pick(rng, stages), pick(rng, n_all)) for _ in range(rng.choice([0, 0, 0, 2]))
        ),
        kind=tuple(kinds.tolist()),
        sizes=tuple(
            (int(rng.choice([4, 100, 3000])), int(rng.integers(1, 4)))
            for _ in range(kinds.max() + 1)
        ),
        slots=tuple(rng.integers(1, 9, len(cores)).tolist()),
        inhibitory=frozenset(np.flatnonzero(rng.random(n_all) < 0.3).tolist()),
        i_offset=tuple((rng.choice([0, 0, 5, 40], n_neurons) << 15).tolist()),
        arithmetic=Arithmetic(int(rng.choice(list(Arithmetic)))),
        seed=int(rng.integers(1 << 63)),
        n_steps=n_steps,
        boundaries=boundaries(rng, n_steps),
        n_threads=pick(rng, 2) + 1,
        is_cramped=bool(rng.integers(2)),
        pauses=boundaries(rng, n_steps),
    )


def pick(rng, n):
    return int(rng.integers(n))


def boundaries(rng, n_steps):
    """None, a few, or at every step."""
    n = rng.choice([0, 1, 2, n_steps - 1])
    return tuple(sorted(rng.choice(range(1, n_steps), n, False).tolist()))


def slices(rng, bounds, n_chips):
    """Combined cores or ensembles, direct input, and the number of buffers of each slice."""
    cores, direct, n_buffers = [], [], []
    has_poisson = rng.random() < 0.5
    for lo, hi in pairwise(bounds):
        chip, n = pick(rng, n_chips), pick(rng, 4 if len(bounds) < 4 else 3)
        n_buffers.append(max(n, 1))
        if n == 0:
            cores.append(combined(lo, hi, chip=chip))
            continue
        cores.append(neuron(lo, hi, chip=chip))
        cores += [synapse(lo, hi, buffer, chip=chip) for buffer in range(n)]
        if has_poisson:
            cores.append(poisson(lo, hi, 3, chip=chip))
            expected = poisson_table(float(rng.choice([0.0, 10_000.0])), 0.1)
            direct.append(DirectPoisson(lo, hi, lo, 1, expected, 40_000, 6))
    order = rng.permutation(len(cores))
    return [cores[place] for place in order], direct, n_buffers


def spread(rng, cores, unit):
    """The cores with places, in the order given, and starts."""
    places = {}
    for chip in {core.chip for core in cores}:
        places[chip] = iter(rng.permutation(np.arange(1, N_CORES)).tolist())
    starts = [0, 0, 5 * US, PERIOD - 3 * US] if unit == US else [0, 0, 0, 4_999_999, PERIOD + 1]
    share = rng.choice([0, 0.5])
    return [
        replace(
            core,
            processor=next(places[core.chip]),
            spread_ps=int(rng.choice(starts)) if rng.random() < share else 0,
        )
        for core in cores
    ]


def synapses(rng, bounds, n_all, n_buffers, longest):
    """Several at once, that may just fill a slot, of delays that may leave stages out."""
    delays = rng.permutation(np.arange(1, longest + 1))[: rng.integers(1, longest + 1)]
    heavy = rng.choice([0.1, 0.9])
    found = []
    for _ in range(rng.choice([3, 25, 120])):
        sender, target = pick(rng, n_all), pick(rng, bounds[-1])
        part = place_of(bounds, target)
        weight = 60_000 if rng.random() < heavy else int(rng.choice([1_000, 5_534, 5_535]))
        found.append((sender, target, int(rng.choice(delays)), weight, sender % n_buffers[part]))
    return found


def sources(rng, lo, hi):
    rate = float(rng.choice([5_000.0, 60_000.0]))
    return (PoissonSource(lo, hi, lo, 0, poisson_table(rate, 0.1)),) if hi > lo else ()


def also(rng, cores, bounds, found, n_all):
    """Cores that get packets for which their slices have no synapses."""
    served = {(sender, place_of(bounds, target)) for sender, target, *_ in found}
    free = [
        (sender, row)
        for row, core in enumerate(cores)
        for sender in range(n_all)
        if core.role in (COMBINED, SYNAPSE) and (sender, place_of(bounds, core.lo)) not in served
    ]
    n = min(len(free), int(rng.choice([0, 0, 1, 4])))
    chosen = {}
    for place in rng.choice(len(free), n, False).tolist() if n else []:
        chosen.setdefault(free[place][0], set()).add(free[place][1])
    return chosen


def place_of(bounds, n):
    return int(np.searchsorted(bounds, n, side="right")) - 1


def dead_ends(rng, topology, stages, n_all):
    """Outputs, of which those count that do not exist."""
    found = {}
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        stream = pick(rng, stages), pick(rng, n_all)
        missing = [FIRST_CORE_BIT + NO_CORE] if topology.cores.min() <= NO_CORE else []
        found[stream] = 1 << int(rng.choice([*range(N_LINKS), *missing]))
    return tuple(found.items())


def clocks(rng, n_chips, unit):
    """Clocks that agree, or not, or some of them."""
    way = rng.integers(3)
    if way == 0:
        return {"offset_ps": (0,) * n_chips, "drift_ppb": (0,) * n_chips}
    offsets = rng.integers(PERIOD // 2 // unit, size=n_chips) * unit
    most = 10**7 if unit == US else 10**6
    drifts = (
        rng.integers(-1, 2, n_chips) * most if unit == US else rng.integers(-most, most, n_chips)
    )
    if way == 1 and n_chips > 1:
        offsets[1:], drifts[1:] = offsets[0], drifts[0]
        offsets[-1] += unit
    return {"offset_ps": tuple(offsets.tolist()), "drift_ppb": tuple(drifts.tolist())}


def params_of(rng, unit):
    """Costs and choices; with a unit of a microsecond much happens at the same times."""
    names = list(CoreCosts.__dataclass_fields__)
    way = rng.integers(4)
    if unit == US:
        costs = dict(zip(names, rng.integers(0, 5, len(names)).tolist(), strict=True))
    elif way == 0:
        costs = dict.fromkeys(names, 0)
    else:
        costs = {name: getattr(COSTS, name) for name in names}
        for name in rng.permutation(names)[: 0 if way == 1 else 5].tolist():
            costs[name] = int(costs[name] * rng.choice([0, 1, 10, 25, 50, 400]))
    least = {"neuron": 1, "send": 1}
    costs = {name: max(cost, least.get(name, 0)) for name, cost in costs.items()}
    dma = {"dma_latency_ps": int(rng.integers(3)) * unit, "dma_byte_ps": 0, "sdram_byte_ps": 0}
    if unit == 1:
        usual = PARAMS.dma_latency_ps, PARAMS.dma_byte_ps, PARAMS.sdram_byte_ps
        dma = dict(zip(dma, usual, strict=True))
        if rng.random() < 0.3:
            dma["sdram_byte_ps"] = int(rng.choice([0, 20_000, 100_000]))
    elif rng.random() < 0.7:
        dma |= {"dma_byte_ps": 10_000 * pick(rng, 3), "sdram_byte_ps": 10_000 * pick(rng, 3)}
    margins = [None, None, 0, 1, 20, 100, 200]
    margin = margins[rng.integers(len(margins))]
    return replace(
        PARAMS,
        costs=CoreCosts(**costs),
        cycle_ps=unit if unit == US else 5_000,
        spike_buffer=int(rng.choice([2, 3, 6, 256])),
        drops_late=bool(rng.integers(2)),
        has_colours=bool(rng.integers(2)),
        filters_empty_rows=bool(rng.integers(2)),
        margin_ps=None if margin is None else margin * US,
        **dma,
    )


def fabric_of(rng, unit, has_dead_ends):
    """Routers that wait long or not, with and without reinjection.

    Detours around dead ends would take copies to where the packet comes anyway.
    """
    waits = [0, 1, 3, 46, 240]
    durations = {}
    if unit == US:
        durations = dict.fromkeys(ONE_UNIT, unit)
        durations |= {"pipeline_cycles": pick(rng, 2), "link_latency_ps": 0}
    return FabricParams(
        wait1_cycles=waits[rng.integers(len(waits))],
        wait2_cycles=0 if has_dead_ends else [0, 3][rng.integers(2)],
        input_packets=pick(rng, 2) + 1,
        output_packets=pick(rng, 2) + 1,
        is_reinjecting=bool(rng.integers(2)),
        reinject_queue=int(rng.choice([1, 9])),
        reinject_tick_ps=int(rng.choice([1, 10])) * US,
        phase_ps=int(rng.choice([0, 0, 3])) * US,
        **durations,
    )
