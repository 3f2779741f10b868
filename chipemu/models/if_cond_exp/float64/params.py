"""IF_cond_exp: constants of the neuron update in double precision."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.params import lif_floats

__all__ = ["OneCondFloats", "cond_floats"]

Floats = NDArray[np.float64]


class OneCondFloats(NamedTuple):
    """`chipemu.models.if_curr_exp.float64.params.OneLifFloats`, and reversal potentials (mV)."""

    v_rest: float
    v_reset: float
    v_thresh: float
    r: float
    membrane: float
    decay_exc: float
    decay_inh: float
    init_exc: float
    init_inh: float
    t_refract: int
    e_rev_exc: float
    e_rev_inh: float


def cond_floats(parameters: Mapping[str, Floats], dt_ms: float) -> Floats:
    """Constants of neurons, float64 of shape (n_neurons, 12): the columns of `OneCondFloats`."""
    lif = [column.astype(np.float64) for column in lif_floats(parameters, dt_ms)]
    return np.stack([*lif, parameters["e_rev_E"], parameters["e_rev_I"]], axis=1)
