"""IF_curr_delta: constants of the neuron update in double precision."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.params import membrane_floats

__all__ = ["OneDeltaFloats", "delta_floats"]

Floats = NDArray[np.float64]


class OneDeltaFloats(NamedTuple):
    """Constants of one neuron (mV, MOhm, steps), and the current of a unit of input (1/ms)."""

    v_rest: float
    v_reset: float
    v_thresh: float
    r: float
    membrane: float
    t_refract: int
    scale: float


def delta_floats(parameters: Mapping[str, Floats], dt_ms: float) -> Floats:
    """Constants of neurons, float64 of shape (n_neurons, 7): the columns of `OneDeltaFloats`."""
    membrane = [column.astype(np.float64) for column in membrane_floats(parameters, dt_ms)]
    return np.stack([*membrane, np.full(membrane[0].size, 1.0 / dt_ms)], axis=1)
