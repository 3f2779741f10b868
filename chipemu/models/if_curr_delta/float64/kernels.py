"""Compiled update of IF_curr_delta neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_delta.float64.params import OneDeltaFloats
from chipemu.models.if_curr_exp.float64.kernels import lif_step
from chipemu.state import State
from fixedpoint.jit import kernel

Floats = NDArray[np.float64]


@kernel
def synaptic_current(exc: float, inh: float, scale: float) -> float:
    """Current (nA) of the input of a step (mV at 1 nF)."""
    return exc * scale - inh * scale


@kernel
def floats_of(row: Floats) -> OneDeltaFloats:
    """Constants of a run of equal neurons, by name."""
    return OneDeltaFloats(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6])


@kernel
def synaptic(n: int, state: State, row: Floats) -> tuple[float, float]:  # noqa: ARG001
    """Input of neuron `n` in this step: what the ring buffers hold, and what it began with."""
    return state.i_exc[n] + state.input_exc[n], state.i_inh[n] + state.input_inh[n]


@kernel
def update_run_float64(lo: int, hi: int, state: State, row: Floats) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = floats_of(row)
    for n in range(lo, hi):
        exc, inh = state.i_exc[n] + state.input_exc[n], state.i_inh[n] + state.input_inh[n]
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            state.v[n], state.timer[n], synaptic_current(exc, inh, c.scale) + state.i_offset[n],
            c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract,
        )  # fmt: skip
        state.i_exc[n] = 0.0
        state.i_inh[n] = 0.0
