"""The compiled engine in stretches: recordings that join, snapshots, and how much it keeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu.compiled_engine import FEWEST_SPIKES, Cores, run
from chipemu.errors import ImageError
from chipemu.recording import Sampling, join
from host.numerics import Numerics
from mapping.connectors import AllToAll
from mapping.distributions import Constant
from mapping.graph import Layout
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from tests.parity.test_chipemu import assert_same, image_of, networks

N_STEPS = 30


def bursting(size=12):
    """Neurons that fire in every step, and reach each other after 0.1 and 0.9 ms."""
    parameters = {"i_offset": 1000.0, "tau_refrac": 0.0}
    neurons = Population("n", size, PopulationKind.NEURON, parameters)
    projections = tuple(
        Projection("n", "n", AllToAll(), Constant(0.1), Constant(delay_ms))
        for delay_ms in (0.1, 0.9)
    )
    return NetworkSpec("bursting", (neurons,), projections)


def small_image(spec, n_threads=1):
    return image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics(), n_threads)


@settings(max_examples=40)
@given(networks(), st.lists(st.integers(1, 9), min_size=1), st.integers(1, 4), st.integers(0, 9))
def test_stretches_join_to_the_run(spec, lengths, interval, first_sample):
    image = small_image(spec)
    sampling = Sampling(np.arange(image.n_neurons), interval, first_sample)
    whole = run(image, N_STEPS, sampling=sampling)
    cores, parts = Cores(image, sampling=sampling), []
    while cores.step < N_STEPS:
        length = lengths[len(parts) % len(lengths)]
        parts.append(cores.advance(min(length, N_STEPS - cores.step)))
        assert parts[-1].first_step + parts[-1].n_steps == cores.step
    assert_same(join(parts), whole)
    np.testing.assert_array_equal(
        np.concatenate([part.spike_steps() for part in parts]), whole.spike_steps()
    )


@settings(max_examples=40)
@given(networks(), st.integers(0, N_STEPS), st.integers(1, 9))
def test_a_snapshot_goes_on_as_if_nothing_had_been(spec, middle, length):
    image = small_image(spec)
    sampling = Sampling(np.arange(image.n_neurons), 3)
    whole = run(image, N_STEPS, sampling=sampling)
    cores = Cores(image, sampling=sampling)
    parts = [cores.advance(min(length, middle))]
    while cores.step < middle:
        parts.append(cores.advance(min(length, middle - cores.step)))
    kept = cores.snapshot()
    cores.advance(5)  # what is kept is not touched by going on
    again = Cores(image, sampling=sampling, snapshot=kept)
    assert again.step == middle
    while again.step < N_STEPS:
        parts.append(again.advance(N_STEPS - again.step))
    assert_same(join(parts), whole)


@given(networks())
@settings(max_examples=5)
def test_memory_does_not_grow(spec):
    image = small_image(spec)
    cores = Cores(image)
    n_spikes = 0
    sizes = set()
    for _ in range(20):
        n_spikes += cores.advance(200).spike_source.size
        sizes.add((cores._history.source.size, cores._history.start.size))
    assert len(sizes) <= 2  # there is no past before the first steps
    assert cores.snapshot()["source"].size <= image.matrix.n_delays * cores._most_per_step


def test_room_is_made_for_bursts(monkeypatch):
    """All fire in every step: the spikes of the delays alone are more than there is room for."""
    monkeypatch.setattr("chipemu.compiled_engine.FEWEST_SPIKES", 1)
    image = small_image(bursting())
    whole, cores, parts = run(image, 40), Cores(image), []
    while cores.step < 40:
        parts.append(cores.advance(40 - cores.step))
    assert len(parts) > 1
    assert whole.spike_source.size > 10 * image.n_neurons
    assert_same(join(parts), whole)
    assert whole.spike_source.size < FEWEST_SPIKES


def test_a_snapshot_of_other_cores_is_refused():
    kept = Cores(small_image(bursting())).snapshot()
    with pytest.raises(ImageError, match=r"snapshot: v has \(12,\) int32, these cores \(7,\)"):
        Cores(small_image(bursting(7)), snapshot=kept)
    del kept["timer"]
    with pytest.raises(ImageError, match="snapshot: timer has nothing, these cores"):
        Cores(small_image(bursting()), snapshot=kept)
