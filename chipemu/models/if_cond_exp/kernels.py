"""Compiled update of IF_cond_exp neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_cond_exp.params import SCALE_BITS, OneCond
from chipemu.models.if_curr_exp.kernels import decayed, lif_step, synaptic_input
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
def conductance(held: int) -> int:
    """Conductance (s16.15 uS) of synapses that hold 1024 times as much."""
    return held >> SCALE_BITS


@kernel
def synaptic_current(exc: int, inh: int, v: int, e_rev_exc: int, e_rev_inh: int) -> int:
    """Current (s16.15 nA) that the conductances `exc` and `inh` let in at the potential `v`."""
    inward = mul_floor(exc, wrap32(e_rev_exc - v))
    outward = mul_floor(wrap32(-inh), wrap32(e_rev_inh - v))
    return wrap32(inward - outward)


@kernel
def constants_of(row: Longs) -> OneCond:
    """Constants of a run of equal neurons, by name."""
    return OneCond(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11], row[12], row[13], row[14],
    )  # fmt: skip


@kernel
def held(n: int, state: State, c: OneCond, arithmetic: int) -> tuple[int, int]:
    """What the synapses of neuron `n` hold after adding the ring buffers, 1024 times the uS."""
    exc = synaptic_input(
        np.int64(state.i_exc[n]), np.int64(state.input_exc[n]), c.shift_exc, c.init_exc_u,
        arithmetic,
    )  # fmt: skip
    inh = synaptic_input(
        np.int64(state.i_inh[n]), np.int64(state.input_inh[n]), c.shift_inh, c.init_inh_u,
        arithmetic,
    )  # fmt: skip
    return exc, inh


@kernel
def synaptic(n: int, state: State, row: Longs, arithmetic: int) -> tuple[int, int]:
    """Conductances (s16.15 uS) of neuron `n` after adding what the ring buffers hold."""
    exc, inh = held(n, state, constants_of(row), arithmetic)
    return conductance(exc), conductance(inh)


@kernel
def update_neuron(
    n: int, state: State, c: OneCond, arithmetic: int, rand0: int, rand1: int
) -> None:
    """Update neuron `n`: input, current, membrane, threshold, decay."""
    exc, inh = held(n, state, c, arithmetic)
    v = np.int64(state.v[n])
    let_in = synaptic_current(conductance(exc), conductance(inh), v, c.e_rev_exc_k, c.e_rev_inh_k)
    state.v[n], state.timer[n], state.fired[n] = lif_step(
        v, np.int64(state.timer[n]), wrap32(let_in + np.int64(state.i_offset[n])), c.v_rest_k,
        c.v_reset_k, c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract, arithmetic,
        rand0, rand1,
    )  # fmt: skip
    state.i_exc[n] = decayed(exc, c.decay_exc_u, arithmetic)
    state.i_inh[n] = decayed(inh, c.decay_inh_u, arithmetic)


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
