"""IF_cond_exp: parameters in the user's units, and the integers that a core holds.

Synapses and membrane are those of IF_curr_exp. A core keeps conductances 1024 times as large, since
s16.15 has only 2**-15 uS, 0.03 nS, to a bit: the weights of the synapses are so scaled, and what
is read of a synapse is shifted right by 10 bits (sPyNNaker, ``input_type_conductance``).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Constants, lif_constants, rounding_of
from fixedpoint.formats import S1615, to_raw

__all__ = ["COND_DEFAULTS", "SCALE_BITS", "WEIGHT_SCALE", "OneCond", "cond_constants"]

COND_DEFAULTS: Mapping[str, float] = {
    **LIF_DEFAULTS,
    "e_rev_E": 0.0,  # mV
    "e_rev_I": -70.0,  # mV
}
"""Parameters of IF_cond_exp with PyNN's names, units and default values."""

SCALE_BITS = 10
WEIGHT_SCALE = float(1 << SCALE_BITS)
"""Factor by which a core's weights and conductances are larger than the user's."""


class OneCond(NamedTuple):
    """Integers of one neuron: those of `chipemu.models.if_curr_exp.params.OneLif`, and two more."""

    v_rest_k: int
    v_reset_k: int
    v_thresh_k: int
    r_k: int
    membrane_k: int
    membrane_u: int
    decay_exc_u: int
    decay_inh_u: int
    init_exc_u: int
    init_inh_u: int
    t_refract: int
    shift_exc: int
    shift_inh: int
    e_rev_exc_k: int
    """Reversal potentials (s16.15 mV)."""
    e_rev_inh_k: int


def cond_constants(
    parameters: Mapping[str, NDArray[np.float64]],
    shifts: tuple[int, int],
    dt_ms: float,
    constants: Constants,
) -> NDArray[np.int64]:
    """Integers of neurons, int64 of shape (n_neurons, 15): the columns are those of `OneCond`.

    Parameters are as of `chipemu.models.if_curr_exp.params.lif_constants`, with all names of
    `COND_DEFAULTS`.
    """
    lif = lif_constants(parameters, shifts, dt_ms, constants)
    reversal = [
        np.asarray(to_raw(parameters[name], S1615, rounding_of(constants)), np.int64)
        for name in ("e_rev_E", "e_rev_I")
    ]
    return np.stack([*lif, *reversal], axis=1)
