"""The balanced random network of Brunel 2000 (J. Comput. Neurosci. 8:183), "model A".

10,000 excitatory and 2,500 inhibitory neurons, alike in all but their effect; each receives 1,000
excitatory and 250 inhibitory synapses from random neurons, all with one delay, and spikes of as
many independent Poisson trains from outside as excitatory synapses. Two numbers are left open:
how much stronger inhibition is (`g`) and how strong the input from outside is (`eta`). They decide
whether neurons fire in synchrony or not, and regularly or not.

Brunel's synapses move the potential by J at once. Cores with exponential currents come near it
with a short time constant: the charge is that of the jump, so that mean inputs are the same; the
potential peaks some 9 % below J. Capacitance only sets the scale of currents: PyNN's default.

A scale shrinks neurons and in-degrees alike and makes weights larger by as much, which keeps mean
inputs but not their variance; the wafer-scale BrainScaleS-1 ran a sixth of the network, 2,083
neurons, that way (Schmidt et al. 2024, arXiv:2412.02619; parameters in
electronicvisions/brainscales1-demos). That network had conductances and lost synapses; here are
neither.
"""

from typing import Literal

from host.errors import ConfigError
from mapping.connectors import FixedInDegree, OneToOne
from mapping.distributions import Constant, Uniform
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

__all__ = ["ETA", "NAMES", "N_NEURONS", "G", "brunel", "threshold_rate_hz"]

NAMES = ("E", "I")
N_NEURONS = 12_500
EXCITATORY_SHARE = 0.8
CONNECTED_SHARE = 0.1
"""In-degree over the size of the source population (Brunel 2000, epsilon)."""
JUMP_MV = 0.1
"""Of the potential by an excitatory spike (Brunel 2000, J)."""
THRESHOLD_MV, RESET_MV, REST_MV = 20.0, 10.0, 0.0
TAU_M_MS, TAU_REF_MS, DELAY_MS = 20.0, 2.0, 1.5
TAU_SYN_MS = 0.5
"""That of the microcircuit; Brunel's is 0."""
CM_NF = 1.0
G, ETA = 5.0, 2.0
"""Asynchronous and irregular (Brunel 2000, Fig. 8C)."""
WHOLE = 1e-9


def brunel(
    scale: float = 1.0,
    drive: Literal["poisson", "dc"] = "poisson",
    dt_ms: float = 0.1,
    *,
    g: float = G,
    eta: float = ETA,
) -> NetworkSpec:
    """Build the network.

    Parameters
    ----------
    scale : float
        Fraction of the neurons and of the in-degrees, in (0, 1], whole parts taken.
    drive : {"poisson", "dc"}
        Input from outside: a Poisson source for each neuron, or its mean as a constant current.
    dt_ms : float
        Time step (ms): the delay of the Poisson input.
    g : float
        Inhibitory over excitatory weights.
    eta : float
        Rate from outside over `threshold_rate_hz`.

    Returns
    -------
    NetworkSpec
        Populations ``E`` and ``I`` and, with Poisson drive, ``poisson_E`` and ``poisson_I``.
        Potentials begin anywhere between reset and threshold; Brunel does not tell.

    Raises
    ------
    ConfigError
        If the scale leaves neurons without synapses.
    """
    n = int(scale * N_NEURONS + WHOLE)
    sizes = int(EXCITATORY_SHARE * n + WHOLE), n - int(EXCITATORY_SHARE * n + WHOLE)
    in_degrees = [int(CONNECTED_SHARE * size + WHOLE) for size in sizes]
    if min(in_degrees) < 1:
        least = 1 / (CONNECTED_SHARE * (1 - EXCITATORY_SHARE) * N_NEURONS)
        msg = f"scale {scale:g} leaves brunel without synapses; choose {least:.2g} or more"
        raise ConfigError(msg)
    weight_na = JUMP_MV / scale * CM_NF / TAU_SYN_MS
    current_na = eta * THRESHOLD_MV * CM_NF / TAU_M_MS if drive == "dc" else 0.0
    populations = [_neurons(*named, current_na) for named in zip(NAMES, sizes, strict=True)]
    projections = [
        Projection(
            source, target, FixedInDegree(k), Constant(factor * weight_na), Constant(DELAY_MS), kind
        )
        for source, k, factor, kind in (
            ("E", in_degrees[0], 1.0, Receptor.EXCITATORY),
            ("I", in_degrees[1], g, Receptor.INHIBITORY),
        )
        for target in NAMES
    ]
    if drive == "poisson":
        rate_hz = eta * threshold_rate_hz(scale)
        for name, size in zip(NAMES, sizes, strict=True):
            outside = f"poisson_{name}"
            populations.append(_sources(outside, size, rate_hz))
            projections.append(
                Projection(outside, name, OneToOne(), Constant(weight_na), Constant(dt_ms))
            )
    return NetworkSpec("brunel", tuple(populations), tuple(projections))


def threshold_rate_hz(scale: float = 1.0) -> float:
    """Rate of all spikes from outside that alone bring the mean potential to the threshold (Hz).

    ``theta / (J tau_m)``: 10 kHz at full scale, 10 Hz of each of 1,000 trains.
    """
    return 1000.0 * THRESHOLD_MV * scale / (JUMP_MV * TAU_M_MS)


def _neurons(name: str, size: int, current_na: float) -> Population:
    return Population(
        name,
        size,
        PopulationKind.NEURON,
        parameters={
            "cm": CM_NF,
            "tau_m": TAU_M_MS,
            "tau_syn_E": TAU_SYN_MS,
            "tau_syn_I": TAU_SYN_MS,
            "tau_refrac": TAU_REF_MS,
            "v_rest": REST_MV,
            "v_reset": RESET_MV,
            "v_thresh": THRESHOLD_MV,
            "i_offset": current_na,
        },
        initial={"v": Uniform(RESET_MV, THRESHOLD_MV)},
    )


def _sources(name: str, size: int, rate_hz: float) -> Population:
    return Population(
        name,
        size,
        PopulationKind.POISSON,
        parameters={"rate": rate_hz},
        expected_rate_hz=rate_hz,
    )
