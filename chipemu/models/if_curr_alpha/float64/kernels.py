"""Compiled update of IF_curr_alpha neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_alpha.float64.params import OneAlphaFloats
from chipemu.models.if_curr_exp.float64.kernels import lif_step
from chipemu.state import State
from fixedpoint.jit import kernel

Floats = NDArray[np.float64]


@kernel
def alpha_input(
    linear: float, exponential: float, q: float, ring: float, decay: float, slope: float
) -> tuple[float, float, float]:
    """Linear part, exponential part and input of a synapse with what the ring buffer holds."""
    if ring <= 0.0:
        return linear, exponential, q
    exponential = exponential * decay + 1.0
    share = 1.0
    if exponential != 0.0:
        share = 1.0 - 1.0 / exponential
    return (linear + ring * slope) * share, exponential, ring


@kernel
def alpha_shaped(
    linear: float, exponential: float, q: float, decay: float, slope: float
) -> tuple[float, float]:
    """Linear and exponential part of a synapse one step later."""
    return linear + q * slope, exponential * decay


@kernel
def floats_of(row: Floats) -> OneAlphaFloats:
    """Constants of a run of equal neurons, by name."""
    return OneAlphaFloats(
        row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6], row[7], row[8], row[9]
    )


@kernel
def excitation(n: int, state: State, c: OneAlphaFloats) -> tuple[float, float, float]:
    """Excitatory synapse of neuron `n` after adding what the ring buffers hold for this step."""
    return alpha_input(
        state.i_exc[n], state.more[0, n], state.more[2, n], state.input_exc[n], c.decay_exc,
        c.slope_exc,
    )  # fmt: skip


@kernel
def inhibition(n: int, state: State, c: OneAlphaFloats) -> tuple[float, float, float]:
    """Inhibitory synapse of neuron `n` after adding what the ring buffers hold for this step."""
    return alpha_input(
        state.i_inh[n], state.more[1, n], state.more[3, n], state.input_inh[n], c.decay_inh,
        c.slope_inh,
    )  # fmt: skip


@kernel
def synaptic(n: int, state: State, row: Floats) -> tuple[float, float]:
    """Synaptic currents (nA) of neuron `n` after adding what the ring buffers hold."""
    c = floats_of(row)
    linear_e, exponential_e, _ = excitation(n, state, c)
    linear_i, exponential_i, _ = inhibition(n, state, c)
    return linear_e * exponential_e, linear_i * exponential_i


@kernel
def update_run_float64(lo: int, hi: int, state: State, row: Floats) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = floats_of(row)
    for n in range(lo, hi):
        linear_e, exponential_e, q_e = excitation(n, state, c)
        linear_i, exponential_i, q_i = inhibition(n, state, c)
        current = linear_e * exponential_e - linear_i * exponential_i
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            state.v[n], state.timer[n], current + state.i_offset[n], c.v_rest, c.v_reset,
            c.v_thresh, c.r, c.membrane, c.t_refract,
        )  # fmt: skip
        state.i_exc[n], state.more[0, n] = alpha_shaped(
            linear_e, exponential_e, q_e, c.decay_exc, c.slope_exc
        )
        state.i_inh[n], state.more[1, n] = alpha_shaped(
            linear_i, exponential_i, q_i, c.decay_inh, c.slope_inh
        )
        state.more[2, n] = q_e
        state.more[3, n] = q_i
