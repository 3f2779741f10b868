"""The update of one Izhikevich neuron in plain Python integers.

Written from the order of operations of SpiNNaker's Izhikevich neuron: a Runge-Kutta step of second
order by the midpoint. `kernels` has compiled twins under the same names.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.models.if_curr_exp.reference import decayed, synaptic_input
from chipemu.models.izhikevich.params import THRESHOLD_MV, OneIzhikevich
from fixedpoint.reference import mul_floor, mul_nearest_sat, mul_stochastic, sat32, wrap32

__all__ = ["fitted", "izhikevich_step", "midpoint", "product", "synaptic", "update"]

CONSTANT_K = 140 << 15
LINEAR_K = 5 << 15
SQUARE_K = 1311
"""0.040008544921875, not 1310 for 0.04: the authors of the tool chain found it to be more stable
(sPyNNaker, ``MAGIC_MULTIPLIER``)."""
THRESHOLD_K = THRESHOLD_MV << 15


def product(a: int, b: int, arithmetic: int, rand: int) -> int:
    """Product of accums in the rounding of `arithmetic`."""
    if arithmetic == Arithmetic.STOCHASTIC:
        return mul_stochastic(a, b, rand)
    return mul_nearest_sat(a, b) if arithmetic == Arithmetic.NEAREST else mul_floor(a, b)


def fitted(x: int, arithmetic: int) -> int:
    """A sum as an accum: wrapped by plain C, clamped where products are rounded."""
    return wrap32(x) if arithmetic == Arithmetic.TRUNCATE else sat32(x)


def midpoint(
    v: int,
    u: int,
    current: int,
    step: int,
    a: int,
    b: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> tuple[int, int]:
    """`v` (s16.15 mV) and `u` (s16.15 mV/ms) after a step of `step` (s16.15 ms).

    Where the source multiplies ``h * (b * v - u) * a``, GCC has ``a * h`` already and takes that,
    which rounds otherwise; so it is here. Halves are shifted to the right in every arithmetic.
    `rands` are words of stochastic rounding, in the order of the products.
    """
    draw = iter(rands)

    def times(x: int, y: int) -> int:
        return product(x, y, arithmetic, next(draw))

    def fit(x: int) -> int:
        return fitted(x, arithmetic)

    inward = fit(fit(CONSTANT_K + current) - u)
    slope = fit(inward + times(fit(LINEAR_K + times(SQUARE_K, v)), v))
    middle = fit(v + (times(step, slope) >> 1))
    rate = times(a, step)
    recovery = times(fit(times(b, v) - u), rate) >> 1
    rise = fit(fit(inward - recovery) + times(fit(LINEAR_K + times(SQUARE_K, middle)), middle))
    moved = fit(v + times(step, rise))
    return moved, fit(u + times(rate, fit(fit(-u - recovery) + times(b, middle))))


def izhikevich_step(
    v: int,
    timer: int,
    u: int,
    current: int,
    a: int,
    b: int,
    c: int,
    d: int,
    step: int,
    longer_step: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> tuple[int, int, int, bool]:
    """One step: `v`, `timer`, `u`, and whether it fired.

    `timer` is 1 in the step after a spike, which is longer, and 0 in others.
    """
    length = longer_step if timer > 0 else step
    v, u = midpoint(v, u, current, length, a, b, arithmetic, rands)
    if v >= THRESHOLD_K:
        return c, 1, fitted(u + d, arithmetic), True
    return v, 0, u, False


def synaptic(
    cell: Cell, row: list[int], rings: tuple[int, int], arithmetic: int
) -> tuple[int, int]:
    """Synaptic currents of `cell` after adding what the ring buffers hold for this step."""
    c = OneIzhikevich._make(row[: len(OneIzhikevich._fields)])
    return (
        synaptic_input(cell.i_exc, rings[0], c.shift_exc, c.init_exc_u, arithmetic),
        synaptic_input(cell.i_inh, rings[1], c.shift_inh, c.init_inh_u, arithmetic),
    )


def update(
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    offset: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = OneIzhikevich._make(row[: len(OneIzhikevich._fields)])
    exc, inh = synaptic(cell, row, rings, arithmetic)
    cell.v, cell.timer, cell.more[0], fired = izhikevich_step(
        *(cell.v, cell.timer, cell.more[0], wrap32(exc - inh + offset)),
        *(c.a_k, c.b_k, c.c_k, c.d_k, c.step_k, c.longer_step_k),
        arithmetic,
        rands,
    )
    cell.i_exc = decayed(exc, c.decay_exc_u, arithmetic)
    cell.i_inh = decayed(inh, c.decay_inh_u, arithmetic)
    return fired
