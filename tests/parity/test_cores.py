"""The compiled cores against those on SimPy: every spike, time and counter, on random machines."""

import os
from collections import Counter
from types import FunctionType

import pytest
from hypothesis import given, settings

from chipemu import simpy_engine, timed_engine
from chipemu.counters import CoreCounter
from chipemu.parts.core import Core
from chipemu.parts.receiving import Receiver
from chipemu.timed import kernels
from chipemu.timed.chips import kernels as chips
from chipemu.timed.delivery import kernels as delivery
from chipemu.timed.neurons import kernels as neurons
from chipemu.timed.pieces import kernels as pieces
from chipemu.timed.receivers import kernels as receivers
from chipemu.timed.rows import kernels as rows
from chipemu.timed.senders import kernels as senders
from host.config import Config, CoresConfig, MappingConfig, NetworkConfig, RunConfig
from host.pipeline import run as run_network
from router.events import Fate
from tests.chipemu.test_cores_books import N_STEPS
from tests.chipemu.test_cores_books import cases as small_cases
from tests.parity.random_cores import assert_same, random_case
from tests.parity.slow import IS_SLOW

N_CASES = int(os.environ.get("CHIPEMU_CASES", 120 if IS_SLOW else 1200))
"""`make soak` sets the variable."""
N_PARTS = 12
N_MET = 400
"""Cases that must meet everything."""

MODULES = kernels, chips, delivery, neurons, pieces, receivers, rows, senders
WHOLE = {  # parts of `timed_engine`, whose twin is `simpy_engine` as a whole
    "add_due", "add_flagged", "add_only", "add_part", "add_record", "add_within", "advance",
    "advance_all", "aim", "aim_delayed", "asks_for_transfer", "be_busy", "begin", "carry",
    "collect", "count", "count_full", "count_left", "count_overrun", "count_processed",
    "count_send", "count_skipped", "count_slack", "count_work", "decide", "decide_poisson",
    "decide_sender", "delay_core_waits_until", "delay_place", "deliver_early", "deliver_late",
    "deliver_records", "earliest_delayed", "earliest_packet",
    "earliest_send", "exchange", "exchange_and_deliver", "copy_parts", "expect", "fetch",
    "finish_transfer", "finish_update", "first_spike", "flag_parts", "go_on", "hand_over",
    "happen_to_delay_core", "happen_to_receiver", "happen_to_sender", "has_packet", "hold",
    "hold_image", "hold_rows", "hold_state", "interrupt", "judge_all", "lateness", "least",
    "look_up", "mark_parts", "most", "next_step", "next_wake", "note_fetch", "oldest",
    "prefetch_segments", "prepare", "process", "put_back", "read_next", "receive",
    "receiver_waits_until", "rows_of", "run_core", "send_due", "sender_waits_until",
    "settle_late", "settle_log", "settle_packet", "sift_down", "spike_at", "store",
    "stretch_interrupt", "stretch_piece", "synapses_of", "take", "tick_combined_core",
    "tick_ps", "tick_synapse_core", "transfer", "update_spans", "waits_until", "write",
}  # fmt: skip


@pytest.mark.parametrize("part", range(N_PARTS))
def test_engines_agree(part):
    for seed in range(part, N_CASES, N_PARTS):
        case = random_case(seed)
        assert_same(case.record(simpy_engine), case.record(timed_engine), f"seed {seed}: ")


