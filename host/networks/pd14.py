"""The cortical microcircuit of Potjans & Diesmann 2014 (Cereb. Cortex 24:785), "PD14".

Eight populations, 77,169 neurons and 298,880,968 synapses at full scale, every projection with a
fixed total number of synapses drawn with replacement. Parameters are the facts of the paper as
the community's reference implementation states them (INM-6/microcircuit-PD14-model, v1.0).

Smaller scales shrink neurons and in-degrees alike and make up for it with larger weights and a
constant current (van Albada et al. 2015, PLOS Comput. Biol. 11:e1004490).
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError
from mapping.connectors import FixedTotalNumber, OneToOne
from mapping.distributions import ClippedNormal, Constant, Normal
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

__all__ = [
    "FULL_MEAN_RATES_HZ",
    "NAMES",
    "SIZES",
    "neurons",
    "pd14",
    "poisson_sources",
    "psc_over_psp",
    "scaled_sizes",
    "synapse_numbers",
]

Floats = NDArray[np.float64]

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = (20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948)

# Table 5 of the paper: probability that a pair is connected at least once, [target][source].
CONNECTION_PROBABILITY = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)

K_EXT = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100], dtype=np.float64)
"""External in-degree of each population."""
BACKGROUND_RATE_HZ = 8.0
PSP_MV = 0.15
"""Excitatory postsynaptic potential; inhibitory ones are G times as large."""
G = 4.0
WEIGHT_RELATIVE_SD = 0.1
DELAY_MS = {"E": 1.5, "I": 0.75}
"""Mean delay by type of the source; the standard deviation is half the mean."""
SHORTEST_DELAY_MS = 0.05
"""Delays are redrawn until they reach half a step of 0.1 ms."""

CM_NF, TAU_M_MS, TAU_SYN_MS, TAU_REF_MS = 0.25, 10.0, 0.5, 2.0
V_REST_MV, V_RESET_MV, V_THRESH_MV = -65.0, -65.0, -50.0

V0_POPULATION_MEAN_MV = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)
V0_POPULATION_SD_MV = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)
V0_ORIGINAL_MV = (-58.0, 10.0)

FULL_MEAN_RATES_HZ = (0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829)
"""Mean rates of one full-scale run, which the compensating current of a smaller scale needs."""


def psc_over_psp() -> float:
    """Peak synaptic current that gives a postsynaptic potential of 1 mV (nA/mV).

    The exponential synapse's peak potential in closed form; 0.58539 nA/mV for PD14.
    """
    s = 1.0 / (TAU_SYN_MS - TAU_M_MS)
    ratio = TAU_M_MS / TAU_SYN_MS
    peak = ratio ** (s * TAU_M_MS) - ratio ** (s * TAU_SYN_MS)
    return float(1.0 / (TAU_M_MS * TAU_SYN_MS / CM_NF * s * peak))


def synapse_numbers() -> NDArray[np.int64]:
    """Synapses of every projection at full scale, shape (8, 8), [target][source].

    ``K = ln(1 - C) / ln(1 - 1 / (N_source N_target))``: with K pairs drawn with replacement, a
    pair is connected at least once with probability C.
    """
    return np.rint(_synapse_numbers()).astype(np.int64)


def _synapse_numbers() -> Floats:
    pairs = np.outer(SIZES, SIZES).astype(np.float64)
    # log, not log1p: the published numbers carry the rounding of 1 - 1 / pairs
    numbers: Floats = np.log(1.0 - CONNECTION_PROBABILITY) / np.log(1.0 - 1.0 / pairs)
    return numbers


def _mean_weights_na() -> Floats:
    """Weight magnitudes at full scale, shape (8, 8), [target][source]."""
    weights = np.full((8, 8), PSP_MV * psc_over_psp())
    weights[:, 1::2] *= G
    weights[0, 2] *= 2  # L4E to L23E
    return weights


def _compensation_na(scale: float, drive: str) -> Floats:
    """Constant current that keeps the mean input of a scaled-down neuron, shape (8,)."""
    in_degrees = _synapse_numbers() / np.array(SIZES)[:, np.newaxis]
    signs = np.array([1.0, -1.0] * 4)
    recurrent = (_mean_weights_na() * signs * in_degrees) @ np.array(FULL_MEAN_RATES_HZ)
    external = PSP_MV * psc_over_psp() * K_EXT * BACKGROUND_RATE_HZ
    total = recurrent + (external if drive == "poisson" else 0.0)
    current: Floats = 1e-3 * TAU_SYN_MS * (1 - math.sqrt(scale)) * total
    return current


def pd14(
    scale: float = 1.0,
    drive: Literal["poisson", "dc"] = "poisson",
    initial: Literal["population", "original"] = "population",
    dt_ms: float = 0.1,
) -> NetworkSpec:
    """Build the microcircuit.

    Parameters
    ----------
    scale : float
        Fraction of the neurons and of the in-degrees, in (0, 1].
    drive : {"poisson", "dc"}
        Background input: an own Poisson source for each neuron, or its mean as a constant current.
        At small scales the constant current alone leaves the network silent (van Albada 2015).
    initial : {"population", "original"}
        Distribution of the initial potentials: fitted to each population, or the paper's.
    dt_ms : float
        Time step (ms): the delay of the Poisson input, whose value the statistics of a
        stationary source cannot show and which one step lets pass through memory.

    Returns
    -------
    NetworkSpec
        Populations ``L23E`` to ``L6I`` and, with Poisson drive, sources ``poisson_L23E`` and so on.

    Raises
    ------
    ConfigError
        If the scale leaves a population empty.
    """
    sizes = scaled_sizes("pd14", SIZES, scale)
    numbers = np.rint(scale**2 * _synapse_numbers()).astype(np.int64)
    weights = _mean_weights_na() / math.sqrt(scale)
    current = _compensation_na(scale, drive)
    if drive == "dc":
        # at any scale the full external input: K_ext * w * rate * tau_syn
        current += PSP_MV * psc_over_psp() * K_EXT * BACKGROUND_RATE_HZ * TAU_SYN_MS * 1e-3
    populations = [
        neurons(name, i, sizes[i], float(current[i]), initial, mean_rate_hz=FULL_MEAN_RATES_HZ[i])
        for i, name in enumerate(NAMES)
    ]
    projections = [
        _projection(target, source, int(numbers[target, source]), float(weights[target, source]))
        for source in range(8)
        for target in range(8)
        if numbers[target, source]
    ]
    if drive == "poisson":
        rates = np.rint(scale * K_EXT) * BACKGROUND_RATE_HZ
        for name, size, rate in zip(NAMES, sizes, rates.tolist(), strict=True):
            populations.append(poisson_sources(name, size, rate))
            weight = Constant(PSP_MV * psc_over_psp() / math.sqrt(scale))
            projections.append(
                Projection(f"poisson_{name}", name, OneToOne(), weight, Constant(dt_ms))
            )
    return NetworkSpec("pd14", tuple(populations), tuple(projections))


def scaled_sizes(network: str, sizes: Sequence[int], scale: float) -> list[int]:
    """Neurons of each of `NAMES`, of which there are `sizes` at full scale.

    Raises
    ------
    ConfigError
        If one is left empty.
    """
    scaled = [round(scale * n) for n in sizes]
    if min(scaled) < 1:
        name, least = NAMES[int(np.argmin(sizes))], 1 / min(sizes)
        msg = (
            f"scale {scale:g} leaves {name} of {network} without neurons; "
            f"choose {least:.2g} or more"
        )
        raise ConfigError(msg)
    return scaled


def neurons(
    name: str,
    kind: int,
    size: int,
    current_na: float,
    initial: str,
    *,
    mean_rate_hz: float,
    tau_syn_ms: tuple[float, float] = (TAU_SYN_MS, TAU_SYN_MS),
) -> Population:
    """Population of neurons of the microcircuit.

    Parameters
    ----------
    name : str
    kind : int
        Which of `NAMES`: the initial potentials are fitted to each.
    size : int
    current_na : float
        Constant current (nA).
    initial : {"population", "original"}
        As of `pd14`.
    mean_rate_hz : float
        Known mean rate (spikes/s).
    tau_syn_ms : pair of float
        Time constants of excitatory and inhibitory synapses (ms).
    """
    if initial == "population":
        v0 = Normal(V0_POPULATION_MEAN_MV[kind], V0_POPULATION_SD_MV[kind])
    else:
        v0 = Normal(*V0_ORIGINAL_MV)
    return Population(
        name,
        size,
        PopulationKind.NEURON,
        parameters={
            "cm": CM_NF,
            "tau_m": TAU_M_MS,
            "tau_syn_E": tau_syn_ms[0],
            "tau_syn_I": tau_syn_ms[1],
            "tau_refrac": TAU_REF_MS,
            "v_rest": V_REST_MV,
            "v_reset": V_RESET_MV,
            "v_thresh": V_THRESH_MV,
            "i_offset": current_na,
        },
        initial={"v": v0},
        mean_rate_hz=mean_rate_hz,
    )


def _projection(target: int, source: int, n: int, weight_na: float) -> Projection:
    kind = NAMES[source][-1]
    delay_ms = DELAY_MS[kind]
    spread = WEIGHT_RELATIVE_SD * weight_na
    return Projection(
        NAMES[source],
        NAMES[target],
        FixedTotalNumber(n),
        ClippedNormal(weight_na, spread, low=0.0),
        ClippedNormal(delay_ms, delay_ms / 2, low=SHORTEST_DELAY_MS),
        Receptor.EXCITATORY if kind == "E" else Receptor.INHIBITORY,
    )


def poisson_sources(name: str, size: int, rate_hz: float) -> Population:
    """A Poisson source for each neuron of population `name`."""
    return Population(
        f"poisson_{name}",
        size,
        PopulationKind.POISSON,
        parameters={"rate": rate_hz},
        expected_rate_hz=rate_hz,
    )
