"""Settling a run: from counts to rates, losses, packets and actions.

The engines only count. What the counts mean is worked out here, afterwards; what they cost, by
`host.energy`, so that a run can be priced again with other figures.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from chipemu.timed_recording import TimedCounts
from host.activity import Activity, PlacedActivity, count_activity, sum_up
from host.config import Config
from host.deploy import core_params
from host.energy.vocabulary import Phase
from host.machines import MachineSpec
from host.observe import neuron_populations
from host.reckoning import Spiking, expected_packets, reckon_activity
from host.tally import Tally
from host.timing import PacketCounts, count_packets
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec

__all__ = ["Account", "settle", "synaptic_events"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class Account(NamedTuple):
    """A run, settled."""

    rates_hz: dict[str, float]
    losses: dict[str, int]
    counters: dict[str, Any]
    synaptic_events: int
    """In the time that counts, by the published formula."""
    placed: dict[Phase, PlacedActivity]
    """What the machine did in the warm-up, if there is one, and in the time that counts."""
    activities: dict[Phase, Activity]
    """The sums of that."""


def settle(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    tally: Tally,
    *,
    config: Config,
    machine_spec: MachineSpec,
    machine: Machine,
    timed: TimedCounts | None = None,
) -> Account:
    """Settle what was recorded after the warm-up.

    Two counts are kept of the whole run: saturations are given as such, and what direct Poisson
    sources emitted by its share of the time that counts.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    mapped : Mapping
    tally : Tally
        Of the whole run, warm-up included.
    config : Config
    machine_spec : MachineSpec
    machine : Machine
    timed : TimedCounts, optional
        With full timing. By default times and packets are reckoned from the spikes.
    """
    run = config.run
    stretches = _stretches(tally, run.n_warmup_steps)
    counting = stretches[Phase.RUNNING]
    spikes = counting.spikes
    time_s = run.n_steps * run.dt_ms / 1000.0
    populations = neuron_populations(spec)
    first = np.array([lo for lo, _ in populations.values()], dtype=np.int64)
    sizes = np.array([p.size for _, p in populations.values()], dtype=np.int64)
    rates_hz = _by_population(spikes, first, sizes) / (sizes * time_s)
    events = synaptic_events(rates_hz, image.out_degrees(), first, sizes, time_s)
    sent = expected_packets(image, mapped, counting) if timed is None else count_packets(timed)
    if timed is None:
        params = core_params(machine_spec.cores, config.cores)
        placed = {
            phase: reckon_activity(
                spec,
                image,
                mapped,
                spiking,
                params=params,
                topology=machine.topology,
                period_ps=config.period_ps,
            )
            for phase, spiking in stretches.items()
        }
    else:
        counted = [count_activity(stretch, mapped.graph) for stretch in timed.stretches]
        placed = dict(zip(stretches, counted, strict=True))
    saturated = _by_population(tally.saturated, first, sizes)
    names = list(populations)
    return Account(
        rates_hz=dict(zip(names, rates_hz.tolist(), strict=True)),
        losses={"ring_buffer_saturations": int(saturated.sum())},
        counters={
            "steps": tally.n_steps,
            "spikes": dict(zip(names, _by_population(spikes, first, sizes).tolist(), strict=True)),
            "synaptic_events": round(events),
            "poisson_spikes": round(float(counting.direct[:, 1].sum()))
            + sum(int(spikes[p.lo : p.hi].sum()) for p in image.poisson),
            **_packet_counters(sent),
            "ring_buffer_saturations": dict(zip(names, saturated.tolist(), strict=True)),
        },
        synaptic_events=round(events),
        placed=placed,
        activities={
            phase: sum_up(done, mapped.graph, machine.topology) for phase, done in placed.items()
        },
    )


def _stretches(tally: Tally, n_warmup: int) -> dict[Phase, Spiking]:
    """What fired in the warm-up, if there is one, and in the time that counts."""
    counted = {
        Phase.WARMUP: (n_warmup, tally.warmup_spikes),
        Phase.RUNNING: (tally.n_steps - n_warmup, tally.spikes),
    }
    return {
        # direct sources are counted of the whole run
        phase: Spiking(
            n_steps, spikes, tally.direct_emitted.astype(np.float64) * (n_steps / tally.n_steps)
        )
        for phase, (n_steps, spikes) in counted.items()
        if n_steps > 0
    }


def _packet_counters(packets: PacketCounts) -> dict[str, int]:
    return {
        "packets_sent": round(packets.sent),
        "router_passes": round(packets.router_passes),
        "packets_received": round(packets.received),
        "packets_received_max_per_core": round(packets.received_max),
    }


def _by_population(values: Longs, first: Longs, sizes: Longs) -> Longs:
    """Sum of `values` over the members of each population."""
    totals = np.concatenate(([0], np.cumsum(values)))
    return np.asarray(totals[first + sizes] - totals[first], dtype=np.int64)


def synaptic_events(
    rates_hz: Floats, out_degrees: Longs, first: Longs, sizes: Longs, time_s: float
) -> float:
    """Synaptic events by the published formula ``T * sum of N_a K_out,a nu_a``.

    The denominator of the energy per synaptic event in Senk et al. 2026 (Neuromorph. Comput. Eng.
    6:012001): a runs over neuron populations, K_out is the mean out-degree, nu the mean rate.

    Parameters
    ----------
    rates_hz : ndarray of float64, shape (n_populations,)
    out_degrees : ndarray of int64, shape (n_sources,)
    first, sizes : ndarray of int64, shape (n_populations,)
    time_s : float
    """
    synapses = _by_population(out_degrees, first, sizes)  # N_a K_out,a
    return float(time_s * np.sum(synapses * rates_hz))
