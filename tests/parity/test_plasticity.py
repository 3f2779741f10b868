"""Compiled plasticity against its readable twins: scalar functions, and networks as wholes."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import reference_engine
from chipemu.compiled_engine import Cores
from chipemu.plasticity import kernels, reference
from chipemu.plasticity.float64 import kernels as kernels64
from chipemu.plasticity.float64 import reference as reference64
from chipemu.plasticity.readable import Learner
from chipemu.recording import Sampling, join
from host.image import build_image
from host.numerics import Numerics
from mapping.graph import Layout
from mapping.machine import Budgets, Machine
from mapping.partition import partition
from mapping.place import PLACERS, Search
from router.topology import spinn5_boards
from tests.parity.random_plastic import networks
from tests.parity.slow import IS_SLOW, examples

SCALAR = {"wrap16", "decayed", "grown", "opened", "final", "potentiated", "depressed"}
WHOLE = {  # what happens when a spike is due, which the readable engine does in another way
    "after", "one_more", "open_weight", "close_weight", "potentiate", "depress", "add_event",
    "changed", "add_weight", "process_source", "learn", "put_due", "run_plastic",
}  # fmt: skip
N_STEPS = 45

int32s = st.integers(-(2**31), 2**31 - 1)
int16s = st.integers(-(2**15), 2**15 - 1)
FORMS = {"njit": lambda f: f, "py_func": lambda f: getattr(f, "py_func", f)}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def own(module):
    return {
        name
        for name, f in vars(module).items()
        if callable(f) and getattr(f, "__module__", "") == module.__name__
    }


def test_every_kernel_has_a_twin():
    assert own(kernels) == {*SCALAR, *WHOLE}
    assert own(kernels64) == own(reference64) == SCALAR - {"wrap16"}


@pytest.mark.parametrize("name", sorted(SCALAR))
def test_twins_take_the_same_parameters(name):
    for module, twin in ((kernels, reference), (kernels64, reference64)):
        if hasattr(module, name):
            fast, slow = getattr(module, name), getattr(twin, name)
            parameters = inspect.signature(getattr(fast, "py_func", fast)).parameters
            assert list(parameters) == list(inspect.signature(slow).parameters)


@forms
@given(int16s, st.integers(0, 2048))
def test_traces(form, trace, factor):
    assert form(kernels.decayed)(trace, factor) == reference.decayed(trace, factor)
    assert form(kernels.grown)(trace) == reference.grown(trace)


@forms
@given(int32s, st.integers(0, 2**16 - 1), st.integers(0, 16))
def test_weights_of_16_bits(form, weight, raw, shift):
    assert form(kernels.opened)(raw, shift) == reference.opened(raw, shift)
    assert form(kernels.final)(weight, shift) == reference.final(weight, shift)


@forms
@given(int32s, int32s, int32s, st.booleans(), int16s)
def test_changes_of_weights(form, weight, limit, amount, is_multiplicative, trace):
    args = (weight, limit, amount, is_multiplicative, trace)
    assert form(kernels.potentiated)(*args) == reference.potentiated(*args)
    assert form(kernels.depressed)(*args) == reference.depressed(*args)


@forms
@given(st.tuples(*[st.floats(-4, 4)] * 3, st.booleans(), st.floats(0, 9)))
def test_changes_of_weights_in_double_precision(form, args):
    assert form(kernels64.potentiated)(*args) == reference64.potentiated(*args)
    assert form(kernels64.depressed)(*args) == reference64.depressed(*args)


def image_of(spec, layout, numerics):
    graph = partition(
        spec, Budgets(), layout=layout, neurons_per_core=4, synapse_cores=2, dt_ms=0.1
    )
    placement = PLACERS["hilbert"](graph, Machine(spinn5_boards(1)), Search())
    return build_image(spec, graph, placement, numerics)


def assert_same(left, right):
    for name in left.__slots__:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


def compiled(image, pieces):
    """What the compiled engine records in steps done in `pieces`, and the weights in the end."""
    cores = Cores(image, sampling=Sampling(np.arange(image.n_neurons), 2, 3))
    parts = [cores.advance(0)]
    for stop in pieces:
        while cores.step < stop:
            parts.append(cores.advance(stop - cores.step))
        cores.exchange(image)
    return join(parts), cores.plastic_weights


def readable(image, monkeypatch):
    learners = []
    monkeypatch.setattr(
        reference_engine, "Learner", lambda given: learners.append(Learner(given)) or learners[0]
    )
    sampling = Sampling(np.arange(image.n_neurons), 2, 3)
    recording = reference_engine.run(image, N_STEPS, sampling=sampling)
    return recording, learners[0].weights() if learners else None


@examples(60)
@given(networks(), st.sampled_from(Layout), st.booleans(), st.integers(0, 2**64 - 1))
def test_engines_agree(spec, layout, is_float64, seed):
    image = image_of(spec, layout, Numerics(dt_ms=0.1, seed=seed, is_float64=is_float64))
    fast, weights = compiled(image, [N_STEPS])
    with pytest.MonkeyPatch.context() as patch:
        slow, expected = readable(image, patch)
    assert_same(fast, slow)
    if image.plastic is not None:
        np.testing.assert_array_equal(weights, expected)
    parts, in_pieces = compiled(image, [1, 17, N_STEPS])
    assert_same(fast, parts)
    if image.plastic is not None:
        np.testing.assert_array_equal(weights, in_pieces)


@pytest.mark.skipif(IS_SLOW, reason="is about the networks, not about the form of the kernels")
def test_the_networks_of_this_test_learn_and_saturate():
    """A property over silent networks would prove nothing."""
    found = []

    @settings(max_examples=40, database=None, derandomize=True)
    @given(networks())
    def collect(spec):
        image = image_of(spec, Layout.ENSEMBLE, Numerics())
        recording, weights = compiled(image, [N_STEPS])
        if image.plastic is not None:
            n_changed = np.count_nonzero(weights != image.plastic.initial_weights())
            counts = np.bincount(recording.spike_source, minlength=image.n_sources)
            learning = image.plastic.rule >= 0
            busiest = counts[: image.n_neurons][learning].max(initial=0)
            found.append((n_changed, recording.saturated.sum(), busiest))

    collect()
    changed, saturated, busiest = np.array(found).T
    assert np.count_nonzero(changed) >= 20
    assert np.count_nonzero(saturated) >= 4
    assert np.count_nonzero(busiest > 16) >= 4  # histories that lose events
