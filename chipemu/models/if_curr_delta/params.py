"""IF_curr_delta: parameters in the user's units, and the integers that a core holds.

The membrane is that of IF_curr_exp. The input of a step is a current of 1 / dt times the weight for
that step alone (sPyNNaker, ``input_type_delta``). It moves V by the weight over the capacity, but
for what leaks within the step: by the weight in mV if `cm` is 1 nF.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.params import (
    LIF_DEFAULTS,
    Constants,
    check_parameters,
    membrane_constants,
    rounding_of,
    step_in_s1615,
)
from fixedpoint.formats import S1615, to_raw
from fixedpoint.kernels import kdivk

__all__ = ["DELTA_DEFAULTS", "OneDelta", "delta_constants"]

DELTA_DEFAULTS: Mapping[str, float] = {
    name: value for name, value in LIF_DEFAULTS.items() if not name.startswith("tau_syn")
}
"""Parameters of IF_curr_delta with PyNN's names, units and default values."""
ONE_K = 1 << 15


class OneDelta(NamedTuple):
    """Integers of one neuron: ``_k`` values are s16.15, ``_u`` values u0.32."""

    v_rest_k: int
    v_reset_k: int
    v_thresh_k: int
    r_k: int
    membrane_k: int
    membrane_u: int
    t_refract: int
    scale_k: int
    """Current of a unit of input: 1 / dt."""
    shift_exc: int
    shift_inh: int


def delta_constants(
    parameters: Mapping[str, NDArray[np.float64]],
    shifts: tuple[int, int],
    dt_ms: float,
    constants: Constants,
) -> NDArray[np.int64]:
    """Integers of neurons, int64 of shape (n_neurons, 10): the columns are those of `OneDelta`.

    Parameters are as of `chipemu.models.if_curr_exp.params.lif_constants`, with all names of
    `DELTA_DEFAULTS`.
    """
    check_parameters(parameters)
    membrane = membrane_constants(parameters, dt_ms, constants)
    if constants is Constants.ON_CORE:
        scale = kdivk(ONE_K, step_in_s1615(dt_ms))
    else:
        scale = int(to_raw(1.0 / dt_ms, S1615, rounding_of(constants)))
    n = membrane.v_rest_k.size
    return np.stack([*membrane, *(np.full(n, value) for value in (scale, *shifts))], axis=1)
