"""Izhikevich: parameters in the user's units, and the integers that a core holds.

``v' = 0.04 v**2 + 5 v + 140 - u + I``, ``u' = a (b v - u)``; from 30 mV on ``v = c``, ``u += d``.
PyNN's model has synapses that move v at once; the real tool chain's has the exponential currents of
IF_curr_exp, and so this one has their time constants.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.params import (
    Arithmetic,
    Constants,
    check_parameters,
    decay_constants,
    rounding_of,
    step_in_s1615,
)
from fixedpoint.formats import S1615, to_raw
from fixedpoint.kernels import mul_floor

__all__ = [
    "IZHIKEVICH_DEFAULTS",
    "LONGER_STEP",
    "N_WORDS",
    "ROUNDINGS",
    "THRESHOLD_MV",
    "OneIzhikevich",
    "izhikevich_constants",
]

IZHIKEVICH_DEFAULTS: Mapping[str, float] = {
    "a": 0.02,  # 1/ms
    "b": 0.2,  # 1/ms
    "c": -65.0,  # mV
    "d": 2.0,  # mV/ms
    "i_offset": 0.0,  # nA
    "tau_syn_E": 5.0,  # ms
    "tau_syn_I": 5.0,  # ms
}
"""Parameters with PyNN's names, units and default values, and time constants of synapses."""
ROUNDINGS = frozenset({Arithmetic.TRUNCATE, Arithmetic.NEAREST, Arithmetic.STOCHASTIC})
"""The other two are of membrane factors in u0.32, which this model does not have."""
THRESHOLD_MV = 30
LONGER_STEP = 1.85
"""How much longer the first step after a spike is, for the part of a step that v was above the
threshold (sPyNNaker, ``SIMPLE_TQ_OFFSET``: tried out; 1.5 would be right for a linear rise)."""
LONGER_STEP_K = int(LONGER_STEP * 2**15)  # C truncates literals
N_WORDS = 12
"""Random words of a step with stochastic rounding: one for each of eleven products, to a call."""


class OneIzhikevich(NamedTuple):
    """Integers of one neuron: ``_k`` values are s16.15, ``_u`` values u0.32."""

    a_k: int
    b_k: int
    c_k: int
    d_k: int
    step_k: int
    """Time step (ms)."""
    longer_step_k: int
    """Step after a spike."""
    decay_exc_u: int
    decay_inh_u: int
    init_exc_u: int
    init_inh_u: int
    shift_exc: int
    shift_inh: int


def izhikevich_constants(
    parameters: Mapping[str, NDArray[np.float64]],
    shifts: tuple[int, int],
    dt_ms: float,
    constants: Constants,
) -> NDArray[np.int64]:
    """Integers of neurons, int64 of shape (n_neurons, 12): the columns are of `OneIzhikevich`.

    Parameters and errors are as of `chipemu.models.if_curr_exp.params.lif_constants`, with all
    names of `IZHIKEVICH_DEFAULTS`.
    """
    check_parameters(parameters)
    mode = rounding_of(constants)
    raw = [np.asarray(to_raw(parameters[name], S1615, mode), np.int64) for name in "abcd"]
    step = step_in_s1615(dt_ms)
    decay_exc_u, init_exc_u = decay_constants(parameters["tau_syn_E"], dt_ms, constants)
    decay_inh_u, init_inh_u = decay_constants(parameters["tau_syn_I"], dt_ms, constants)
    n = raw[0].size
    steps = (np.full(n, value) for value in (step, mul_floor(step, LONGER_STEP_K)))
    ends = (np.full(n, shift, np.int64) for shift in shifts)
    return np.stack([*raw, *steps, decay_exc_u, decay_inh_u, init_exc_u, init_inh_u, *ends], axis=1)
