"""The update of one IF_curr_alpha neuron in plain Python integers.

Written from the order of operations of SpiNNaker's IF_curr_alpha; `kernels` has compiled twins
under the same names.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_alpha.params import OneAlpha
from chipemu.models.if_curr_exp.reference import decayed, lif_step
from fixedpoint.reference import kdivk, mul_floor, wrap32

__all__ = ["alpha_current", "alpha_input", "alpha_shaped", "synaptic", "update"]

ONE_K = 1 << 15


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
    """A synapse after adding the ring buffer's entry for this step, if that is positive.

    Returns
    -------
    linear, exponential : int
        Parts of the current (s16.15). The exponential part decays once more and begins anew at 1;
        the linear one is so reduced that their product is what is left of earlier spikes.
    q : int
        Input with which the linear part grows from now on (s16.15 nA).
    """
    added = wrap32(ring << shift)
    if added <= 0:
        return linear, exponential, q
    exponential = wrap32(decayed(exponential, decay_u, arithmetic) + ONE_K)
    # a divisor of zero gives zero in libgcc
    share = wrap32(ONE_K - (kdivk(ONE_K, exponential) if exponential else 0))
    linear = mul_floor(wrap32(linear + mul_floor(added, slope)), share)
    return linear, exponential, added


def alpha_current(linear: int, exponential: int) -> int:
    """Current (s16.15 nA) of a synapse."""
    return mul_floor(linear, exponential)


def alpha_shaped(
    linear: int, exponential: int, q: int, decay_u: int, slope: int, arithmetic: int
) -> tuple[int, int]:
    """Linear and exponential part of a synapse one step later."""
    return wrap32(linear + mul_floor(q, slope)), decayed(exponential, decay_u, arithmetic)


def synaptic(
    cell: Cell, row: list[int], rings: tuple[int, int], arithmetic: int
) -> tuple[int, int]:
    """Synaptic currents of `cell` after adding what the ring buffers hold for this step."""
    exc, inh = _with_input(cell, OneAlpha._make(row[: len(OneAlpha._fields)]), rings, arithmetic)
    return alpha_current(*exc[:2]), alpha_current(*inh[:2])


def update(
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    offset: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = OneAlpha._make(row[: len(OneAlpha._fields)])
    exc, inh = _with_input(cell, c, rings, arithmetic)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        wrap32(alpha_current(*exc[:2]) - alpha_current(*inh[:2]) + offset),
        *(c.v_rest_k, c.v_reset_k, c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract),
        arithmetic,
        *rands[:2],
    )
    cell.i_exc, cell.more[0] = alpha_shaped(*exc, c.decay_exc_u, c.slope_exc_k, arithmetic)
    cell.i_inh, cell.more[1] = alpha_shaped(*inh, c.decay_inh_u, c.slope_inh_k, arithmetic)
    cell.more[2], cell.more[3] = exc[2], inh[2]
    return fired


def _with_input(
    cell: Cell, c: OneAlpha, rings: tuple[int, int], arithmetic: int
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    exc, inh = (cell.i_exc, cell.more[0], cell.more[2]), (cell.i_inh, cell.more[1], cell.more[3])
    return (
        alpha_input(*exc, rings[0], c.shift_exc, c.decay_exc_u, c.slope_exc_k, arithmetic),
        alpha_input(*inh, rings[1], c.shift_inh, c.decay_inh_u, c.slope_inh_k, arithmetic),
    )
