"""Kernels against numpy: random words, neuron updates in both arithmetics, synaptic rows."""

import numpy as np
import pytest

from chipemu.kernels import add_row
from chipemu.models.if_curr_exp.float64.kernels import update_run_float64
from chipemu.models.if_curr_exp.float64.params import lif_floats
from chipemu.models.if_curr_exp.kernels import update_run
from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Arithmetic, Constants, lif_constants
from chipemu.state import State
from fixedpoint.random import reference
from fixedpoint.random.kernels import philox_fill

pytestmark = pytest.mark.bench

N_DRAWS = 1 << 16
N_NEURONS = 77169 // 2
"""What one of two threads updates."""
N_SYNAPSES = 1 << 16
SEED = 12345


def measure(benchmark, function, *arguments, items, is_baseline=False):
    benchmark.extra_info.update(items=items, is_baseline=is_baseline)
    function(*arguments)  # compiles
    benchmark(function, *arguments)


@pytest.mark.benchmark(group="random word")
def test_philox_fill(benchmark):
    words = np.zeros(N_DRAWS, np.uint32)
    measure(benchmark, philox_fill, 0, 1, 2, 3, SEED, 0, words, items=N_DRAWS)
    for call in (0, 77, N_DRAWS // 4 - 1):
        expected = reference.philox4x32(call, 1, 2, 3, SEED, 0)
        assert tuple(words[call :: N_DRAWS // 4].tolist()) == expected


@pytest.mark.benchmark(group="random word")
def test_numpy_philox(benchmark):
    rng = np.random.Generator(np.random.Philox(SEED))
    words = rng.integers(0, 2**32, N_DRAWS, np.uint32)
    assert abs(words.mean() / 2**31 - 1) < 0.01

    def draw():
        return rng.integers(0, 2**32, N_DRAWS, np.uint32)

    measure(benchmark, draw, items=N_DRAWS, is_baseline=True)


@pytest.fixture
def constants():
    """Constants of the microcircuit's neurons: one run of equal ones."""
    pd14 = {"cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0}
    arrays = {name: np.array([value]) for name, value in {**LIF_DEFAULTS, **pd14}.items()}
    return lif_constants(arrays, (2, 2), 0.1, Constants.ON_CORE)


@pytest.fixture
def state():
    """Neurons in all phases, and input for them; what the update does not read is empty."""
    rng = np.random.default_rng(SEED)

    def draw(low, high):
        return rng.integers(low, high, N_NEURONS, np.int32)

    fired = np.zeros(N_NEURONS, np.uint8)
    return State(
        v=draw(-70 << 15, -49 << 15),
        timer=draw(0, 3),
        i_exc=draw(0, 1 << 15),
        i_inh=draw(0, 1 << 15),
        more=np.zeros((0, N_NEURONS), np.int32),
        i_offset=np.zeros(N_NEURONS, np.int32),
        level=np.zeros(0, np.int64),
        next_change=np.zeros(1, np.int64),
        input_exc=draw(0, 1 << 12),
        input_inh=draw(0, 1 << 12),
        rings=np.zeros((0, 0), np.uint16),
        saturated=np.zeros(0, np.int64),
        fired=fired,
        fired_words=fired.view(np.uint64),
        draws=np.zeros((0, 0), np.uint32),
        counts=np.zeros((0, 0), np.int32),
        emitted=np.zeros((0, 0, 0), np.int64),
    )


def compiled_step(state, constants):
    seed, arithmetic = np.zeros(2, np.int64), int(Arithmetic.TRUNCATE)
    update_run(0, N_NEURONS, 0, state, np.concatenate(constants), arithmetic, seed)


def numpy_step(state, c):
    """The same formulas, vectorised in int64."""
    v, timer, i_exc, i_inh = state.v, state.timer, state.i_exc, state.i_inh
    i_offset, input_exc, input_inh = state.i_offset, state.input_exc, state.input_inh
    exc = _wrapped(i_exc + (_wrapped(_long(input_exc) << c.shift_exc) * c.init_exc_u >> 32))
    inh = _wrapped(i_inh + (_wrapped(_long(input_inh) << c.shift_inh) * c.init_inh_u >> 32))
    alpha = _wrapped((_wrapped(exc - inh + i_offset) * c.r_k >> 15) + c.v_rest_k)
    moved = _wrapped(alpha - (c.membrane_k * _wrapped(alpha - v) >> 15))
    free = timer <= 0
    v[:] = np.where(free, moved, v)
    fired = v >= c.v_thresh_k
    state.fired[:] = fired
    v[:] = np.where(fired, c.v_reset_k, v)
    timer[:] = np.where(fired, c.t_refract, np.where(free, timer, timer - 1))
    i_exc[:] = exc * c.decay_exc_u >> 32
    i_inh[:] = inh * c.decay_inh_u >> 32


def _long(array):
    return array.astype(np.int64)


def _wrapped(array):
    return array.astype(np.int32).astype(np.int64)


@pytest.mark.benchmark(group="neuron update")
@pytest.mark.parametrize("step", [compiled_step, numpy_step])
def test_neuron_update(benchmark, step, state, constants):
    mine, other = (state._make(array.copy() for array in state) for _ in range(2))
    compiled_step(mine, constants)
    numpy_step(other, constants)
    assert mine.fired.any()
    np.testing.assert_equal(mine._asdict(), other._asdict())
    is_baseline = step is numpy_step
    measure(benchmark, step, state, constants, items=N_NEURONS, is_baseline=is_baseline)


@pytest.fixture
def exact():
    """The same neurons in double precision."""
    pd14 = {"cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0}
    arrays = {name: np.array([value]) for name, value in {**LIF_DEFAULTS, **pd14}.items()}
    return lif_floats(arrays, 0.1)


def compiled_float64_step(state, c):
    update_run_float64(0, N_NEURONS, state, np.concatenate(c))


def numpy_float64_step(state, c):
    v, timer, i_exc, i_inh = state.v, state.timer, state.i_exc, state.i_inh
    i_offset, input_exc, input_inh = state.i_offset, state.input_exc, state.input_inh
    exc, inh = i_exc + input_exc * c.init_exc, i_inh + input_inh * c.init_inh
    alpha = (exc - inh + i_offset) * c.r + c.v_rest
    free = timer <= 0
    v[:] = np.where(free, alpha - c.membrane * (alpha - v), v)
    fired = v >= c.v_thresh
    state.fired[:] = fired
    v[:] = np.where(fired, c.v_reset, v)
    timer[:] = np.where(fired, c.t_refract, np.where(free, timer, timer - 1))
    i_exc[:], i_inh[:] = exc * c.decay_exc, inh * c.decay_inh


def in_floats(state):
    """The state in mV and nA."""
    scale = {"v": 15, "i_exc": 15, "i_inh": 15, "i_offset": 15, "input_exc": 12, "input_inh": 12}
    return state._replace(**{name: getattr(state, name) / 2.0**n for name, n in scale.items()})


@pytest.mark.benchmark(group="neuron update, double precision")
@pytest.mark.parametrize("step", [compiled_float64_step, numpy_float64_step])
def test_float64_update(benchmark, step, state, exact):
    state = in_floats(state)
    mine, other = (state._make(array.copy() for array in state) for _ in range(2))
    compiled_float64_step(mine, exact)
    numpy_float64_step(other, exact)
    assert mine.fired.any()
    np.testing.assert_array_equal(mine.fired, other.fired)
    for name in ("v", "i_exc", "i_inh"):
        np.testing.assert_allclose(getattr(mine, name), getattr(other, name), rtol=1e-12)
    is_baseline = step is numpy_float64_step
    measure(benchmark, step, state, exact, items=N_NEURONS, is_baseline=is_baseline)


@pytest.fixture
def words():
    rng = np.random.default_rng(SEED)
    targets = rng.integers(0, N_NEURONS, N_SYNAPSES, np.uint32)
    return rng.integers(0, 100, N_SYNAPSES, np.uint32) << 16 | targets


def compiled_row(ring, saturated, words):
    ring[:] = 0
    add_row(ring, saturated, words, 0, N_SYNAPSES, 0)


def numpy_row(ring, _, words):  # does not saturate, and need not
    ring[:] = 0
    np.add.at(ring, words & 0xFFFF, (words >> 16).astype(np.uint16))


@pytest.mark.benchmark(group="synapse")
@pytest.mark.parametrize("add", [compiled_row, numpy_row])
def test_row(benchmark, add, words):
    ring, saturated = np.zeros(N_NEURONS, np.uint16), np.zeros(N_NEURONS, np.int64)
    is_baseline = add is numpy_row
    measure(benchmark, add, ring, saturated, words, items=N_SYNAPSES, is_baseline=is_baseline)
    np.testing.assert_array_equal(ring, np.bincount(words & 0xFFFF, words >> 16, N_NEURONS))
    assert not saturated.any()
