"""What full timing found: losses by cause, margins to deadlines, and how busy the cores were.

Pure functions from what the engine counted to figures that people read. A run has one stretch, or
two if there is a warm-up; of the causes of loss each is explained at `Losses`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.timed_recording import Stretch, TimedCounts
from mapping.graph import MachineGraph, Role
from mapping.pipeline import Mapping as NetworkMapping
from mapping.spec import NetworkSpec
from router.counters import RouterCounter
from router.events import Fate
from router.topology import Topology

__all__ = [
    "COUNTED",
    "LOSSES",
    "PERCENTILES",
    "CoreNames",
    "Losses",
    "Margins",
    "PacketCounts",
    "StretchTiming",
    "Timing",
    "all_losses",
    "core_names",
    "count_packets",
    "stretch_names",
    "summarise_timing",
]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
PERCENTILES = (0, 1, 5, 50, 95, 100)
PS_PER_US = 10**6
NOT_LOST = (Fate.HELD, Fate.BLOCKED)
ROLE_NAMES = {
    Role.COMBINED: "combined core",
    Role.NEURON: "neuron core",
    Role.SYNAPSE: "synapse core",
    Role.POISSON: "Poisson core",
    Role.SOURCE: "source core",
    Role.DELAY: "delay core",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What was lost or late in a stretch, by cause.

    Attributes
    ----------
    router_dropped : int
        Copies of packets that routers dropped.
    buffer_overflow : int
        Packets that found the spike buffer of their core full.
    flushed : int
        Packets dropped at a tick because they had not been looked at.
    late : int
        Rows processed in a later step than that of their packet.
    skipped_synapses : int
        Their synapses whose slot had passed.
    missed_transfers : int
        Contributions of synapse or Poisson cores that did not reach the neuron core in time.
    skipped_steps : int
        Steps in which a synapse core had no time to begin.
    overruns : int
        Ticks handled, or updates begun, late; no loss by itself.
    """

    router_dropped: int
    buffer_overflow: int
    flushed: int
    late: int
    skipped_synapses: int
    missed_transfers: int
    skipped_steps: int
    overruns: int

    @property
    def total(self) -> int:
        """Sum of all that makes a run not loss-free: all causes but the last."""
        return sum(getattr(self, name) for name in LOSSES)


