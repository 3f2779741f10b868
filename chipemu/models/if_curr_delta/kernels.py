"""Compiled update of IF_curr_delta neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_delta.params import OneDelta
from chipemu.models.if_curr_exp.kernels import lif_step
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.state import State
from fixedpoint.jit import kernel
from fixedpoint.kernels import mul_floor, wrap32
from fixedpoint.random.kernels import philox4x32
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]

STOCHASTIC = int(Arithmetic.STOCHASTIC)
ROUNDING = int(Stream.ROUNDING)


@kernel
def new_input(held: int, ring: int, shift: int) -> int:
    """Input (s16.15 mV at 1 nF) after adding the ring buffer's entry for this step."""
    return wrap32(held + wrap32(ring << shift))


@kernel
def synaptic_current(exc: int, inh: int, scale: int) -> int:
    """Current (s16.15 nA) of the input of a step."""
    return wrap32(mul_floor(exc, scale) - mul_floor(inh, scale))


@kernel
def constants_of(row: Longs) -> OneDelta:
    """Constants of a run of equal neurons, by name."""
    return OneDelta(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9]
    )  # fmt: skip


@kernel
def synaptic(n: int, state: State, row: Longs, arithmetic: int) -> tuple[int, int]:  # noqa: ARG001
    """Input of neuron `n` in this step: what the ring buffers hold, and what it began with."""
    c = constants_of(row)
    exc = new_input(np.int64(state.i_exc[n]), np.int64(state.input_exc[n]), c.shift_exc)
    inh = new_input(np.int64(state.i_inh[n]), np.int64(state.input_inh[n]), c.shift_inh)
    return exc, inh


@kernel
def update_neuron(
    n: int, state: State, c: OneDelta, arithmetic: int, rand0: int, rand1: int
) -> None:
    """Update neuron `n`: input, membrane, threshold."""
    exc = new_input(np.int64(state.i_exc[n]), np.int64(state.input_exc[n]), c.shift_exc)
    inh = new_input(np.int64(state.i_inh[n]), np.int64(state.input_inh[n]), c.shift_inh)
    current = wrap32(synaptic_current(exc, inh, c.scale_k) + np.int64(state.i_offset[n]))
    state.v[n], state.timer[n], state.fired[n] = lif_step(
        np.int64(state.v[n]), np.int64(state.timer[n]), current, c.v_rest_k, c.v_reset_k,
        c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract, arithmetic, rand0, rand1,
    )  # fmt: skip
    state.i_exc[n] = 0
    state.i_inh[n] = 0


@kernel
def update_run(
    lo: int, hi: int, step: int, state: State, row: Longs, arithmetic: int, seed: Longs
) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = constants_of(row)
    rand0 = rand1 = np.int64(0)
    for n in range(lo, hi):
        if arithmetic == STOCHASTIC:
            rand0, rand1, _, _ = philox4x32(n, step, 0, ROUNDING, seed[0], seed[1])
        update_neuron(n, state, c, arithmetic, rand0, rand1)
