"""Compiled update of IF_curr_exp neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.params import OneLifFloats
from chipemu.state import State
from fixedpoint.jit import kernel

Floats = NDArray[np.float64]


@kernel
def synaptic_input(current: float, ring: float, init: float) -> float:
    """Synaptic current (nA) after adding what the ring buffer holds for this step (nA)."""
    return current + ring * init


@kernel
def membrane(v: float, current: float, v_rest: float, r: float, factor: float) -> float:
    """Membrane potential (mV) after a step with constant input current (nA)."""
    alpha = current * r + v_rest
    return alpha - factor * (alpha - v)


@kernel
def lif_step(
    v: float,
    timer: int,
    current: float,
    v_rest: float,
    v_reset: float,
    v_thresh: float,
    r: float,
    factor: float,
    t_refract: int,
) -> tuple[float, int, bool]:
    """One step of the membrane: integrate unless refractory, then test the threshold.

    Returns
    -------
    v : float
        Membrane potential (mV).
    timer : int
        Refractory steps left.
    fired : bool
    """
    moved = membrane(v, current, v_rest, r, factor)
    free = timer <= 0
    v = moved if free else v
    timer = timer if free else timer - 1
    fired = v >= v_thresh
    v = v_reset if fired else v
    timer = t_refract if fired else timer
    return v, timer, fired


@kernel
def floats_of(row: Floats) -> OneLifFloats:
    """Constants of a run of equal neurons, by name."""
    return OneLifFloats(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], int(row[9])
    )


@kernel
def synaptic(n: int, state: State, row: Floats) -> tuple[float, float]:
    """Synaptic currents of neuron `n` after adding what the ring buffers hold for this step."""
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
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            state.v[n], state.timer[n], exc - inh + state.i_offset[n], c.v_rest, c.v_reset,
            c.v_thresh, c.r, c.membrane, c.t_refract,
        )  # fmt: skip
        state.i_exc[n] = exc * c.decay_exc
        state.i_inh[n] = inh * c.decay_inh
