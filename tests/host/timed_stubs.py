"""A small network on two chips, and recordings with full timing made by hand."""

from itertools import pairwise
from types import ModuleType

import numpy as np

from chipemu import compiled_engine
from chipemu.counters import NONE_PS, CoreCounter
from chipemu.recording import Recording
from chipemu.timed_recording import Stretch, TimedCounts, TimedRecording
from mapping.connectors import FixedTotalNumber, OneToOne
from mapping.distributions import Constant
from mapping.graph import Layout
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router.counters import N_DELAY_BINS, FabricCounters, RouterCounter
from router.events import Fate
from router.topology import mesh

NEURON, POISSON = PopulationKind.NEURON, PopulationKind.POISSON
PERIOD_PS = 100_000_000


def network():
    """A drives itself and B; Poisson sources drive A one to one."""
    populations = (
        Population("P", 20, POISSON, {"rate": 2000.0}),
        Population("A", 20, NEURON),
        Population("B", 9, NEURON),
    )
    projections = (
        Projection("P", "A", OneToOne(), Constant(0.5), Constant(0.1)),
        Projection("A", "A", FixedTotalNumber(40), Constant(0.2), Constant(0.5)),
        Projection("A", "B", FixedTotalNumber(40), Constant(0.2), Constant(0.5)),
    )
    return NetworkSpec("stub", populations, projections)


def mapped(layout="ensemble"):
    """The network and the machine that it is mapped to, and how."""
    spec, machine = network(), Machine(mesh(2, 2))
    synapse_cores = 2 if layout == "ensemble" else None
    options = MappingOptions(layout=Layout(layout), neurons_per_core=8, synapse_cores=synapse_cores)
    return spec, machine, map_network(spec, machine, options)


def idle_counts(n_cores):
    """Counters of cores that have done nothing."""
    counts = np.zeros((n_cores, len(CoreCounter)), np.int64)
    for counter in CoreCounter:
        if counter.name.startswith(("EARLIEST", "MIN")):
            counts[:, counter] = NONE_PS
        if counter.name.startswith("LATEST"):
            counts[:, counter] = -1
    return counts


def stretch(first_step, stop_step, cores, n_chips, fates=None, period_ps=PERIOD_PS, **router):
    """A stretch with these counters of cores, and sums of router counters on chip 0."""
    counts = np.zeros((n_chips, RouterCounter.DELAYED + N_DELAY_BINS), np.int64)
    for name, value in router.items():
        counts[0, RouterCounter[name.upper()]] = value
    fabric = FabricCounters(
        counts, np.zeros((18 * n_chips, 4), np.int64), np.zeros((n_chips, 6, 2), np.int64)
    )
    lost = np.zeros(len(Fate), np.int64)
    for fate, value in (fates or {}).items():
        lost[fate] = value
    begin_ps, end_ps = first_step * period_ps, stop_step * period_ps
    wall_ps = np.full(len(cores), end_ps - begin_ps)
    return Stretch(first_step, stop_step, cores, fabric, lost, begin_ps, end_ps, wall_ps)


def silent(n_steps, n_neurons, saturated=0):
    """Recording without spikes."""
    nothing = np.zeros((0, 0), np.int32)
    return Recording(
        spike_source=np.zeros(0, np.int32),
        spike_start=np.zeros(n_steps + 1, np.int64),
        neurons=np.zeros(0, np.int64),
        sample_steps=np.zeros(0, np.int64),
        v_raw=nothing.copy(),
        i_exc_raw=nothing.copy(),
        i_inh_raw=nothing.copy(),
        more_raw=np.zeros((0, 0, 0), np.int32),
        saturated=np.full(n_neurons, saturated, np.int64),
        direct_emitted=np.zeros((0, 2), np.int64),
    )


class StubEngine(ModuleType):
    """Stands in for an engine with full timing: ideal spikes, and counters as if all went well."""

    def __init__(self, name):
        super().__init__(name)
        self.calls = []

    def run(self, image, deployment, n_steps, *, sampling, n_threads, advance, boundaries):
        self.calls.append((image, deployment, n_steps, boundaries))
        recording = compiled_engine.run(image, n_steps, sampling=sampling, advance=advance)
        return TimedRecording(recording=recording, **counts(*self.calls[-1]))

    def TimedCores(self, *given, **options):  # noqa: N802
        return StubCores(self.calls, *given, **options)


class StubCores:
    """As `StubEngine`, piece by piece."""

    def __init__(self, calls, image, deployment, *, sampling, n_threads):
        self.cores = compiled_engine.Cores(image, sampling=sampling)
        self.given, self.calls, self.boundaries = (image, deployment), calls, []

    @property
    def step(self):
        return self.cores.step

    def advance(self, n_steps, *, tell):
        recording = self.cores.advance(n_steps)
        tell(recording.n_steps)
        return recording

    def end_stretch(self):
        self.boundaries += [self.step] if self.step else []

    def timed(self):
        self.calls.append((*self.given, self.step, tuple(self.boundaries)))
        return TimedCounts(**counts(*self.calls[-1]))


def counts(image, deployment, n_steps, boundaries):
    """What a run has counted if all went well."""
    n_cores, n_chips = image.cores.role.size, deployment.topology.n_chips
    stretches = []
    for k, (first, stop) in enumerate(pairwise([0, *boundaries, n_steps])):
        cores = idle_counts(n_cores)
        cores[:, CoreCounter.BUSY_PS] = (stop - first) * deployment.period_ps // 4
        cores[:, CoreCounter.N_SLACKS] = stop - first
        cores[:, CoreCounter.MIN_SLACK_PS] = 1_000_000
        cores[:, CoreCounter.SUM_SLACK_PS] = (stop - first) * 2_000_000
        cores[0, CoreCounter.BUFFER_LOST] = 5 * (k == 0)
        cores[0, CoreCounter.SENT] = 11 + k
        cores[1, CoreCounter.PACKETS] = 17 + k
        router = {"local_multicast": 100, "external_multicast": 23}
        period_ps = deployment.period_ps
        stretches.append(stretch(first, stop, cores, n_chips, period_ps=period_ps, **router))
    return {
        "stretches": tuple(stretches),
        "n_packets": 23,
        "in_flight": np.zeros(0, np.int64),
        "unprocessed": 0,
        "saturated": 0,
    }
