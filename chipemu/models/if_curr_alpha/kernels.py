"""Compiled update of IF_curr_alpha neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_alpha.params import OneAlpha
from chipemu.models.if_curr_exp.kernels import decayed, lif_step
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.state import State
from fixedpoint.jit import kernel
from fixedpoint.kernels import kdivk, mul_floor, wrap32
from fixedpoint.random.kernels import philox4x32
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]

STOCHASTIC = int(Arithmetic.STOCHASTIC)
ROUNDING = int(Stream.ROUNDING)
ONE_K = 1 << 15


@kernel
def alpha_input(
    linear: int,
    exponential: int,
    q: int,
    ring: int,
    shift: int,
    decay_u: int,
    slope: int,
    arithmetic: int,
) -> tuple[int, int, int]:
    """Linear part, exponential part and input of a synapse with what the ring buffer holds."""
    added = wrap32(ring << shift)
    if added <= 0:
        return linear, exponential, q
    exponential = wrap32(decayed(exponential, decay_u, arithmetic) + ONE_K)
    share = ONE_K
    if exponential != 0:
        share = wrap32(ONE_K - kdivk(ONE_K, exponential))
    linear = mul_floor(wrap32(linear + mul_floor(added, slope)), share)
    return linear, exponential, added


@kernel
def alpha_current(linear: int, exponential: int) -> int:
    """Current (s16.15 nA) of a synapse."""
    return mul_floor(linear, exponential)


@kernel
def alpha_shaped(
    linear: int, exponential: int, q: int, decay_u: int, slope: int, arithmetic: int
) -> tuple[int, int]:
    """Linear and exponential part of a synapse one step later."""
    return wrap32(linear + mul_floor(q, slope)), decayed(exponential, decay_u, arithmetic)


@kernel
def constants_of(row: Longs) -> OneAlpha:
    """Constants of a run of equal neurons, by name."""
    return OneAlpha(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11], row[12],
    )  # fmt: skip


@kernel
def excitation(n: int, state: State, c: OneAlpha, arithmetic: int) -> tuple[int, int, int]:
    """Excitatory synapse of neuron `n` after adding what the ring buffers hold for this step."""
    return alpha_input(
        np.int64(state.i_exc[n]), np.int64(state.more[0, n]), np.int64(state.more[2, n]),
        np.int64(state.input_exc[n]), c.shift_exc, c.decay_exc_u, c.slope_exc_k, arithmetic,
    )  # fmt: skip


@kernel
def inhibition(n: int, state: State, c: OneAlpha, arithmetic: int) -> tuple[int, int, int]:
    """Inhibitory synapse of neuron `n` after adding what the ring buffers hold for this step."""
    return alpha_input(
        np.int64(state.i_inh[n]), np.int64(state.more[1, n]), np.int64(state.more[3, n]),
        np.int64(state.input_inh[n]), c.shift_inh, c.decay_inh_u, c.slope_inh_k, arithmetic,
    )  # fmt: skip


@kernel
def synaptic(n: int, state: State, row: Longs, arithmetic: int) -> tuple[int, int]:
    """Synaptic currents of neuron `n` after adding what the ring buffers hold for this step."""
    c = constants_of(row)
    linear_e, exponential_e, _ = excitation(n, state, c, arithmetic)
    linear_i, exponential_i, _ = inhibition(n, state, c, arithmetic)
    return alpha_current(linear_e, exponential_e), alpha_current(linear_i, exponential_i)


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
        linear_e, exponential_e, q_e = excitation(n, state, c, arithmetic)
        linear_i, exponential_i, q_i = inhibition(n, state, c, arithmetic)
        current = alpha_current(linear_e, exponential_e) - alpha_current(linear_i, exponential_i)
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            np.int64(state.v[n]), np.int64(state.timer[n]),
            wrap32(current + np.int64(state.i_offset[n])), c.v_rest_k, c.v_reset_k, c.v_thresh_k,
            c.r_k, c.membrane_k, c.membrane_u, c.t_refract, arithmetic, rand0, rand1,
        )  # fmt: skip
        state.i_exc[n], state.more[0, n] = alpha_shaped(
            linear_e, exponential_e, q_e, c.decay_exc_u, c.slope_exc_k, arithmetic
        )
        state.i_inh[n], state.more[1, n] = alpha_shaped(
            linear_i, exponential_i, q_i, c.decay_inh_u, c.slope_inh_k, arithmetic
        )
        state.more[2, n] = q_e
        state.more[3, n] = q_i
