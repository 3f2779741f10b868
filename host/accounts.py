"""Settling a run: from counts to rates, packets and energy.

The engines only count. What the counts cost is worked out here, afterwards, so that a run can be
priced again with other figures.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.power import PowerTable

__all__ = ["Activity", "Plant", "population_rates_hz", "settle_energy", "synaptic_events"]

Longs = NDArray[np.int64]
BOARDS_PER_FRAME = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The machine parts that draw power during a run.

    Attributes
    ----------
    n_boards, n_cores : int
        Boards switched on, and cores in use; a core in use never sleeps, because synapse cores
        poll for packets.
    """

    n_boards: int
    n_cores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened in the time that counts.

    Attributes
    ----------
    time_s : float
        Biological time (s).
    slowdown : float
        Wall time of the emulated machine over biological time.
    n_synaptic_events : float
        Spikes times out-degrees, Poisson input not counted.
    n_router_passes : int
        Packets times the routers that each passes.
    """

    time_s: float
    slowdown: float
    n_synaptic_events: float
    n_router_passes: int


def population_rates_hz(
    spike_counts: Longs, first: Longs, sizes: Longs, time_s: float
) -> NDArray[np.float64]:
    """Mean rate of each population (spikes/s per neuron).

    Parameters
    ----------
    spike_counts : ndarray of int64, shape (n_sources,)
        Spikes of each source in `time_s` seconds.
    first, sizes : ndarray of int64, shape (n_populations,)
        First source and number of members of each population.
    """
    totals = np.concatenate(([0], np.cumsum(spike_counts)))
    rates: NDArray[np.float64] = (totals[first + sizes] - totals[first]) / (sizes * time_s)
    return rates


def synaptic_events(
    rates_hz: NDArray[np.float64], out_degrees: Longs, first: Longs, sizes: Longs, time_s: float
) -> float:
    """Synaptic events by the published formula ``T * sum of N_a K_out,a nu_a``.

    The denominator of the energy per synaptic event in Senk et al. 2026 (Neuromorph. Comput. Eng.
    6:012001): a runs over populations, K_out is the mean out-degree, nu the mean rate.

    Parameters
    ----------
    rates_hz : ndarray of float64, shape (n_populations,)
    out_degrees : ndarray of int64, shape (n_sources,)
    first, sizes : ndarray of int64, shape (n_populations,)
    time_s : float
    """
    totals = np.concatenate(([0], np.cumsum(out_degrees)))
    synapses = totals[first + sizes] - totals[first]  # N_a K_out,a
    return float(time_s * np.sum(synapses * rates_hz))


def settle_energy(plant: Plant, activity: Activity, table: PowerTable) -> dict[str, Any]:
    """Energy of the time that counts, part by part.

    Power of boards, frames and cores is drawn for the whole wall time of the emulated machine,
    which is taken to meet its deadline: biological time times slow-down.

    Returns
    -------
    dict
        ``parts_j`` (energy of boards, frames, cores, routers), ``total_j``, ``mean_power_w``,
        ``wall_s``, ``synaptic_events``, ``e_syn_uj`` (total per synaptic event),
        ``e_syn_boards_uj`` (without frames), ``assumes_deadline_met``.
    """
    wall_s = activity.time_s * activity.slowdown
    parts_j = {
        "boards": plant.n_boards * table.idle_board_w * wall_s,
        "frames": _frames_w(plant.n_boards, table) * wall_s,
        "cores": plant.n_cores * table.active_core_w * wall_s,
        "routers": activity.n_router_passes * table.router_packet_pj * 1e-12,
    }
    total_j = sum(parts_j.values())
    events = activity.n_synaptic_events

    def per_event_uj(energy_j: float) -> float | None:
        return energy_j / events * 1e6 if events else None

    return {
        "e_syn_uj": per_event_uj(total_j),
        "e_syn_boards_uj": per_event_uj(total_j - parts_j["frames"]),
        "parts_j": parts_j,
        "total_j": total_j,
        "mean_power_w": total_j / wall_s,
        "wall_s": wall_s,
        "synaptic_events": events,
        "assumes_deadline_met": True,
    }


def _frames_w(n_boards: int, table: PowerTable) -> float:
    """Power of what houses the boards: the box of a single one, or whole frames of 24."""
    if n_boards == 1:
        return table.boxed_board_overhead_w
    return -(-n_boards // BOARDS_PER_FRAME) * table.frame_active_w
