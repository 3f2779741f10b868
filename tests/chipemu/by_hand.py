"""What tests of cores in time are written in: a few cores, a list of synapses, a list of spikes.

Sources that do not belong to the neurons are spike arrays. Chips stand in a row, east of each
other. The key of a stream is ``1000 * stage + source``; packets go to the cores that have a row for
them, and to the delay core that serves their source. Each source is a kind of its own.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from chipemu import simpy_engine, timed_engine
from chipemu.cores import CoreCosts, CoreParams
from chipemu.counters import CoreCounter
from chipemu.deployment import NO_KEY, Deployment
from chipemu.image import CoreTable, MachineImage, SpikeEvents
from chipemu.models.if_curr_exp.model import IF_CURR_EXP
from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Arithmetic, Constants
from chipemu.recording import Sampling
from chipemu.roles import COMBINED, DELAY, NEURON, POISSON, SOURCE, SYNAPSE
from chipemu.synapses import SynapticMatrix
from router import Link, RoutingTables, mesh
from router.params import FabricParams
from tests.router.by_hand import HOP, INTO_CORE, SUBMIT, table

ENGINES = [simpy_engine.run, timed_engine.run]
engines = pytest.mark.parametrize("run", ENGINES, ids=lambda engine: engine.__module__)

COSTS = CoreCosts()
PARAMS = CoreParams()
CYCLE = PARAMS.cycle_ps
PERIOD = 100_000_000
"""A tenth of a millisecond, 20,000 cycles."""
TO_CORE = SUBMIT + INTO_CORE
"""From SEND to RECEIVE on an idle chip."""
TO_NEXT_CHIP = SUBMIT + HOP + INTO_CORE
PACKET = COSTS.packet * CYCLE
LOOKUP = (COSTS.lookup + COSTS.fetch) * CYCLE
SEND = COSTS.send * CYCLE
ROW_BYTES = 100
SLOT_BYTES = 256
MV = 1 << 15


def fetch_ps(n_bytes=ROW_BYTES, params=PARAMS):
    """A transfer on an idle controller."""
    return params.dma_latency_ps + n_bytes * max(params.dma_byte_ps, params.sdram_byte_ps)


def cycles(n):
    return n * CYCLE


def row_ps(n_synapses, n_parts=1):
    """Processing of a row."""
    return (COSTS.row * n_parts + COSTS.synapse * n_synapses) * CYCLE


@dataclass(frozen=True)
class At:
    """A core."""

    role: int
    lo: int
    hi: int
    buffer: int = -1
    chip: int = 0
    spread_ps: int = 0
    processor: int | None = None


def combined(lo, hi, **where):
    return At(COMBINED, lo, hi, 0, **where)


def neuron(lo, hi, **where):
    return At(NEURON, lo, hi, **where)


def synapse(lo, hi, buffer=0, **where):
    return At(SYNAPSE, lo, hi, buffer, **where)


def poisson(lo, hi, buffer, **where):
    return At(POISSON, lo, hi, buffer, **where)


def source(lo, hi, **where):
    return At(SOURCE, lo, hi, **where)


def delay(lo, hi, **where):
    return At(DELAY, lo, hi, **where)


@dataclass(frozen=True)
class Case:
    """Everything that a run is made of.

    Synapses are (source, target, delay, weight) or (source, target, delay, weight, buffer);
    spikes are (step, source). The neurons in `firing` fire in step 0. `also` has cores that get the
    packets of a source though they have no synapses of it, and `without_row` those (core, source)
    for which not even an empty row is reserved.
    """

    cores: list
    n_neurons: int
    n_sources: int = 0
    synapses: list = field(default_factory=list)
    spikes: list = field(default_factory=list)
    firing: tuple = ()
    also: dict = field(default_factory=dict)
    without_row: tuple = ()
    direct: tuple = ()
    poisson: tuple = ()
    params: CoreParams = PARAMS
    offset_ps: tuple = (0,)
    drift_ppb: tuple = (0,)
    stage_steps: int = 16
    n_stages: int = 1
    n_rows: int = 1
    row_bytes: int = ROW_BYTES
    topology: object = None
    fabric: FabricParams = field(default_factory=FabricParams)

    @property
    def n_chips(self):
        return len(self.offset_ps)

    def image(self):
        return MachineImage(
            dt_ms=0.1,
            seed=1,
            arithmetic=Arithmetic.TRUNCATE,
            **_matrix(self),
            n_channels=2 * (1 + max(0, *(core.buffer for core in self.cores))),
            model=np.zeros(self.n_neurons, np.int64),
            constants=_constants(self.n_neurons),
            i_offset=np.zeros(self.n_neurons, np.int32),
            v_init=_v_init(self),
            more_init=np.zeros((0, self.n_neurons), np.int32),
            i_init=np.zeros((2, self.n_neurons), np.int32),
            direct=self.direct,
            poisson=self.poisson,
            events=_events(self.spikes),
            cores=_core_table(self.cores),
        )

    def deployment(self):
        slice_lo, core_slice = _slices(self)
        row_synapses = _row_synapses(self, slice_lo)
        targets = _targets(self, slice_lo, core_slice, row_synapses)
        has_row = np.zeros(row_synapses.shape, bool)
        for (stage, sender), rows in targets.items():
            for row in rows:
                if core_slice[row] >= 0 and (row, sender) not in self.without_row:
                    has_row[stage, sender, core_slice[row]] = True
        key = np.full(row_synapses.shape[:2], NO_KEY, np.int64)
        for stage, sender in targets:
            key[stage, sender] = 1000 * stage + sender
        contributes = [core.role in (SYNAPSE, POISSON) and core.buffer >= 0 for core in self.cores]
        return Deployment(
            topology=self.topology or mesh(self.n_chips, 1),
            tables=_tables(self, targets),
            fabric=self.fabric,
            params=self.params,
            period_ps=PERIOD,
            offset_ps=np.array(self.offset_ps, np.int64),
            drift_ppb=np.array(self.drift_ppb, np.int64),
            spread_ps=np.array([core.spread_ps for core in self.cores], np.int64),
            slice_lo=slice_lo,
            core_slice=core_slice,
            slot_bytes=np.where(contributes, SLOT_BYTES, 0).astype(np.int64),
            source_kind=np.arange(row_synapses.shape[1], dtype=np.int32),
            row_synapses=row_synapses,
            row_bytes=np.where(has_row, self.row_bytes, 0).astype(np.int32),
            n_rows=np.where(has_row, self.n_rows, 0).astype(np.int32),
            key=key,
            stage_steps=self.stage_steps,
        )

    def run(self, run, n_steps, **given):
        """All neurons are sampled."""
        sampling = Sampling(np.arange(self.n_neurons))
        return Result(run(self.image(), self.deployment(), n_steps, sampling=sampling, **given))

    def but(self, **changes):
        """The same case, but for some fields or core parameters."""
        own = {name: changes.pop(name) for name in list(changes) if name in Case.__annotations__}
        return replace(self, params=replace(self.params, **changes), **own)


class Result:
    """A `TimedRecording`, easy to ask."""

    def __init__(self, timed):
        self.timed = timed

    def counter(self, core, name, stretch=0):
        return int(self.timed.stretches[stretch].cores[core, CoreCounter[name]])

    def counters(self, core, *names, stretch=0):
        return [self.counter(core, name, stretch) for name in names]

    def spikes(self):
        recording = self.timed.recording
        steps, sources = recording.spike_steps().tolist(), recording.spike_source.tolist()
        return list(zip(steps, sources, strict=True))

    def inputs(self):
        """Steps and neurons with excitatory input: those whose current does not only decay."""
        i_exc = self.timed.recording.i_exc_raw.astype(np.int64)
        rises = np.diff(i_exc, axis=0, prepend=0) > 0
        return [tuple(place) for place in np.argwhere(rises).tolist()]


def _matrix(case):
    """One excitatory row for each source and buffer."""
    found = defaultdict(list)
    for sender, target, steps, weight, *buffer in case.synapses:
        found[sender, *(buffer or (0,))].append((steps, target, weight))
    n_delays = max([steps for _, _, steps, *_ in case.synapses], default=1)
    rows = sorted(found)
    words, segments = [], np.zeros((len(rows), n_delays + 1), np.uint32)
    for place, row in enumerate(rows):
        for steps, target, weight in sorted(found[row]):
            words.append(weight << 16 | target)
            segments[place, steps:] += 1
    sizes = [len(found[row]) for row in rows]
    senders = [sender for sender, _ in rows]
    n_all = case.n_neurons + case.n_sources
    matrix = SynapticMatrix(
        words=np.array(words, np.uint32),
        row_start=np.cumsum([0, *sizes]),
        segments=segments,
        row_type=np.zeros(len(rows), np.int32),
        source_rows=np.searchsorted(senders, np.arange(n_all + 1)).astype(np.int64),
        block_lo=np.array([0, case.n_neurons], np.int64),
    )
    channel = np.array([2 * buffer for _, buffer in rows], np.int32)
    return {"matrix": matrix, "row_channel": channel}


def _constants(n):
    values = {name: np.full(n, v) for name, v in LIF_DEFAULTS.items() if name != "v"}
    return IF_CURR_EXP.fixed(values, (0, 0), 0.1, Constants.ON_CORE)


def _v_init(case):
    v = np.full(case.n_neurons, -65 * MV, np.int32)
    v[list(case.firing)] = -40 * MV
    return v


def _events(spikes):
    steps, sources = np.array(sorted(spikes), np.int64).reshape(-1, 2).T.copy()
    return SpikeEvents(steps, sources)


def _core_table(cores):
    processors = [
        place + 1 if c.processor is None else c.processor for place, c in enumerate(cores)
    ]
    columns = (
        [c.role for c in cores],
        [c.lo for c in cores],
        [c.hi for c in cores],
        [c.buffer for c in cores],
        [c.chip for c in cores],
        processors,
    )
    return CoreTable(*(np.array(column, np.int64) for column in columns))


def _slices(case):
    lows = sorted(core.lo for core in case.cores if core.role in (COMBINED, NEURON))
    serves = (COMBINED, NEURON, SYNAPSE, POISSON)
    of_core = [
        lows.index(c.lo) if c.role in serves and (c.role != POISSON or c.buffer >= 0) else -1
        for c in case.cores
    ]
    return np.array([*lows, case.n_neurons], np.int64), np.array(of_core, np.int64)


def _stage(case, steps):
    return (steps - 1) // case.stage_steps


def _row_synapses(case, slice_lo):
    shape = case.n_stages, case.n_neurons + case.n_sources, len(slice_lo) - 1
    counts = np.zeros(shape, np.uint16)
    for sender, target, steps, *_ in case.synapses:
        place = np.searchsorted(slice_lo, target, side="right") - 1
        counts[_stage(case, steps), sender, place] += 1
    return counts


def _targets(case, slice_lo, core_slice, row_synapses):
    """Cores that get the packets of each stream (stage, source)."""
    found = defaultdict(set)
    served = {
        (sender, np.searchsorted(slice_lo, target, side="right") - 1, *(buffer or (0,)))
        for sender, target, _, _, *buffer in case.synapses
    }
    for row, core in enumerate(case.cores):
        if core.role in (COMBINED, SYNAPSE):
            for stage, sender in np.argwhere(row_synapses[:, :, core_slice[row]]).tolist():
                if (sender, core_slice[row], core.buffer) in served:
                    found[stage, sender].add(row)
        if core.role == DELAY:
            for sender in range(core.lo, core.hi):
                if row_synapses[1:, sender].any():
                    found[0, sender].add(row)
    for sender, rows in case.also.items():
        found[0, sender].update(rows)
    return found


def _sender_of(case, stage, sender):
    """Core that sends a stream."""
    roles = (DELAY,) if stage else (COMBINED, NEURON, SOURCE, POISSON)
    return next(
        core
        for core in case.cores
        if core.role in roles
        and core.lo <= sender < core.hi
        and (core.role != POISSON or core.buffer < 0)
    )


def _tables(case, targets):
    routes = [defaultdict(int) for _ in range(case.n_chips)]
    cores = _core_table(case.cores)
    for (stage, sender), rows in targets.items():
        key, here = 1000 * stage + sender, _sender_of(case, stage, sender).chip
        for row in rows:
            there = int(cores.chip[row])
            routes[there][key] |= 1 << 6 + int(cores.processor[row])
            link, towards = (Link.E, 1) if there > here else (Link.W, -1)
            for chip in range(here, there, towards):
                routes[chip][key] |= 1 << link
    return RoutingTables.join([table(chip) for chip in routes])
