"""Compiled update of IF_curr_exp neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.if_curr_exp.float64.params import LifFloats
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
def update_run_float64(
    lo: int, hi: int, state: State, i_offset: Floats, c: LifFloats, run: int
) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `run`."""
    for n in range(lo, hi):
        exc = synaptic_input(state.i_exc[n], state.input_exc[n], c.init_exc[run])
        inh = synaptic_input(state.i_inh[n], state.input_inh[n], c.init_inh[run])
        state.v[n], state.timer[n], state.fired[n] = lif_step(
            state.v[n], state.timer[n], exc - inh + i_offset[n], c.v_rest[run], c.v_reset[run],
            c.v_thresh[run], c.r[run], c.membrane[run], c.t_refract[run],
        )  # fmt: skip
        state.i_exc[n] = exc * c.decay_exc[run]
        state.i_inh[n] = inh * c.decay_inh[run]
