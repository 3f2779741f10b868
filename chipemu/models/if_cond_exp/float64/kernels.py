"""Compiled update of IF_cond_exp neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_cond_exp.float64.params import OneCondFloats
from chipemu.models.if_curr_exp.float64.kernels import lif_step, synaptic_input
from chipemu.state import State
from fixedpoint.jit import kernel

Floats = NDArray[np.float64]


@kernel
def synaptic_current(exc: float, inh: float, v: float, e_rev_exc: float, e_rev_inh: float) -> float:
    """Current (nA) that the conductances `exc` and `inh` (uS) let in at the potential `v` (mV)."""
    return exc * (e_rev_exc - v) - -inh * (e_rev_inh - v)


@kernel
def floats_of(row: Floats) -> OneCondFloats:
    """Constants of a run of equal neurons, by name."""
    return OneCondFloats(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], int(row[9]),
        row[10], row[11],
    )  # fmt: skip


@kernel
def synaptic(n: int, state: State, row: Floats) -> tuple[float, float]:
    """Conductances of neuron `n` after adding what the ring buffers hold for this step (uS)."""
    c = floats_of(row)
    exc = synaptic_input(state.i_exc[n], state.input_exc[n], c.init_exc)
    inh = synaptic_input(state.i_inh[n], state.input_inh[n], c.init_inh)
    return exc, inh


@kernel
def update_run_float64(lo: int, hi: int, state: State, row: Floats) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = floats_of(row)
    for n in range(lo, hi):
        exc = synaptic_input(state.i_exc[n], state.input_exc[n], c.init_exc)
        inh = synaptic_input(state.i_inh[n], state.input_inh[n], c.init_inh)
        current = synaptic_current(exc, inh, state.v[n], c.e_rev_exc, c.e_rev_inh)
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            state.v[n], state.timer[n], current + state.i_offset[n], c.v_rest, c.v_reset,
            c.v_thresh, c.r, c.membrane, c.t_refract,
        )  # fmt: skip
        state.i_exc[n] = exc * c.decay_exc
        state.i_inh[n] = inh * c.decay_inh
