"""Where packets and what they carry went: an account in three stages, each of which adds up.

A packet is for many cores; each core takes its own copy; a copy that finds synapses becomes
synaptic events. Counts are those of the cores (table ``cores``, counters of
`chipemu.counters.CoreCounter`) and of `host.timing.Timing`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chipemu.counters import CoreCounter
from host.countertables import core_name
from host.datatable import Table
from host.results import Results
from host.timing import StretchTiming, Timing

__all__ = ["LOSS_WORDS", "WHOLE", "Part", "Stage", "core_sums", "stages"]

LOSS_WORDS = {
    "router_dropped": "copies of packets that routers dropped",
    "buffer_overflow": "packets that found the spike buffer of their core full",
    "flushed": "packets dropped at a tick, not yet looked at",
    "late": "rows processed in a later step than that of their packet",
    "skipped_synapses": "synapses of late rows whose slot had passed",
    "missed_transfers": "contributions that did not reach the neuron core in time",
    "skipped_steps": "steps in which a synapse core had no time to begin",
    "delay_clipped": "synapses whose delays were cut to what ring buffers hold (expected number)",
    "ring_buffer_saturations": "slots of ring buffers that were full at 65,535",
}
"""What each cause of loss counts (`host.timing.Losses`)."""
WHOLE = "whole run"
"""Key of the sums over all stretches."""


class Part(NamedTuple):
    """A part of a stage.

    Attributes
    ----------
    name : str
    tone : str
        ``"good"``, ``"none"`` or ``"bad"``.
    counts : mapping of str to int
        By stretch, and of the whole run; a stretch of which it is not known is left out.
    """

    name: str
    tone: str
    counts: Mapping[str, int]


class Stage(NamedTuple):
    """What becomes of packets at one stage of their way; `parts` add up to `total`."""

    name: str
    total: Mapping[str, int]
    parts: tuple[Part, ...]


def stages(results: Results) -> tuple[Stage, ...]:
    """Stages of the run; without full timing there are none."""
    if results.timing is None:
        return ()
    found = [_delivery(results.timing)]
    cores = results.tables.get("cores")
    if cores is not None and len(cores):
        sums = {name: core_sums(cores, name) for name in results.timing.stretches}
        found += [_work(sums, results.timing.unprocessed), _events(sums)]
    return tuple(found)


def core_sums(cores: Table, stretch: str) -> dict[CoreCounter, int]:
    """Sums over all cores of the counters that are counts, of one stretch."""
    wanted = (
        CoreCounter.PACKETS,
        CoreCounter.BUFFER_LOST,
        CoreCounter.FILTERED,
        CoreCounter.FLUSHED,
        CoreCounter.PROCESSED,
        CoreCounter.EVENTS,
        CoreCounter.SKIPPED,
    )
    chosen = [name == stretch for name in cores.columns["stretch"]]
    is_delay = [role == "delay" for role in cores.columns["role"]]
    sums = {}
    for counter in wanted:
        column = cores.columns[core_name(counter)]
        kept = _chosen(column, chosen)
        if counter is CoreCounter.PROCESSED:  # elsewhere a fetch that a tick cut off counts twice
            kept = _chosen(column, [a and b for a, b in zip(chosen, is_delay, strict=True)])
        sums[counter] = sum(kept)
    return sums


def _chosen(column: Sequence[object], chosen: Sequence[bool]) -> list[int]:
    pairs = zip(column, chosen, strict=True)
    return [value for value, is_chosen in pairs if is_chosen and isinstance(value, int)]


def _delivery(timing: Timing) -> Stage:
    """Cores that packets were for; what was missed and under way is known of the whole run."""
    taken = _of_stretches(timing, "packets_received")
    total = taken[WHOLE] + timing.in_flight + timing.undelivered
    return Stage(
        "Cores that packets were for",
        {WHOLE: total},
        (
            Part("taken by the core", "good", taken),
            Part("under way at the end", "none", {WHOLE: timing.in_flight}),
            Part("not reached: routers dropped the copy", "bad", {WHOLE: timing.undelivered}),
        ),
    )


def _of_stretches(timing: Timing, name: str) -> dict[str, int]:
    stretches: Mapping[str, StretchTiming] = timing.stretches
    found = {stretch: int(getattr(one, name)) for stretch, one in stretches.items()}
    return found | {WHOLE: sum(found.values())}


def _work(sums: Mapping[str, Mapping[CoreCounter, int]], n_waiting: int) -> Stage:
    """What cores did with the packets that they took; how many waited is known of the end alone.

    Rows that were processed are what is left: fetches count more, since one that is given up at a
    deadline is made again (``docs/cores.md``).
    """
    total = _added(sums, CoreCounter.PACKETS)
    parts = [
        Part("no synapses on this core", "none", _added(sums, CoreCounter.FILTERED)),
        Part("stored by a delay core", "good", _added(sums, CoreCounter.PROCESSED)),
        Part("waiting at the end", "none", {WHOLE: n_waiting}),
        Part("lost: spike buffer full", "bad", _added(sums, CoreCounter.BUFFER_LOST)),
        Part("lost: flushed at a tick", "bad", _added(sums, CoreCounter.FLUSHED)),
    ]
    n_processed = total[WHOLE] - sum(part.counts[WHOLE] for part in parts)
    told = [part for part in parts if part.tone == "bad" or any(part.counts.values())]
    processed = Part("row of synapses processed", "good", {WHOLE: n_processed})
    return Stage("Packets that cores took", total, (processed, *told))


def _events(sums: Mapping[str, Mapping[CoreCounter, int]]) -> Stage:
    total, skipped = _added(sums, CoreCounter.EVENTS), _added(sums, CoreCounter.SKIPPED)
    in_time = {key: n - skipped[key] for key, n in total.items()}
    return Stage(
        "Synaptic events of the rows processed",
        total,
        (
            Part("added to the ring buffer in time", "good", in_time),
            Part("lost: too late for their slot", "bad", skipped),
        ),
    )


def _added(sums: Mapping[str, Mapping[CoreCounter, int]], counter: CoreCounter) -> dict[str, int]:
    found = {stretch: own[counter] for stretch, own in sums.items()}
    return found | {WHOLE: sum(found.values())}