LOSSES = tuple(f.name for f in fields(Losses) if f.name != "overruns")
COUNTED = {
    "buffer_overflow": CoreCounter.BUFFER_LOST,
    "flushed": CoreCounter.FLUSHED,
    "late": CoreCounter.LATE,
    "skipped_synapses": CoreCounter.SKIPPED,
    "missed_transfers": CoreCounter.TRANSFERS_MISSED,
    "skipped_steps": CoreCounter.SKIPPED_STEPS,
    "overruns": CoreCounter.OVERRUNS,
}
"""Counter of the cores for each cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How far the cores of one role were from their deadlines, and how busy.

    Attributes
    ----------
    n_cores : int
    smallest_us : float or None
        Smallest slack of all; negative: a deadline was missed. None if no core had one.
    worst_core : str or None
        Where that was.
    smallest_of_core_us, mean_of_core_us : mapping of str to float
        Percentiles (`PERCENTILES`, "p0" to "p100") over the cores of each one's smallest and mean
        slack.
    smallest_of_core_share, mean_of_core_share : mapping of str to float
        The same as shares of the step.
    busy_mean, busy_max : float
        Share of the time that cores worked, mean over the cores and of the busiest.
    busiest_step_us : float
        Most work that a core did in one step.
    """

    n_cores: int
    smallest_us: float | None
    worst_core: str | None
    smallest_of_core_us: Mapping[str, float]
    mean_of_core_us: Mapping[str, float]
    smallest_of_core_share: Mapping[str, float]
    mean_of_core_share: Mapping[str, float]
    busy_mean: float
    busy_max: float
    busiest_step_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchTiming:
    """One stretch of a run.

    Attributes
    ----------
    first_step, stop_step : int
    is_loss_free : bool
        Whether no packet was dropped, overflowed, flushed or late, no synapse skipped, no transfer
        missed, no step skipped.
    losses : Losses
    dropped : mapping of str to int
        Copies that routers dropped, by fate (`router.events.Fate`).
    packets_sent, packets_received : int
    margins : mapping of str to Margins
        By role; roles that no core has are left out.
    """

    first_step: int
    stop_step: int
    is_loss_free: bool
    losses: Losses
    dropped: Mapping[str, int]
    packets_sent: int
    packets_received: int
    margins: Mapping[str, Margins]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What full timing found.

    Attributes
    ----------
    step_us : float
        Wall time of a step.
    stretches : mapping of str to StretchTiming
        "run", and "warmup" before it if there is one.
    saturated : int
        Slots that were found at 65535, in the whole run.
    delay_clipped : int
        Expected number of synapses whose delays were cut to what the ring buffers hold.
    in_flight : int
        Copies of packets under way at the end.
    unprocessed : int
        Packets that cores had taken but not worked on at the end.
    undelivered : int
        Cores that the packets sent in the whole run were for, less packets that cores took, less
        copies under way at the end: what dropped copies meant, each of which may have been for many
        cores. (A copy under way counts as one core.)
    """

    step_us: float
    stretches: Mapping[str, StretchTiming]
    saturated: int
    delay_clipped: int
    in_flight: int
    unprocessed: int
    undelivered: int


class PacketCounts(NamedTuple):
    """Packets in the time that counts, counted or reckoned from spikes."""

    sent: float
    received: float
    received_max: float
    """Most that one core took."""
    router_passes: float
    """Packets times the routers that each passed."""


class CoreNames(NamedTuple):
    """Where each vertex stands, and what it is called."""

    chip_xy: NDArray[np.int32]
    """Shape (n_vertices, 2)."""
    processor: Longs
    population: list[str]
    label: list[str]


def core_names(spec: NetworkSpec, mapped: NetworkMapping, topology: Topology) -> CoreNames:
    """Names of all vertices, such as "L23E[64:128] synapse core 1 on chip (3, 4) core 7"."""
    graph, placement = mapped.graph, mapped.placement
    xy = topology.xy[placement.chip]
    population = [spec.populations[p].name for p in graph.population.tolist()]
    rows = zip(
        population,
        graph.lo.tolist(),
        graph.hi.tolist(),
        graph.role.tolist(),
        graph.synapse_core.tolist(),
        xy.tolist(),
        placement.core.tolist(),
        strict=True,
    )
    label = [
        f"{name}[{lo}:{hi}] {ROLE_NAMES[Role(role)]}{f' {index}' if index >= 0 else ''} "
        f"on chip ({x}, {y}) core {core}"
        for name, lo, hi, role, index, (x, y), core in rows
    ]
    return CoreNames(xy, placement.core.astype(np.int64), population, label)


def stretch_names(timed: TimedCounts) -> list[str]:
    """Name of each stretch: the last is the run, one before it the warm-up."""
    return ["warmup", "run"][-len(timed.stretches) :]


def count_packets(timed: TimedCounts) -> PacketCounts:
    """Packets of the time that counts, the last stretch."""
    stretch = timed.stretches[-1]
    received = stretch.cores[:, CoreCounter.PACKETS]
    passes = (RouterCounter.LOCAL_MULTICAST, RouterCounter.EXTERNAL_MULTICAST)
    return PacketCounts(
        sent=int(stretch.cores[:, CoreCounter.SENT].sum()),
        received=int(received.sum()),
        received_max=int(received.max(initial=0)),
        router_passes=int(stretch.fabric.router[:, passes].sum()),
    )


def summarise_timing(
    timed: TimedCounts,
    graph: MachineGraph,
    names: CoreNames,
    *,
    period_ps: int,
    delay_clipped: int = 0,
) -> Timing:
    """Settle what the engine counted.

    Parameters
    ----------
    timed : TimedCounts
    graph : MachineGraph
        Whose vertices are the cores of the recording.
    names : CoreNames
    period_ps : int
        Wall time of a step.
    delay_clipped : int
    """
    in_flight = len(timed.in_flight)
    stretches = {
        name: _stretch(stretch, graph, names, period_ps)
        for name, stretch in zip(stretch_names(timed), timed.stretches, strict=True)
    }
    missing = sum(_expected(stretch, graph) for stretch in timed.stretches) - sum(
        stretch.packets_received for stretch in stretches.values()
    )
    return Timing(
        step_us=period_ps / PS_PER_US,
        stretches=stretches,
        saturated=timed.saturated,
        delay_clipped=delay_clipped,
        in_flight=in_flight,
        unprocessed=timed.unprocessed,
        undelivered=missing - in_flight,
    )


def all_losses(timing: Timing) -> dict[str, int]:
    """Losses of the whole run by cause."""
    found = {
        name: sum(getattr(stretch.losses, name) for stretch in timing.stretches.values())
        for name in LOSSES
    }
    return found | {"delay_clipped": timing.delay_clipped}


def _stretch(
    stretch: Stretch, graph: MachineGraph, names: CoreNames, period_ps: int
) -> StretchTiming:
    losses = _losses(stretch)
    roles = [role for role in Role if np.any(graph.role == role)]
    return StretchTiming(
        first_step=stretch.first_step,
        stop_step=stretch.stop_step,
        is_loss_free=losses.total == 0,
        losses=losses,
        dropped=_dropped(stretch.fates),
        packets_sent=int(stretch.cores[:, CoreCounter.SENT].sum()),
        packets_received=int(stretch.cores[:, CoreCounter.PACKETS].sum()),
        margins={
            role.name.lower(): _margins(
                stretch, np.flatnonzero(graph.role == role), names, period_ps
            )
            for role in roles
        },
    )


def _losses(stretch: Stretch) -> Losses:
    sums = stretch.cores.sum(axis=0)
    counted = {name: int(sums[counter]) for name, counter in COUNTED.items()}
    return Losses(router_dropped=sum(_dropped(stretch.fates).values()), **counted)


def _expected(stretch: Stretch, graph: MachineGraph) -> int:
    """Cores that the packets sent in `stretch` were for, each packet for itself."""
    sent = stretch.cores[graph.net_vertex, CoreCounter.SENT]
    return int((sent * graph.n_targets).sum())


def _dropped(fates: Longs) -> dict[str, int]:
    return {fate.name.lower(): int(fates[fate]) for fate in Fate if fate not in NOT_LOST}


def _margins(stretch: Stretch, which: Longs, names: CoreNames, period_ps: int) -> Margins:
    own = stretch.cores[which]
    has_slack = own[:, CoreCounter.N_SLACKS] > 0
    smallest = own[has_slack, CoreCounter.MIN_SLACK_PS]
    mean = own[has_slack, CoreCounter.SUM_SLACK_PS] / own[has_slack, CoreCounter.N_SLACKS]
    busy = own[:, CoreCounter.BUSY_PS] / stretch.wall_ps[which]
    is_known = smallest.size > 0
    worst = int(which[has_slack][np.argmin(smallest)]) if is_known else -1
    return Margins(
        n_cores=len(which),
        smallest_us=float(smallest.min() / PS_PER_US) if is_known else None,
        worst_core=names.label[worst] if is_known else None,
        smallest_of_core_us=_percentiles(smallest / PS_PER_US),
        mean_of_core_us=_percentiles(mean / PS_PER_US),
        smallest_of_core_share=_percentiles(smallest / period_ps),
        mean_of_core_share=_percentiles(mean / period_ps),
        busy_mean=float(busy.mean()),
        busy_max=float(busy.max()),
        busiest_step_us=float(own[:, CoreCounter.MAX_BUSY_PS].max() / PS_PER_US),
    )


def _percentiles(values: Floats) -> dict[str, float]:
    if not values.size:
        return {}
    found = np.percentile(values, PERCENTILES)
    return {f"p{p}": float(value) for p, value in zip(PERCENTILES, found, strict=True)}