@settings(max_examples=N_CASES // 10, database=None, derandomize=True)
@given(small_cases())
def test_engines_agree_on_cases_that_shrink(case):
    both = [
        case.run(engine.run, N_STEPS, boundaries=(3,)) for engine in (simpy_engine, timed_engine)
    ]
    assert_same(*(result.timed for result in both))


SMALL = {"network": NetworkConfig(scale=0.01, initial="original"), "machine": "spinn5"}
NETWORKS = {
    "homogeneous": {"mapping": MappingConfig(neurons_per_core=16)},
    "ensemble": {"mapping": MappingConfig(layout="ensemble", neurons_per_core=32)},
    "homogeneous, delayed": {"mapping": MappingConfig(neurons_per_core=40, delay_slots=16)},
    "ensemble, delayed": {
        "mapping": MappingConfig(layout="ensemble", neurons_per_core=64, delay_slots=16)
    },
    "homogeneous, too fast": {
        "mapping": MappingConfig(neurons_per_core=64, delay_slots=16),
        "slowdown": 0.3,
        "cores": CoresConfig(
            spike_buffer=16, tick_offset_ms=0.01, drift_ppm=100, spread=0.3, router_wait_cycles=4
        ),
    },
    "ensemble, too fast": {
        "mapping": MappingConfig(layout="ensemble", neurons_per_core=64, synapse_cores=1),
        "slowdown": 0.2,
        "cores": CoresConfig(late_spikes="drop", colours=False, bit_fields=False, reinject=True),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in NETWORKS if n.endswith("too fast") or not IS_SLOW])
def test_engines_agree_on_microcircuits(name, monkeypatch):
    chosen = dict(NETWORKS[name])
    run = RunConfig(
        time_ms=1.0, warmup_ms=1.0, timing="full", slowdown=chosen.pop("slowdown", None)
    )
    met = []

    def simulate(image, deployment, run, listener, *, sampling, n_threads, start):
        """Both engines in place of one."""
        given = {
            "boundaries": (run.n_warmup_steps,),
            "sampling": sampling,
            "n_threads": n_threads,
        }
        n_steps = run.n_warmup_steps + run.n_steps
        slow, fast = (
            engine.run(image, deployment, n_steps, **given)
            for engine in (simpy_engine, timed_engine)
        )
        assert_same(slow, fast)
        met.append(slow.n_packets)
        listener.take(fast.recording)
        return fast

    monkeypatch.setattr("host.pipeline.simulate", simulate)
    monkeypatch.setattr("host.compiling.is_warm", lambda _: True)
    losses = run_network(Config(run=run, **SMALL, **chosen)).losses
    assert met[0] > 100
    assert sum(losses.values()) > losses["delay_clipped"] or not name.endswith("too fast")


def test_every_kernel_has_a_twin():
    own = {
        name
        for module in MODULES
        for name, f in vars(module).items()
        if getattr(f, "__module__", "") == module.__name__
        and isinstance(getattr(f, "py_func", f), FunctionType)
    }
    assert own == WHOLE


LOSSES = {
    "router drop": Fate.DROPPED,
    "drop register full": Fate.MISSED,
    "reinjector full": Fate.OVERFLOWED,
    "aged": Fate.AGED,
    "unrouted": Fate.UNROUTED,
    "buffer overflow": CoreCounter.BUFFER_LOST,
    "flushed": CoreCounter.FLUSHED,
    "late": CoreCounter.LATE,
    "skipped synapses": CoreCounter.SKIPPED,
    "missed transfers": CoreCounter.TRANSFERS_MISSED,
    "transfers that end too late": CoreCounter.MAX_TRANSFER_OVERRUN_PS,
    "skipped steps": CoreCounter.SKIPPED_STEPS,
    "overruns": CoreCounter.OVERRUNS,
    "filtered": CoreCounter.FILTERED,
}


CUT = {
    f"{what} cut off by {where}"
    for what in ("interrupts", "pieces")
    for where in ("stretches", "the end")
}


def sights(timed):
    """What a run has met, of `LOSSES` and what else there is."""
    cores = sum(stretch.cores for stretch in timed.stretches)
    fates = sum(stretch.fates for stretch in timed.stretches)
    met = {
        name for name, of in LOSSES.items() if (fates[of] if of in Fate else cores[:, of].sum()) > 0
    }
    others = {
        "held": fates[Fate.HELD],
        "saturated": timed.recording.saturated.any(),
        "in flight": timed.in_flight.size,
        "unprocessed": timed.unprocessed,
        "spikes": timed.recording.spike_source.size > 20,
    }
    return met | {name for name, n in others.items() if n}


@pytest.mark.skipif(IS_SLOW, reason="no kernel takes part")
def test_the_cases_of_this_test_meet_everything(monkeypatch):
    """Engines that agree on idle machines would prove nothing."""
    early, ahead, met = [], [], Counter()
    count, end_stretch = Receiver._count_lateness, Core.end_stretch

    def note(self, packet):
        due = packet.step + packet.stage * self._stage_steps
        early.append(due > self._core.step)
        count(self, packet)

    def note_what_is_cut(self, now_ps):
        counts = end_stretch(self, now_ps)
        left_ps = self.counts._values[CoreCounter.BUSY_PS]
        if left_ps > 0:
            is_interrupt = now_ps + left_ps == self._interrupted_until_ps
            what = "interrupts" if is_interrupt else "pieces"
            where = "the end" if now_ps == self.clock.end_ps else "stretches"
            ahead.append(f"{what} cut off by {where}")
        return counts

    monkeypatch.setattr(Receiver, "_count_lateness", note)
    monkeypatch.setattr(Core, "end_stretch", note_what_is_cut)
    for seed in range(N_MET):
        early.clear()
        ahead.clear()
        met.update(sights(random_case(seed).record(simpy_engine)))
        met["early packets"] += any(early)
        met.update(set(ahead))
    assert set(met) == {*LOSSES, *CUT, "held", "saturated", "in flight", "unprocessed", "spikes",
                        "early packets"}  # fmt: skip
    assert min(met.values()) >= 4, met
