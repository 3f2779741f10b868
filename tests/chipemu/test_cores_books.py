"""Books that must balance whatever cores have to do; and what they compute if nothing is lost."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import reference_engine
from chipemu.counters import NONE_PS, CoreCounter
from chipemu.image import DirectPoisson, PoissonSource
from chipemu.recording import Sampling
from chipemu.roles import COMBINED, DELAY, NEURON, SYNAPSE
from host.spikesources import poisson_table
from router.counters import CoreCounter as FabricCoreCounter
from router.events import Fate
from tests.chipemu.by_hand import (
    COSTS,
    PARAMS,
    PERIOD,
    Case,
    combined,
    delay,
    engines,
    neuron,
    poisson,
    source,
    synapse,
)

N_STEPS = 6
SLOWNESS = st.sampled_from([0, 1, 1, 1, 10, 50, 400])


@st.composite
def cases(draw):
    """A few cores on one or two chips that fire a lot, with cheap or dear work and odd clocks."""
    chips = draw(st.integers(1, 2))
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    bounds = np.cumsum([0, *sizes]).tolist()
    n_neurons, n_sources = bounds[-1], draw(st.integers(1, 4))
    cores, direct, buffer_of = _slices(draw, bounds, chips)
    n_all = n_neurons + n_sources
    middle = n_all - n_sources // 2
    for lo, hi in ((n_neurons, middle), (middle, n_all)):
        if hi > lo:
            cores.append(source(lo, hi, chip=draw(st.integers(0, chips - 1))))
    n_stages = draw(st.integers(1, 2))
    stage_steps = 2 if n_stages == 2 else 4
    if n_stages == 2:
        cores.append(delay(0, n_all, chip=draw(st.integers(0, chips - 1))))
    cores = [replace(core, spread_ps=draw(_spreads(core))) for core in cores]
    rates = draw(st.sampled_from([None, 5_000.0, 60_000.0]))
    spikes = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(n_neurons, n_all - 1))))
    return Case(
        _numbered(cores),
        n_neurons,
        n_sources,
        synapses=_synapses(draw, n_all, n_neurons, n_stages * stage_steps, buffer_of),
        spikes=[spike for spike in spikes if rates is None or spike[1] >= middle],
        firing=tuple(draw(st.sets(st.integers(0, n_neurons - 1)))),
        direct=tuple(direct),
        poisson=() if rates is None else (_sources(n_neurons, middle, rates),),
        params=draw(params()),
        offset_ps=tuple(draw(st.integers(0, PERIOD // 2)) for _ in range(chips)),
        drift_ppb=tuple(draw(st.integers(-(10**6), 10**6)) for _ in range(chips)),
        stage_steps=stage_steps,
        n_stages=n_stages,
        n_rows=draw(st.integers(1, 3)),
        row_bytes=draw(st.sampled_from([4, 100, 3000])),
    )


def _slices(draw, bounds, chips):
    """Combined cores or ensembles, their direct input, and the buffer of each source by slice."""
    cores, direct, n_buffers = [], [], {}
    is_ensemble, has_poisson = draw(st.booleans()), draw(st.booleans())
    for lo, hi in pairwise(bounds):
        chip = draw(st.integers(0, chips - 1))
        if not is_ensemble:
            cores.append(combined(lo, hi, chip=chip))
            n_buffers[lo] = 1
            continue
        cores.append(neuron(lo, hi, chip=chip))
        n_buffers[lo] = draw(st.integers(1, 2))
        cores += [synapse(lo, hi, buffer, chip=chip) for buffer in range(n_buffers[lo])]
        if has_poisson:
            cores.append(poisson(lo, hi, 2, chip=chip))
            table = poisson_table(draw(st.sampled_from([0.0, 10_000.0])), 0.1)
            direct.append(DirectPoisson(lo, hi, lo, 1, table, 40_000, 4))
    starts = sorted(n_buffers)

    def buffer_of(sender, target):
        return sender % n_buffers[starts[np.searchsorted(starts, target, side="right") - 1]]

    return cores, direct, buffer_of


def _synapses(draw, n_all, n_neurons, longest, buffer_of):
    listed = st.tuples(
        st.integers(0, n_all - 1),
        st.integers(0, n_neurons - 1),
        st.integers(1, longest),
        st.sampled_from([1_000, 60_000]),
    )
    return [(*found, buffer_of(*found[:2])) for found in draw(st.lists(listed, max_size=25))]


def _spreads(core):
    if core.role == SYNAPSE:
        return st.just(0)
    return st.sampled_from([0, 0, 5_000_000, PERIOD - 3_000_000])


def _numbered(cores):
    """Processors of each chip, from 1 on."""
    used, numbered = {}, []
    for core in cores:
        used[core.chip] = used.get(core.chip, 0) + 1
        numbered.append(replace(core, processor=used[core.chip]))
    return numbered


def _sources(lo, hi, rate_hz):
    return PoissonSource(lo, hi, lo, 0, poisson_table(rate_hz, 0.1))


@st.composite
def params(draw):
    names = (
        "packet",
        "lookup",
        "fetch",
        "row",
        "synapse",
        "step",
        "tick",
        "read",
        "neuron",
        "send",
    )
    names += ("write", "poisson", "delayed", "drain", "contribution")
    slow = draw(st.dictionaries(st.sampled_from(names), SLOWNESS, max_size=3))
    least = {"neuron": 1, "send": 1}
    costs = {n: max(least.get(n, 0), getattr(COSTS, n) * by) for n, by in slow.items()}
    return replace(
        PARAMS,
        costs=replace(COSTS, **costs),
        spike_buffer=draw(st.sampled_from([2, 3, 256])),
        drops_late=draw(st.booleans()),
        has_colours=draw(st.booleans()),
        filters_empty_rows=draw(st.booleans()),
        margin_ps=draw(st.sampled_from([None, None, 0, 1_000_000, 20_000_000, 2 * PERIOD])),
    )


def total(result, name):
    return sum(int(s.cores[:, CoreCounter[name]].sum()) for s in result.timed.stretches)


@engines
@settings(max_examples=60)
@given(case=cases())
def test_books_balance(run, case):
    result = case.run(run, N_STEPS)
    (stretch,) = result.timed.stretches
    sent, taken = stretch.fabric.core[:, [FabricCoreCounter.SENT, FabricCoreCounter.RECEIVED]].T
    lost = stretch.fates.sum() - stretch.fates[Fate.HELD]
    assert total(result, "SENT") == result.timed.n_packets >= sent.sum()
    assert total(result, "PACKETS") <= taken.sum()
    assert taken.sum() + result.timed.in_flight.size + lost >= sent.sum()
    for row, core in enumerate(case.cores):
        _check_core(result, row, core, case)


def _check_core(result, row, core, case):
    names = ("PACKETS", "BUFFER_LOST", "FLUSHED", "PROCESSED", "FILTERED", "DMAS")
    packets, lost, flushed, processed, filtered, dmas = result.counters(row, *names)
    assert processed - filtered - dmas >= 0 or core.role == DELAY
    if core.role in (COMBINED, DELAY):
        assert 0 <= packets - lost - flushed - processed <= result.timed.unprocessed
    if core.role == COMBINED:
        assert processed - filtered - dmas <= 1  # looked up or fetched at the end
    assert (flushed > 0) <= case.params.drops_late
    assert (result.counter(row, "SKIPPED") > 0) <= case.params.has_colours
    assert (result.counter(row, "FILTERED") > 0) <= case.params.filters_empty_rows
    assert 0 <= result.counter(row, "TICKS") <= N_STEPS
    if core.role == SYNAPSE:
        assert result.counter(row, "TRANSFERS_MISSED") <= N_STEPS - 1
    slacks = result.counters(row, "MIN_SLACK_PS", "SUM_SLACK_PS", "N_SLACKS")
    assert slacks[0] == NONE_PS if not slacks[2] else slacks[0] * slacks[2] <= slacks[1]


def _is_ideal(result, case):
    """Whether every packet and every contribution came in its step."""
    nothing = ("BUFFER_LOST", "LATE", "LEFT", "TRANSFERS_MISSED", "FLUSHED")
    is_whole = not any(total(result, name) for name in nothing)
    (stretch,) = result.timed.stretches
    is_done = (stretch.cores[:, CoreCounter.N_SLACKS] == N_STEPS).all()
    in_step = case.params.has_colours or case.n_chips == 1
    arrived = not result.timed.in_flight.size and not result.timed.unprocessed
    no_loss = not stretch.fates.any()
    return is_whole and is_done and in_step and arrived and no_loss and case.n_stages == 1


def _ideal(case):
    image = case.image()
    return reference_engine.run(image, N_STEPS, sampling=Sampling(np.arange(image.n_neurons)))


@engines
def test_what_nothing_delays_is_ideal(run):
    n_ideal, n_other = [], []

    @settings(max_examples=150, database=None, derandomize=True)
    @given(cases())
    def compare(case):
        result = case.run(run, N_STEPS)
        ideal, full = _ideal(case), result.timed.recording
        is_same = np.array_equal(full.v_raw, ideal.v_raw)
        if _is_ideal(result, case):
            assert is_same
            assert result.spikes() == sorted(
                zip(ideal.spike_steps().tolist(), ideal.spike_source.tolist(), strict=True)
            )
            n_ideal.append(full.spike_source.size > 5)
        n_other.append(not is_same)

    compare()
    assert sum(n_ideal) >= 5
    assert sum(n_other) >= 5


@pytest.mark.parametrize("role", [COMBINED, NEURON, SYNAPSE, DELAY])
def test_the_cases_have_all_kinds_of_cores(role):
    found = []

    @settings(max_examples=60, database=None, derandomize=True)
    @given(cases())
    def collect(case):
        found.append(any(core.role == role for core in case.cores))

    collect()
    assert sum(found) >= 10
