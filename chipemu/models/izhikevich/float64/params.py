"""Izhikevich: constants of the neuron update in double precision."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.izhikevich.params import LONGER_STEP

__all__ = ["OneIzhikevichFloats", "izhikevich_floats"]

Floats = NDArray[np.float64]


class OneIzhikevichFloats(NamedTuple):
    """Constants of one neuron (1/ms, mV, mV/ms, ms), and factors of its synapses."""

    a: float
    b: float
    c: float
    d: float
    step: float
    longer_step: float
    decay_exc: float
    decay_inh: float
    init_exc: float
    init_inh: float


def izhikevich_floats(parameters: Mapping[str, Floats], dt_ms: float) -> Floats:
    """Constants of neurons, float64 of shape (n_neurons, 10): those of `OneIzhikevichFloats`."""
    own = [parameters[name] for name in "abcd"]
    steps = [np.full(own[0].size, length) for length in (dt_ms, LONGER_STEP * dt_ms)]
    taus = [parameters["tau_syn_E"], parameters["tau_syn_I"]]
    decays = [np.exp(-dt_ms / tau) for tau in taus]
    inits = [tau / dt_ms * -np.expm1(-dt_ms / tau) for tau in taus]
    return np.stack([*own, *steps, *decays, *inits], axis=1)
