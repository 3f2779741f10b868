"""IF_curr_alpha: parameters in the user's units, and the integers that a core holds.

The membrane is that of IF_curr_exp. The current of a synapse is the product of a linear and an
exponential part (sPyNNaker, ``synapse_types_alpha_impl``): at time t after a single spike of weight
w, ``w t exp(-t / tau) / tau ** 2``. Its integral is w times 1 ms. Its peak, in PyNN's definition
the weight, is ``w / (e tau)``.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from chipemu.models.if_curr_exp.params import (
    LIF_DEFAULTS,
    Constants,
    check_parameters,
    decay_constants,
    membrane_constants,
    of_distinct,
    rounding_of,
    step_in_s1615,
)
from fixedpoint.formats import S1615, Rounding, to_raw
from fixedpoint.kernels import k_from_u032, kdivk, mul_floor, u032_from_k

__all__ = ["ALPHA_DEFAULTS", "MORE_STATES", "OneAlpha", "alpha_constants"]

ALPHA_DEFAULTS: Mapping[str, float] = {**LIF_DEFAULTS, "tau_syn_E": 0.5, "tau_syn_I": 0.5}
"""Parameters of IF_curr_alpha with PyNN's names, units and default values."""
MORE_STATES = ("exp_exc", "exp_inh", "q_exc", "q_inh")
"""Exponential parts of the synapses, and their latest input; the linear parts are i_exc, i_inh."""
SHORTEST_MS, LONGEST_MS = 182 / 2**15, 256.0
"""Between these s16.15 holds the square of a time constant."""

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class OneAlpha(NamedTuple):
    """Integers of one neuron: ``_k`` values are s16.15, ``_u`` values u0.32."""

    v_rest_k: int
    v_reset_k: int
    v_thresh_k: int
    r_k: int
    membrane_k: int
    membrane_u: int
    t_refract: int
    decay_exc_u: int
    decay_inh_u: int
    slope_exc_k: int
    """What the linear part grows in a step for a unit of input: dt / tau ** 2."""
    slope_inh_k: int
    shift_exc: int
    shift_inh: int


def alpha_constants(
    parameters: Mapping[str, Floats],
    shifts: tuple[int, int],
    dt_ms: float,
    constants: Constants,
) -> Longs:
    """Integers of neurons, int64 of shape (n_neurons, 13): the columns are those of `OneAlpha`.

    Parameters and errors are as of `chipemu.models.if_curr_exp.params.lif_constants`, with all
    names of `ALPHA_DEFAULTS`; besides, the square of a synaptic time constant must fit s16.15.
    """
    check_parameters(parameters)
    membrane = membrane_constants(parameters, dt_ms, constants)
    taus = [parameters["tau_syn_E"], parameters["tau_syn_I"]]
    for name, tau_ms in zip(("tau_syn_E", "tau_syn_I"), taus, strict=True):
        bad = (tau_ms < SHORTEST_MS) | (tau_ms >= LONGEST_MS)
        if bad.any():
            msg = (
                f"{name} = {tau_ms[np.argmax(bad)]}: IF_curr_alpha needs the square of it in "
                f"s16.15; choose {SHORTEST_MS:.4f} ms to {LONGEST_MS:g} ms"
            )
            raise ParameterError(msg)
    decays = [decay_constants(tau_ms, dt_ms, constants)[0] for tau_ms in taus]
    derive = _slope_on_core if constants is Constants.ON_CORE else _slope_on_host
    slopes = [of_distinct([tau_ms], derive, dt_ms, rounding_of(constants))[0] for tau_ms in taus]
    n = membrane.v_rest_k.size
    ends = (np.full(n, shift, np.int64) for shift in shifts)
    return np.stack([*membrane, *decays, *slopes, *ends], axis=1)


def _slope_on_host(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    return (int(to_raw(dt_ms / row[0] ** 2, S1615, mode)),)


def _slope_on_core(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    """As the core derives it: by way of u0.32, which has no integer part, so that one is lost."""
    tau = int(to_raw(row[0], S1615, mode))
    quotient = kdivk(step_in_s1615(dt_ms), mul_floor(tau, tau))
    return (k_from_u032(u032_from_k(quotient)),)
