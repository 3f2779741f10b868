"""Currents injected from outside: all engines agree, whatever is injected into whom and when."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipemu import compiled_engine, reference_engine, simpy_engine, timed_engine
from chipemu.image import NOT_INJECTED
from chipemu.recording import Sampling, join
from chipemu.state import Injected
from host.injection import injected
from host.neurons import raw_values
from host.numerics import Numerics
from mapping.graph import Layout
from tests.parity.random_cores import assert_same as assert_same_run
from tests.parity.random_cores import random_case
from tests.parity.slow import examples
from tests.parity.test_chipemu import assert_same, image_of, networks

N_STEPS = 25


@st.composite
def changes(draw, n_neurons, n_steps=N_STEPS, *, is_float64=False):
    """Up to three currents into any neurons, at times so strong that sums overflow."""
    n_currents = draw(st.integers(1, 3))
    pairs = st.tuples(st.integers(0, n_neurons - 1), st.integers(0, n_currents - 1))
    into = sorted(draw(st.sets(pairs, min_size=1)))
    amplitudes = st.sampled_from([-3.0, 0.1, 2.0, 40.0, 65535.0])
    events = draw(
        st.lists(st.tuples(st.integers(0, n_steps - 1), st.integers(0, n_currents - 1), amplitudes))
    )
    events.sort(key=lambda event: event[0])
    step, current, value = ([event[k] for event in events] for k in range(3))
    neuron, start = np.unique([n for n, _ in into], return_index=True)
    return Injected(
        change_step=np.array(step, np.int64),
        change_current=np.array(current, np.int64),
        change_value=raw_values(np.array(value, np.float64), Numerics(is_float64=is_float64)),
        neuron=neuron.astype(np.int64),
        start=np.append(start, len(into)).astype(np.int64),
        current=np.array([k for _, k in into], np.int64),
        n_currents=np.array([n_currents]),
    )


@examples(60)
@given(st.data(), networks(), st.booleans())
def test_engines_agree(data, spec, is_float64):
    numerics = Numerics(is_float64=is_float64)
    image = image_of(spec, Layout.ENSEMBLE, 5, 2, numerics)
    image = replace(image, injected=data.draw(changes(image.n_neurons, is_float64=is_float64)))
    sampling = Sampling(np.arange(image.n_neurons))
    fast = compiled_engine.run(image, N_STEPS, sampling=sampling, steps_per_call=7)
    assert_same(fast, reference_engine.run(image, N_STEPS, sampling=sampling))
    if not is_float64:
        made = image_of(spec, Layout.ENSEMBLE, 5, 2, replace(numerics, is_procedural=True))
        made = replace(made, injected=image.injected)
        assert_same(fast, compiled_engine.run(made, N_STEPS, sampling=sampling))


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_engines_with_full_timing_agree(seed):
    case = random_case(seed)
    image = case.image()
    rng = np.random.default_rng(seed)
    n_changes = int(rng.integers(1, 12))
    into = np.unique(rng.integers(0, image.n_neurons, 4))
    image = replace(
        image,
        injected=Injected(
            change_step=np.sort(rng.integers(0, case.n_steps, n_changes)),
            change_current=rng.integers(0, 2, n_changes),
            change_value=rng.choice([-1, 0, 5, 40], n_changes) << 15,
            neuron=into,
            start=np.arange(into.size + 1),
            current=rng.integers(0, 2, into.size),
            n_currents=np.array([2]),
        ),
    )
    sampling = Sampling(np.arange(image.n_neurons))
    records = [
        engine.run(image, case.deployment(), case.n_steps, sampling=sampling)
        for engine in (simpy_engine, timed_engine)
    ]
    assert_same_run(*records)


@examples(20)
@given(st.data(), networks(), st.integers(0, N_STEPS))
def test_a_snapshot_takes_up_the_currents(data, spec, middle):
    image = image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics())
    image = replace(image, injected=data.draw(changes(image.n_neurons)))
    sampling = Sampling(np.arange(image.n_neurons))
    cores = compiled_engine.Cores(image, sampling=sampling)
    parts = [cores.advance(middle)]
    cores.exchange(image)
    parts.append(cores.advance(N_STEPS - middle))
    assert_same(join(parts), compiled_engine.run(image, N_STEPS, sampling=sampling))


class Wave:
    """A current source by its values."""

    def __init__(self, values, *targets):
        self.values, self.targets = np.array(values, np.float64), targets

    def amplitudes_na(self, first_step, n_steps, dt_ms):
        return self.values[first_step : first_step + n_steps]


def test_changes_are_those_of_the_waves():
    waves = [
        Wave([0.5, 0.5, 2.0, 2.0, 0.5], ("A", np.array([2, 0]))),
        Wave([1.0, 1.0, 1.0, -1.0, -1.0], ("B", np.array([0])), ("A", np.array([2]))),
    ]
    found = injected(waves, {"A": 0, "B": 5}, Numerics(), first_step=1, n_steps=4)
    told = zip(found.change_step, found.change_current, found.change_value / 2**15, strict=True)
    assert list(told) == [(1, 0, 0.5), (1, 1, 1.0), (2, 0, 2.0), (3, 1, -1.0), (4, 0, 0.5)]
    into = [found.current[a:b].tolist() for a, b in zip(found.start, found.start[1:], strict=False)]
    assert dict(zip(found.neuron.tolist(), into, strict=True)) == {0: [0], 2: [0, 1], 5: [1]}
    assert injected([], {}, Numerics(), first_step=0, n_steps=9) is NOT_INJECTED
