"""IF_curr_exp: constants of the neuron update in double precision."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LifFloats", "MembraneFloats", "OneLifFloats", "lif_floats", "membrane_floats"]

Floats = NDArray[np.float64]

WHOLE_STEPS = 1e-9
"""A refractory time that exceeds a number of steps by less than this share of one counts as it."""


class MembraneFloats(NamedTuple):
    """Constants of a leaky membrane with threshold: as in `LifFloats`."""

    v_rest: Floats
    v_reset: Floats
    v_thresh: Floats
    r: Floats
    membrane: Floats
    t_refract: NDArray[np.int64]


class LifFloats(NamedTuple):
    """Constants of the neuron update, one entry a neuron (or a run of equal neurons).

    All arrays have the same shape; the names are those of
    `chipemu.models.if_curr_exp.params.LifConstants`.
    """

    v_rest: Floats
    """Potentials (mV)."""
    v_reset: Floats
    v_thresh: Floats
    r: Floats
    """Membrane resistance (MOhm)."""
    membrane: Floats
    """Share of its distance from the resting state that V keeps in a step."""
    decay_exc: Floats
    """Share of a synaptic current that is left after a step."""
    decay_inh: Floats
    init_exc: Floats
    """Mean over a step of a current that starts at 1 and decays."""
    init_inh: Floats
    t_refract: NDArray[np.int64]
    """Steps that V stays at its reset value."""


class OneLifFloats(NamedTuple):
    """`LifFloats` of one neuron: the columns of an image's constants in double precision."""

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


def lif_floats(parameters: Mapping[str, Floats], dt_ms: float) -> LifFloats:
    """Constants of neurons in closed form.

    Parameters
    ----------
    parameters : mapping of str to ndarray of float64, shape (n_neurons,)
        All names of `chipemu.models.if_curr_exp.params.LIF_DEFAULTS`, checked by
        `chipemu.models.if_curr_exp.params.lif_constants`.
    dt_ms : float
        Time step (ms).

    Returns
    -------
    LifFloats
        Arrays of shape (n_neurons,), read-only.
    """
    tau_exc, tau_inh = parameters["tau_syn_E"], parameters["tau_syn_I"]
    m = membrane_floats(parameters, dt_ms)
    constants = LifFloats(
        *(m.v_rest, m.v_reset, m.v_thresh, m.r, m.membrane),
        np.exp(-dt_ms / tau_exc),
        np.exp(-dt_ms / tau_inh),
        tau_exc / dt_ms * -np.expm1(-dt_ms / tau_exc),
        tau_inh / dt_ms * -np.expm1(-dt_ms / tau_inh),
        m.t_refract,
    )
    for array in constants:
        array.setflags(write=False)
    return constants


def membrane_floats(parameters: Mapping[str, Floats], dt_ms: float) -> MembraneFloats:
    """Constants of the membrane: `lif_floats` without synapses."""
    steps = parameters["tau_refrac"] / dt_ms - WHOLE_STEPS
    return MembraneFloats(
        parameters["v_rest"].copy(),
        parameters["v_reset"].copy(),
        parameters["v_thresh"].copy(),
        parameters["tau_m"] / parameters["cm"],
        np.exp(-dt_ms / parameters["tau_m"]),
        np.ceil(steps).astype(np.int64),
    )
