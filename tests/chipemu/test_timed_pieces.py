"""Full timing piece by piece: what is exchanged in between, what is told, and how much is kept.

That pauses change nothing is shown by `tests/parity/test_cores.py` besides.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import compiled_engine, timed_engine
from chipemu.counters import CoreCounter
from chipemu.errors import ImageError
from chipemu.image import DirectPoisson, PoissonSource, SpikeEvents
from chipemu.models.if_curr_exp.model import IF_CURR_EXP
from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Constants
from chipemu.recording import Sampling, join
from chipemu.timed import traffic
from chipemu.timed_engine import TimedCores
from host.spikesources import poisson_table
from tests.chipemu.by_hand import MV, Case, combined, neuron, poisson, source, synapse
from tests.chipemu.test_cores_books import N_STEPS, cases
from tests.parity.random_cores import assert_same, random_case

N_CHANGES = 12


def cores_of(case, **given):
    image = case.image()
    sampling = Sampling(np.arange(image.n_neurons))
    return TimedCores(image, case.deployment(), sampling=sampling, **given)


# pauses


@settings(max_examples=40, database=None, derandomize=True)
@given(cases(), st.integers(0, N_STEPS))
def test_an_exchange_with_the_same_image_changes_nothing(case, step):
    cores = cores_of(case)
    first = cores.advance(step)
    cores.exchange(case.image())
    recording = join([first, cores.advance(N_STEPS - step)])
    whole = case.run(timed_engine.run, N_STEPS).timed
    assert_same(recording, whole.recording)
    assert_same(cores.timed().stretches, whole.stretches)


@pytest.mark.parametrize("seed", range(40))
def test_a_pause_tells_what_a_shorter_run_does(seed):
    case = random_case(seed)
    pause = int(np.random.default_rng(seed).integers(case.n_steps))
    cores = cores_of(case)
    cores.advance(pause)
    counts = cores.timed()
    shorter = replace(case, n_steps=pause, boundaries=(), pauses=(), is_cramped=False)
    timed = shorter.record(timed_engine)
    assert counts.stretches[-1].stop_step == pause
    for name in ("stretches", "n_packets", "in_flight", "unprocessed", "saturated"):
        assert_same(getattr(counts, name), getattr(timed, name), name)


def test_stretches_end_where_they_are_told_to():
    cores = cores_of(Case([combined(0, 1)], 1))
    cores.end_stretch()  # nothing has been counted yet
    cores.advance(2)
    cores.end_stretch()
    assert [s.stop_step for s in cores.timed().stretches] == [2]
    cores.advance(1)
    cores.advance(3)
    assert [(s.first_step, s.stop_step) for s in cores.timed().stretches] == [(0, 2), (2, 6)]
    assert cores.step == 6


def test_clocks_may_come_too_far_apart_later():
    cores = cores_of(Case([combined(0, 1)], 1, offset_ps=(0, 0), drift_ppb=(0, 10**8)))
    cores.advance(9)
    with pytest.raises(ImageError, match="ticks 10 of the chips"):
        cores.advance(1)
    assert cores.step == 9
    assert cores.timed().stretches[-1].stop_step == 9


def test_what_is_written_to_the_state_counts():
    cores = cores_of(Case([combined(0, 2)], 2))
    assert cores.advance(2).spike_source.size == 0
    cores.state.v[1] = 0
    fired = cores.advance(2)
    assert fired.spike_source.tolist() == [1]
    assert fired.spike_steps().tolist() == [2]


# exchanges


def test_spikes_under_way_arrive_with_the_new_weight():
    """Those of steps 0 and 3 arrive in steps 2 and 5, as if they were of two sources."""
    synapses, others = [(1, 0, 2, 1000), (2, 0, 2, 1)], [(1, 0, 2, 3000), (2, 0, 2, 1)]
    case = Case([combined(0, 1), source(1, 3)], 1, 2, synapses=synapses, spikes=[(0, 1), (3, 1)])
    cores = cores_of(case)
    first = cores.advance(4)
    cores.exchange(replace(case, synapses=others).image())
    recording = join([first, cores.advance(3)])
    both = [(1, 0, 2, 1000), (2, 0, 2, 3000)]
    whole = replace(case, synapses=both, spikes=[(0, 1), (3, 2)]).run(timed_engine.run, 7).timed
    np.testing.assert_array_equal(recording.i_exc_raw, whole.recording.i_exc_raw)
    assert recording.i_exc_raw[5, 0] > 3 * recording.i_exc_raw[2, 0]


def constants(rng, n_neurons):
    """Neurons of several time constants and thresholds."""
    values = {name: np.full(n_neurons, v) for name, v in LIF_DEFAULTS.items() if name != "v"}
    values["tau_m"] = rng.choice([5.0, 10.0, 20.0], n_neurons)
    values["v_thresh"] = rng.choice([-64.0, -50.0], n_neurons)
    return IF_CURR_EXP.fixed(values, (0, 0), 0.1, Constants.ON_CORE)


def changed(rng, case, image):
    """`image` with other weights, currents, rates, spike times and constants."""
    words = image.matrix.words & 0xFFFF | rng.integers(1, 3000, image.matrix.words.size) << 16
    first, last = int(rng.integers(2, 5)), case.n_neurons + case.n_sources
    spikes = sorted((int(s), last - 1) for s in rng.integers(first, 12, rng.integers(4)))
    steps, sources = np.array(spikes, np.int64).reshape(-1, 2).T
    table = poisson_table(float(rng.choice([0.0, 5_000.0])), 0.1)
    return replace(
        image,
        matrix=replace(image.matrix, words=words.astype(np.uint32)),
        i_offset=(rng.integers(0, 30, image.n_neurons) << 15).astype(np.int32),
        direct=tuple(d._replace(table=table) for d in image.direct),
        poisson=tuple(p._replace(table=table) for p in image.poisson),
        events=SpikeEvents(steps.copy(), sources.copy()),
        constants=constants(rng, image.n_neurons),
    )


TABLE = poisson_table(3_000.0, 0.1)
POISSON = (PoissonSource(4, 5, 4, 0, TABLE),)
IDEAL = {
    "combined cores": Case(
        [combined(0, 2), combined(2, 4), source(4, 5), source(5, 6, chip=1)],
        4,
        2,
        synapses=[(4, 0, 1, 900), (5, 3, 2, 800), (0, 2, 3, 700), (3, 1, 1, 600), (4, 2, 4, 500)],
        firing=(0,),
        offset_ps=(0, 1_000_000),
        drift_ppb=(0, 0),
        poisson=POISSON,
    ),
    "ensembles": Case(
        [
            *(neuron(0, 2), synapse(0, 2, 0), synapse(0, 2, 1), poisson(0, 2, 2)),
            *(neuron(2, 4), synapse(2, 4, 0), source(4, 5), source(5, 6)),
        ],
        4,
        2,
        synapses=[(4, 0, 1, 900), (5, 1, 2, 800, 1), (0, 2, 3, 700), (3, 1, 1, 600), (4, 2, 4, 5)],
        firing=(0,),
        direct=(DirectPoisson(0, 2, 0, 1, TABLE, 400, 4),),
        poisson=POISSON,
    ),
}


@pytest.mark.parametrize("name", IDEAL)
def test_exchanges_are_those_of_ideal_timing_if_nothing_is_late(name):
    """The step of a tenth of a millisecond leaves time for all of this."""
    case = IDEAL[name]
    n_fired = 0
    for seed in range(N_CHANGES):
        rng, image = np.random.default_rng(seed), case.image()
        sampling = Sampling(np.arange(case.n_neurons))
        both = cores_of(case), compiled_engine.Cores(image, sampling=sampling)
        parts = [], []
        for n_steps in rng.integers(0, 6, 4).tolist():
            for cores, found in zip(both, parts, strict=True):
                found.append(cores.advance(n_steps))
            image = changed(rng, case, image)
            for cores in both:
                cores.exchange(image)
        full, ideal = (join(found) for found in parts)
        for field in ("spike_source", "spike_start", "v_raw", "i_exc_raw", "direct_emitted"):
            np.testing.assert_array_equal(getattr(full, field), getattr(ideal, field), field)
        (stretch,) = both[0].timed().stretches
        assert not stretch.cores[:, (CoreCounter.LATE, CoreCounter.TRANSFERS_MISSED)].any()
        n_fired += full.spike_source.size
    assert n_fired > 20


def other_delays(image):
    segments = image.matrix.segments.copy()
    segments[0, 1] = 1 - segments[0, 1]
    return replace(image, matrix=replace(image.matrix, segments=segments))


def other_targets(image):
    return replace(image, matrix=replace(image.matrix, words=image.matrix.words ^ 1))


def other_places(image):
    return replace(image, cores=image.cores._replace(processor=image.cores.processor + 1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (other_delays, "other delays"),
        (other_targets, "other targets of synapses"),
        (other_places, "other processor of cores"),
        (lambda image: replace(image, n_channels=4), "other numbers of channels"),
        (lambda image: replace(image, dt_ms=0.2), "other time steps"),
        (lambda image: replace(image, model=image.model + 1), "other models of neurons"),
        (lambda image: replace(image, poisson=POISSON), "other cores with Poisson sources"),
        (lambda image: replace(image, row_channel=image.row_channel + 1), "other channels of rows"),
    ],
)
def test_other_cores_and_rows_are_refused(change, told):
    case = Case([combined(0, 2), source(4 - 2, 5)], 2, 3, synapses=[(2, 0, 2, 1000)])
    cores, twin = cores_of(case), cores_of(case)
    cores.advance(2)
    with pytest.raises(ImageError, match=f"new image has {told}; go on with"):
        cores.exchange(change(case.image()))
    whole = case.run(timed_engine.run, 4).timed.recording
    assert_same(join([twin.advance(2), cores.advance(2)]), whole)


def test_what_is_sampled_may_change():
    case = Case([combined(0, 3)], 3)
    cores = TimedCores(case.image(), case.deployment())
    assert cores.advance(2).v_raw.shape == (0, 0)
    cores.exchange(case.image(), Sampling(np.array([2]), 2))
    recording = cores.advance(5)
    assert recording.sample_steps.tolist() == [2, 4, 6]
    assert recording.v_raw.tolist() == 3 * [[-65 * MV]]


# memory


def test_no_more_is_kept_than_is_under_way(monkeypatch):
    """Neurons that fire in every step, and a packet that is never looked at."""
    monkeypatch.setattr(traffic, "PACKETS_TO_DROP", 8)
    cores = [combined(0, 4), combined(4, 5), source(5, 6), source(6, 7)]
    synapses = [(n, 4, 1, 100) for n in range(4)] + [(5, n, 1, 60_000) for n in range(4)]
    case = Case(cores, 5, 2, synapses=synapses, spikes=[(s, 5) for s in range(400)])
    engine = cores_of(case)
    sizes = []
    for _ in range(400):
        engine.advance(1)
        machine, fabric = engine._traffic.machine, engine._traffic.fabric
        sizes.append((len(machine.spans), len(machine.spikes), fabric.n_packets))
    assert engine.timed().n_packets > 400
    assert max(rows for rows, _, _ in sizes) == 2
    assert max(room for _, room, _ in sizes) < 50
    assert max(packets for _, _, packets in sizes) < 30
