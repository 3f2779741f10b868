"""Delays beyond the ring buffers: stages, made by delay cores, or a limit to which they are cut.

A ring buffer of S slots takes delays of 1 to S steps, since the slot of the present step is free
once it has been taken. A delay core, which hears what a source core sends, sends it again after S
steps, 2 S steps and so on: stage j serves the delays d with ``j * S < d <= (j + 1) * S``, of which
the ring buffer makes up the rest (delay extension of sPyNNaker; van Albada et al. 2018 had S = 16).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from mapping.connectors import ExplicitList
from mapping.distributions import Distribution
from mapping.errors import DoesNotFitError, SpecError
from mapping.spec import NetworkSpec, Projection

__all__ = [
    "MOST_STAGES",
    "DelayChoice",
    "Stages",
    "check_delay_options",
    "delays_in_steps",
    "expected_clipped",
    "longest_drawn",
    "plan_stages",
    "share_beyond",
]

DelayChoice = Literal["extend", "clip", "refuse"]
"""What becomes of delays longer than a ring buffer has slots."""
MOST_STAGES = 8
"""Stages that a delay core can add (sPyNNaker `DelayExtensionVertex.MAX_SLOTS`)."""
NEVER = 2.0**-33
"""Tails that 32-bit uniforms never draw, as in on-core generation."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stages:
    """How delays are shared out among stages.

    Attributes
    ----------
    n : int
        Stages, that of the source cores included; 1 if no core extends delays.
    steps : int
        Delay (steps) that each stage adds. Longer delays than ``n * steps`` are cut to that, so
        that the last stage has them.
    dt_ms : float
        Time step (ms).
    """

    n: int
    steps: int
    dt_ms: float

    def holds(self, stage: int, delays: Ints) -> NDArray[np.bool_]:
        """Whether `stage` serves each of `delays` (steps), shape of `delays`."""
        return (delays > stage * self.steps) & (
            (delays <= (stage + 1) * self.steps) | (stage == self.n - 1)
        )

    def share(self, projection: Projection, stage: int) -> float:
        """Expected fraction of the synapses of `projection` that `stage` serves."""
        share = share_beyond(projection, stage * self.steps, self.dt_ms)
        if stage < self.n - 1:
            share -= share_beyond(projection, (stage + 1) * self.steps, self.dt_ms)
        return max(0.0, share)

    def count(self, projection: Projection) -> int:
        """Stages that the delays of `projection` reach, 1 if it needs no delay core."""
        return min(self.n, -(-longest_drawn(projection, self.dt_ms) // self.steps))


def delays_in_steps(delay_ms: Floats, dt_ms: float) -> Ints:
    """Delays as on-core generation rounds them: to nearest, halves up, at least one step."""
    return np.maximum(1, np.floor(delay_ms / dt_ms + 0.5)).astype(np.int64)


def longest_drawn(projection: Projection, dt_ms: float) -> int:
    """Longest delay (steps) that on-core generation can draw if it is not cut."""
    listed = _listed(projection)
    if listed is not None:
        return int(delays_in_steps(listed, dt_ms).max(initial=1))
    return _drawn(projection.delay_ms, dt_ms)[1]


def share_beyond(projection: Projection, n_steps: int, dt_ms: float) -> float:
    """Expected fraction of the synapses of `projection` with delays of more than `n_steps`."""
    listed = _listed(projection)
    if listed is not None:
        return float(np.mean(delays_in_steps(listed, dt_ms) > n_steps)) if listed.size else 0.0
    return _drawn_beyond(projection.delay_ms, n_steps, dt_ms)


# What is drawn is kept, since many projections of a large network have the same delays.
@lru_cache(maxsize=4096)
def _drawn_beyond(delay_ms: Distribution, n_steps: int, dt_ms: float) -> float:
    shortest, longest = _drawn(delay_ms, dt_ms)
    if not shortest <= n_steps < longest:
        return float(n_steps < shortest)
    return 1.0 - float(delay_ms.cdf(np.array([(n_steps + 0.5) * dt_ms]))[0])


@lru_cache(maxsize=4096)
def _drawn(delay_ms: Distribution, dt_ms: float) -> tuple[int, int]:
    """Shortest and longest delay (steps) that can be drawn."""
    shortest, longest = delays_in_steps(delay_ms.ppf(np.array([NEVER, 1 - NEVER])), dt_ms).tolist()
    return shortest, longest


def _listed(projection: Projection) -> Floats | None:
    connector = projection.connector
    return connector.delay_ms if isinstance(connector, ExplicitList) else None


def expected_clipped(spec: NetworkSpec, longest_delay: int, dt_ms: float) -> float:
    """Expected number of synapses whose delays are cut to `longest_delay` (steps).

    Of listed delays the number is exact. Rounded delays count: 1.54 ms is not beyond 15 steps of
    0.1 ms.
    """
    return sum(
        spec.expected_synapses(p) * share_beyond(p, longest_delay, dt_ms) for p in spec.projections
    )


def check_delay_options(delays: str, delay_slots: int | None) -> None:
    """Check the choice, and the slots that a ring buffer may have.

    Raises
    ------
    SpecError
    """
    if delays not in get_args(DelayChoice):
        msg = f"no way {delays!r} with long delays; there are {', '.join(get_args(DelayChoice))}"
        raise SpecError(msg)
    if delay_slots is not None and delay_slots < 1:
        msg = f"delay_slots must be at least 1, got {delay_slots}"
        raise SpecError(msg)


def plan_stages(
    spec: NetworkSpec, most_slots: int, delays: DelayChoice, dt_ms: float
) -> tuple[int, Stages]:
    """Slots of each ring buffer, and the stages.

    Parameters
    ----------
    spec : NetworkSpec
    most_slots : int
        Slots that a ring buffer can have, a power of two.
    delays : DelayChoice
        With "refuse" it has been checked that the slots suffice.
    dt_ms : float
        Time step (ms).

    Returns
    -------
    slots : int
        A power of two.
    stages : Stages
        If nothing is extended, one, as long as the longest delay that generation may use.

    Raises
    ------
    DoesNotFitError
        If the delays reach beyond the last stage.

    Notes
    -----
    Stages are there for every delay that can be drawn. Only where they do not suffice, the delays
    that less than one synapse of a projection is expected to exceed (`NetworkSpec.longest_delay`)
    count, and rarer ones are cut.
    """
    slots = spec.delay_slots(dt_ms)
    if slots <= most_slots:
        return slots, Stages(1, slots - 1, dt_ms)
    used = [p for p in spec.projections if spec.expected_synapses(p) > 0]
    longest = min(slots - 1, max((longest_drawn(p, dt_ms) for p in used), default=1))
    if longest <= most_slots or delays == "clip":
        return most_slots, Stages(1, most_slots, dt_ms)
    expected = max(spec.longest_delay(p, dt_ms) for p in used)
    if expected > (1 + MOST_STAGES) * most_slots:
        need = -(-expected // most_slots) - 1
        resource = f"stages of delay, of {most_slots} steps each"
        remedy = "use fewer neurons per core, allow more delay slots, or clip the delays"
        raise DoesNotFitError(resource, need, MOST_STAGES, remedy)
    n_stages = min(1 + MOST_STAGES, -(-longest // most_slots))
    return most_slots, Stages(n_stages, most_slots, dt_ms)
