"""IF_curr_alpha: constants of the neuron update in double precision."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.params import membrane_floats

__all__ = ["OneAlphaFloats", "alpha_floats"]

Floats = NDArray[np.float64]


class OneAlphaFloats(NamedTuple):
    """Constants of one neuron (mV, MOhm, steps), decays of its synapses, and dt / tau ** 2."""

    v_rest: float
    v_reset: float
    v_thresh: float
    r: float
    membrane: float
    t_refract: int
    decay_exc: float
    decay_inh: float
    slope_exc: float
    slope_inh: float


def alpha_floats(parameters: Mapping[str, Floats], dt_ms: float) -> Floats:
    """Constants of neurons, float64 of shape (n_neurons, 10): the columns of `OneAlphaFloats`."""
    membrane = [column.astype(np.float64) for column in membrane_floats(parameters, dt_ms)]
    taus = [parameters["tau_syn_E"], parameters["tau_syn_I"]]
    decays, slopes = [np.exp(-dt_ms / tau) for tau in taus], [dt_ms / tau**2 for tau in taus]
    return np.stack([*membrane, *decays, *slopes], axis=1)
