"""Compiled update of Izhikevich neurons in double precision.

Twins of the scalar functions are in `reference`. Additions and multiplications are those of the
source, in its order: compilers must not reorder or fuse them.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.kernels import synaptic_input
from chipemu.models.izhikevich.float64.params import OneIzhikevichFloats
from chipemu.models.izhikevich.params import THRESHOLD_MV
from chipemu.state import State
from fixedpoint.jit import kernel

Floats = NDArray[np.float64]


@kernel
def midpoint(
    v: float, u: float, current: float, step: float, a: float, b: float
) -> tuple[float, float]:
    """`v` (mV) and `u` (mV/ms) after a step of `step` (ms)."""
    inward = 140.0 + current - u
    slope = inward + (5.0 + 0.04 * v) * v
    middle = v + 0.5 * (step * slope)
    recovery = 0.5 * (step * (b * v - u) * a)
    moved = v + step * (inward - recovery + (5.0 + 0.04 * middle) * middle)
    return moved, u + a * step * (-u - recovery + b * middle)


@kernel
def izhikevich_step(
    v: float,
    timer: int,
    u: float,
    current: float,
    a: float,
    b: float,
    c: float,
    d: float,
    step: float,
    longer_step: float,
) -> tuple[float, int, float, bool]:
    """One step: `v`, `timer`, `u`, and whether it fired."""
    v, u = midpoint(v, u, current, longer_step if timer > 0 else step, a, b)
    fired = v >= THRESHOLD_MV
    if fired:
        v = c
        u = u + d
    return v, np.int64(fired), u, fired


@kernel
def floats_of(row: Floats) -> OneIzhikevichFloats:
    """Constants of a run of equal neurons, by name."""
    return OneIzhikevichFloats(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9]
    )


@kernel
def held(n: int, state: State, c: OneIzhikevichFloats) -> tuple[float, float]:
    """Synaptic currents (nA) of neuron `n` after adding what the ring buffers hold."""
    exc = synaptic_input(state.i_exc[n], state.input_exc[n], c.init_exc)
    inh = synaptic_input(state.i_inh[n], state.input_inh[n], c.init_inh)
    return exc, inh


@kernel
def synaptic(n: int, state: State, row: Floats) -> tuple[float, float]:
    """`held`, by the row of an image's constants."""
    return held(n, state, floats_of(row))


@kernel
def update_run_float64(lo: int, hi: int, state: State, row: Floats) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = floats_of(row)
    for n in range(lo, hi):
        exc, inh = held(n, state, c)
        state.v[n], state.timer[n], state.more[0, n], state.fired[n] = izhikevich_step(
            state.v[n], state.timer[n], state.more[0, n], exc - inh + state.i_offset[n], c.a, c.b,
            c.c, c.d, c.step, c.longer_step,
        )  # fmt: skip
        state.i_exc[n] = exc * c.decay_exc
        state.i_inh[n] = inh * c.decay_inh
