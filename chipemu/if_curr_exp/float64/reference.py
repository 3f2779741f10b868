"""The update of one IF_curr_exp neuron in Python's floating point.

The order of operations is that of `chipemu.if_curr_exp.reference`; `kernels` has compiled twins
under the same names, which give the same to the last bit.
"""

__all__ = ["lif_step", "membrane", "synaptic_input"]


def synaptic_input(current: float, ring: float, init: float) -> float:
    """Synaptic current (nA) after adding the ring buffer's entry (nA) for this step.

    `init` is the share of it that a current decaying within the step delivers.
    """
    return current + ring * init


def membrane(v: float, current: float, v_rest: float, r: float, factor: float) -> float:
    """Membrane potential (mV) after a step with constant input current (nA)."""
    alpha = current * r + v_rest
    return alpha - factor * (alpha - v)


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
    """One step of the membrane; returns potential, refractory steps left, and whether it fired."""
    if timer <= 0:
        v = membrane(v, current, v_rest, r, factor)
    else:
        timer -= 1
    if v >= v_thresh:
        return v_reset, t_refract, True
    return v, timer, False
