"""Double precision: compiled cores against readable ones, and where weights come from."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipemu import compiled_engine, reference_engine
from chipemu.generation.matrix import scratch_arrays
from chipemu.models.if_curr_exp.float64 import kernels, reference
from chipemu.models.if_curr_exp.params import LifConstants
from chipemu.recording import Sampling, join
from host.numerics import Numerics
from host.weights import kernels as weights
from host.weights import reference as weights_reference
from mapping.graph import Layout
from tests.parity.slow import examples
from tests.parity.test_chipemu import assert_same, image_of, networks
from tests.parity.test_generation import plans

SCALAR = ("synaptic_input", "membrane", "lif_step")
NUMBERS = st.floats(-1e6, 1e6)
STEPS = st.integers(-2, 30)


def python(function):
    return getattr(function, "py_func", function)


def kernels_of(module):
    def is_own(member):
        return callable(member) and getattr(member, "__module__", "") == module.__name__

    return {name for name, _ in inspect.getmembers(module, is_own)}


def test_every_kernel_has_a_twin():
    assert kernels_of(kernels) == {*SCALAR, "floats_of", "synaptic", "update_run_float64"}
    assert kernels_of(weights) == set(weights_reference.__all__)


@pytest.mark.parametrize("name", SCALAR)
@given(st.data())
def test_scalar_twins_agree_to_the_last_bit(name, data):
    fast, slow = getattr(kernels, name), getattr(reference, name)
    names = list(inspect.signature(slow).parameters)
    assert list(inspect.signature(python(fast)).parameters) == names
    drawn = [data.draw(STEPS if key in ("timer", "t_refract") else NUMBERS) for key in names]
    assert fast(*drawn) == slow(*drawn)


@examples(60)
@given(
    networks(),
    st.sampled_from(Layout),
    st.integers(1, 12),
    st.integers(1, 3),
    st.integers(0, 2**64 - 1),
)
def test_engines_agree(spec, layout, per_core, synapse_cores, seed):
    numerics = Numerics(seed=seed, is_float64=True)
    image = image_of(spec, layout, per_core, synapse_cores, numerics)
    sampling = Sampling(np.arange(image.n_neurons), 2, 3)
    fast = compiled_engine.run(image, 25, sampling=sampling, steps_per_call=7)
    slow = reference_engine.run(image, 25, sampling=sampling)
    assert_same(fast, slow)
    assert fast.v_raw.dtype == np.float64
    assert not fast.saturated.any()


@examples(15)
@given(networks(), st.integers(1, 24))
def test_a_snapshot_goes_on_alike(spec, n_before):
    image = image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics(is_float64=True))
    sampling = Sampling(np.arange(image.n_neurons))
    whole = compiled_engine.run(image, 25, sampling=sampling)
    earlier = compiled_engine.Cores(image, sampling=sampling)
    parts = [earlier.advance(n_before)]
    later = compiled_engine.Cores(image, sampling=sampling, snapshot=earlier.snapshot())
    parts.append(later.advance(25 - n_before))
    assert later.step == 25
    assert_same(join(parts), whole)


@examples(30)
@given(planned=plans(), n_chunks=st.integers(1, 3))
def test_weights_are_traced_alike(planned, n_chunks):
    plan, block_lo, n_delays = planned
    n_rows, n_places = plan.row_group.size, (block_lo.size - 1) * n_delays
    bounds = np.arange(n_chunks + 1, dtype=np.int64) * n_rows // n_chunks

    def traced(function):
        scratches = scratch_arrays(plan, n_places, n_chunks)
        longest, n = scratches.target.shape[1], plan.row_start[-1]
        projection, origin = np.zeros(n, np.int32), np.zeros(n, np.uint32)
        working = (
            np.zeros((n_chunks, longest), np.uint32),
            np.zeros((n_chunks, n_places + 1), np.uint32),
            np.zeros((n_chunks, longest), np.int64),
        )
        function(bounds, plan, scratches, block_lo, n_delays, *working, projection, origin)
        return projection.tolist(), origin.tolist()

    assert traced(weights.trace_rows) == traced(weights_reference.trace_rows)


@examples(30)
@given(networks(), st.integers(0, 2**64 - 1))
def test_weights_are_those_of_the_machine_before_rounding(spec, seed):
    """A 16-bit weight is the exact one, rounded to nearest and clipped, but for the last draw."""
    fixed, exact = (
        image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics(seed=seed, is_float64=is_float64))
        for is_float64 in (False, True)
    )
    np.testing.assert_array_equal(exact.matrix.words, fixed.matrix.words)
    for row in range(fixed.matrix.row_type.size):
        targets, _, raw = fixed.matrix.row(row)
        _, _, weight_na = exact.matrix.row(row)
        kind = "shift_inh" if fixed.matrix.row_type[row] else "shift_exc"
        shift = fixed.constants[targets, LifConstants._fields.index(kind)]
        unit = 2.0 ** (shift - 15)
        error = np.abs(np.minimum(weight_na / unit, 0xFFFF) - raw)
        assert np.all(error <= 0.5 + 1e-4)
