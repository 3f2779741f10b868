"""When cores send: packets drawn block by block, so that a long run needs little memory.

The random numbers of a block depend on the seed, the load and times of the group, and the block:
groups that differ by the machine alone get the same packets.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError
from host.traffic.experiment import Group
from host.traffic.workload import Streams
from router.packets import Sends

__all__ = ["SEND_PS", "Batch", "batches", "draw_seed", "offered_hz"]

SEND_PS = 500_000
"""From one packet to the next of a core that has several flows, in one timestep (estimate: 100 CPU
cycles for a random number and a call of the sending routine)."""
COPIES_PER_BLOCK = 400_000
"""Packets and copies that a block has on average, at most."""
DRAWS_PER_BLOCK = 4_000_000
"""Random numbers that a block takes, at most: one per stream and timestep, one per random time."""
PS_PER_S = 10**12

Times = NDArray[np.int64]


class Batch(NamedTuple):
    """The packets of one block."""

    end_ps: int
    """End of the block."""
    sends: Sends
    n_wanted: int
    """Copies that should arrive."""


def offered_hz(streams: Streams, group: Group) -> NDArray[np.float64]:
    """Mean packets/s of each stream in `group`, shape (n_streams,)."""
    probability, rate_hz = _loads(streams, group)
    duty = group.burst_duty if group.burst_period_ps else 1.0
    stepped = probability * PS_PER_S / group.timestep_ps
    mean_hz: NDArray[np.float64] = duty * np.where(np.isnan(rate_hz), stepped, rate_hz)
    return mean_hz


def draw_seed(group: Group, seed: int) -> tuple[int, ...]:
    """Seed for `batches` that depends on what shapes the packets of `group`, not on the rest."""
    if group.draw is not None:
        return seed, group.draw
    times = (group.timestep_ps, group.duration_ps, group.warmup_ps, group.burst_period_ps)
    shape = (_number(group.probability), _number(group.rate_hz), group.burst_duty, *times)
    return seed, *np.array(shape, np.float64).view(np.uint32).tolist()


def batches(streams: Streams, group: Group, seed: tuple[int, ...]) -> Iterator[Batch]:
    """Draw the packets of `group`, block after block; no block reaches over the warm-up's end.

    Parameters
    ----------
    streams : Streams
    group : Group
    seed : tuple of int
        Such as `draw_seed` makes.

    Raises
    ------
    ConfigError
        If a core has more flows than it can serve in a timestep.
    """
    probability, rate_hz = _loads(streams, group)
    is_random = ~np.isnan(rate_hz)
    phase_ps = _phases(streams.core, ~is_random, group.timestep_ps, np.random.default_rng(seed))
    for number, (start_ps, end_ps) in enumerate(_blocks(streams, group)):
        rng = np.random.default_rng((*seed, number))
        which, time_ps = _stepped(probability, phase_ps, group.timestep_ps, (start_ps, end_ps), rng)
        more, more_ps = _poisson(rate_hz, (start_ps, end_ps), rng)
        which, time_ps = np.concatenate((which, more)), np.concatenate((time_ps, more_ps))
        if group.burst_period_ps:
            kept = time_ps % group.burst_period_ps < group.burst_duty * group.burst_period_ps
            which, time_ps = which[kept], time_ps[kept]
        key = streams.key[which] + rng.integers(streams.n_keys[which]).astype(np.uint32)
        sends = Sends.sort(time_ps, streams.core[which], key, streams.has_payload[which])
        yield Batch(end_ps, sends, int(streams.n_sinks[which].sum()))


def _loads(streams: Streams, group: Group) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability per timestep and rate (Hz) of each stream; exactly one of the two is a number."""
    own = ~(np.isnan(streams.probability) & np.isnan(streams.rate_hz))
    probability = np.where(own, streams.probability, _number(group.probability))
    rate_hz = np.where(own, streams.rate_hz, _number(group.rate_hz))
    if np.any(np.isnan(probability) & np.isnan(rate_hz)):
        msg = "a flow has neither probability nor rate; give them to the flow or the group"
        raise ConfigError(msg)
    return probability, rate_hz


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _blocks(streams: Streams, group: Group) -> Iterator[tuple[int, int]]:
    """Start and end of each block, cut at the ends of warm-up and run.

    Blocks are of whole timesteps if any stream sends by them, and no longer than the limits of
    copies and of random numbers have it.
    """
    probability, rate_hz = _loads(streams, group)
    n_stepped = np.count_nonzero(probability > 0)
    copies_hz = float(offered_hz(streams, group) @ (1 + streams.n_sinks))
    draws_hz = float(np.nansum(rate_hz)) + n_stepped * PS_PER_S / group.timestep_ps
    longest_s = min(COPIES_PER_BLOCK / max(copies_hz, 1.0), DRAWS_PER_BLOCK / max(draws_hz, 1.0))
    unit_ps = group.timestep_ps if n_stepped else 1
    length_ps = unit_ps * max(1, int(min(longest_s * PS_PER_S, group.end_ps) / unit_ps))
    start_ps = 0
    while start_ps < group.end_ps:
        border_ps = group.warmup_ps if start_ps < group.warmup_ps else group.end_ps
        end_ps = min(start_ps + length_ps - start_ps % length_ps, border_ps)
        yield start_ps, end_ps
        start_ps = end_ps


def _phases(
    core: NDArray[np.int32],
    is_stepped: NDArray[np.bool_],
    timestep_ps: int,
    rng: np.random.Generator,
) -> Times:
    """When in a timestep each stream sends: its core's phase, and its turn among them."""
    cores, first, index = np.unique(core, return_index=True, return_inverse=True)
    turns: Times = np.cumsum(is_stepped, dtype=np.int64) - is_stepped
    turn: Times = turns - turns[first][index]
    longest = int(turn[is_stepped].max(initial=0)) + 1
    if longest > 1 and longest * SEND_PS > timestep_ps:
        msg = (
            f"a core has {longest} flows, which take {longest * SEND_PS} ps of each timestep of "
            f"{timestep_ps} ps; use a longer timestep or fewer flows per core"
        )
        raise ConfigError(msg)
    own_ps: Times = rng.integers(timestep_ps, size=len(cores))
    phase_ps: Times = (own_ps[index] + turn * SEND_PS) % timestep_ps
    return phase_ps


def _stepped(
    probability: NDArray[np.float64],
    phase_ps: Times,
    timestep_ps: int,
    block: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[Times, Times]:
    """Streams and times of packets that are sent with a probability in each timestep."""
    start_ps, end_ps = block
    streams = np.flatnonzero(probability > 0)
    first = start_ps // timestep_ps
    n_steps = -(-end_ps // timestep_ps) - first
    step, which = np.nonzero(rng.random((n_steps, len(streams))) < probability[streams])
    time_ps = (first + step) * timestep_ps + phase_ps[streams[which]]
    inside = (time_ps >= start_ps) & (time_ps < end_ps)
    return streams[which[inside]], time_ps[inside]


def _poisson(
    rate_hz: NDArray[np.float64], block: tuple[int, int], rng: np.random.Generator
) -> tuple[Times, Times]:
    """Streams and times of packets that are sent at random times."""
    start_ps, end_ps = block
    streams = np.flatnonzero(rate_hz > 0)
    counts = rng.poisson(rate_hz[streams] * ((end_ps - start_ps) / PS_PER_S))
    which = np.repeat(streams, counts)
    return which, rng.integers(start_ps, end_ps, size=len(which))
