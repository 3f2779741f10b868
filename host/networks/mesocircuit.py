"""The mesocircuit of Senk et al. 2024 (Cereb. Cortex 34:bhae405): 16 mm2 of visual cortex.

A sheet of 4 mm x 4 mm with periodic edges, 3,166,912 neurons, 14,432 thalamic cells and 7.66
billion synapses: the layers of Potjans & Diesmann 2014 with the numbers of area V1 of Schmidt et
al. 2018 (Brain Struct. Funct. 223:1409), and connections whose probability falls off exponentially
with distance. Parameters are facts of the authors' implementation (INM-6/mesocircuit-model, set
`mesocircuit_MAMV1`).

Here the sheet is cut into 4 x 4 columns of 1 mm2, ``c00`` to ``c33``, and within a pair of columns
connections are uniform. The share that a column has of an in-degree, and the mean and spread of the
delays from it, are those of the model (`host.networks.sheet`), so that totals, in-degrees and
traffic between columns are exact; what is lost is the fall with distance inside a pair of columns.

Two more differences. The reference draws connections with a probability at distance 0 that is
multiplied by ``1 - (1 + x) exp(-x)``, x = 5 being radius over decay, where the in-degrees that it
states take a division; here in-degrees are as stated, 1 / 0.92 of those drawn. A Poisson source
feeds its neuron after one step, not 1.5 ms, as in `host.networks.pd14`.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.networks.pd14 import (
    BACKGROUND_RATE_HZ,
    NAMES,
    PSP_MV,
    SHORTEST_DELAY_MS,
    TAU_SYN_MS,
    WEIGHT_RELATIVE_SD,
    neurons,
    poisson_sources,
    psc_over_psp,
    scaled_sizes,
)
from host.networks.sheet import Reach, reaches
from mapping.connectors import OneToOne, PairwiseBernoulli
from mapping.distributions import ClippedNormal, Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

__all__ = ["SIZES", "external_in_degrees", "in_degrees", "mesocircuit"]

Floats = NDArray[np.float64]

SIDE = 4
"""Columns along each edge of the sheet."""
SIZES = (47386, 13366, 70387, 17597, 20740, 4554, 19839, 4063)
"""Neurons in 1 mm2."""
THALAMIC, N_THALAMIC = "TC", 902
SOURCES = (*NAMES, THALAMIC)

# In-degrees of 1 mm2 of V1, [target][source].
IN_DEGREES_1MM2 = np.array(
    [
        [1062.05780665956, 516.693556417054, 481.639619708102, 227.662598516076,
         77.2223337087846, 2.58278612545931e-05, 56.9825572758422, 0.002547719312792],
        [1441.22871932965, 413.650339113414, 348.511756043073, 142.765724065597,
         183.906753011762, 2.8078192398913e-05, 28.4797152892552, 0.001724818102904],
        [76.101553634937, 17.0532541730215, 548.050632633596, 382.50205031852,
         16.7235740718305, 0.154558136653199, 324.103963496397, 0.002796270620683],
        [718.027297810924, 8.54769496114012, 876.372124238087, 457.88686095073,
         7.1585610485389, 2.55118224065622e-05, 780.639330341388, 0.000999471255078],
        [1042.30016686051, 181.530391691357, 557.991338204657, 15.9348532849194,
         204.095347075258, 227.182779372723, 143.127021832045, 0.006843860953766],
        [568.214412020203, 78.1506995350578, 282.524967334319, 5.33709891502392,
         146.307555909299, 187.593064274647, 64.0388656508819, 0.001459301922844],
        [159.401948962628, 19.9785159873622, 227.441084484738, 46.0107686142342,
         138.832688971888, 10.5525583810149, 287.535665222409, 355.683175924637],
        [368.658922577975, 2.77868306292702, 31.990783610677, 2.64327372576867,
         67.4774463423829, 4.20258522768281, 478.851911854799, 220.365998044097],
    ]
)  # fmt: skip
THALAMIC_PROBABILITY = np.array([0.0, 0.0, 0.0983, 0.0619, 0.0, 0.0, 0.0512, 0.0196])
"""Probability that a pair is connected at least once (Potjans & Diesmann 2014)."""
IN_DEGREE_FACTORS = {(4, 5): 0.9, (3, 3): 1.8, (7, 7): 0.9, (7, 6): 0.75, (6, 7): 0.75}
"""Changes of in-degrees, by (target, source)."""

K_EXT_1MM2 = 1.25 * np.array([1267, 1251, 1255, 1246, 1430, 1250, 1777, 1254])
EXTERNAL_FACTORS = 1.04 * np.array([1.1, 1.0, 1.08, 1.0, 1.0, 1.0, 1.0, 1.0])
G = 11.0
"""Inhibitory over excitatory potentials."""
TAU_SYN_EX_MS, TAU_SYN_IN_MS = 2.0, 8.0
FULL_MEAN_RATES_HZ = np.array([0.158, 1.682, 2.408, 2.799, 3.587, 4.231, 2.216, 4.165])
"""Mean rates of 1 mm2, by which external in-degrees make up for recurrent ones."""
THALAMIC_PULSES_HZ = 10.0
"""Rate of thalamic cells that pulses drive (set `mesocircuit_MAMV1_evoked`)."""

BETA_MM = {"EE": 0.232, "IE": 0.161, "EI": 0.125, "II": 0.120, "TE": 0.1, "TI": 0.1}
"""Decay of the profile, by types of source and target (Reimann et al. 2017)."""
RADIUS_PER_BETA = 5.0
DELAY_OFFSET_MS, SPEED_MM_PER_MS = 0.5, 0.3


class _Reach(NamedTuple):
    """A column that others hear."""

    dx: int
    dy: int
    share: float
    delay_ms: ClippedNormal


def _betas_mm() -> Floats:
    """Decay of the profile, shape (8, 9), [target][source]."""
    return np.array([[BETA_MM[_kind(s) + _kind(t)] for s in SOURCES] for t in NAMES])


def _kind(name: str) -> str:
    return "T" if name == THALAMIC else name[-1]


def in_degrees() -> Floats:
    """Synapses that a neuron receives at full scale, shape (8, 9), [target][source].

    The last source are thalamic cells. In-degrees of 1 mm2 are taken to be those from a disc of
    that area and grow by what the profile has beyond, up to the largest distance.
    """
    pairs = N_THALAMIC * np.array(SIZES, np.float64)
    thalamic = np.log(1 - THALAMIC_PROBABILITY) / np.log1p(-1 / pairs) / np.array(SIZES)
    beta = _betas_mm()
    growth = _within(RADIUS_PER_BETA) / _within(1 / math.sqrt(math.pi) / beta)
    numbers: Floats = np.column_stack([IN_DEGREES_1MM2, thalamic])
    numbers *= growth
    for pair, factor in IN_DEGREE_FACTORS.items():
        numbers[pair] *= factor
    return numbers


def _within(x: float | Floats) -> Floats:
    """What an exponential profile has within x decays of the centre: int r exp(-r) dr."""
    inside: Floats = 1 - np.exp(-np.asarray(x)) * (1 + np.asarray(x))
    return inside


def external_in_degrees() -> Floats:
    """External in-degree of each population at full scale, shape (8,).

    They keep the mean input of 1 mm2 where in-degrees have grown; only then come the factors.
    """
    relative = _signed_weights_na()[:, :8] / (PSP_MV * psc_over_psp())
    lost = IN_DEGREES_1MM2 - in_degrees()[:, :8]
    external: Floats = K_EXT_1MM2 + (relative * lost) @ FULL_MEAN_RATES_HZ / BACKGROUND_RATE_HZ
    return external * EXTERNAL_FACTORS


def _signed_weights_na() -> Floats:
    """Weights at full scale with synapses of `TAU_SYN_MS`, shape (8, 9), [target][source]."""
    weights = np.full((8, 9), PSP_MV * psc_over_psp())
    weights[:, 1::2] *= -G
    weights[0, 2] *= 2  # L4E to L23E
    return weights


def _currents_na(scale: float, drive: str) -> Floats:
    """Constant current that keeps the mean input at full scale, shape (8,) (`pd14`)."""
    recurrent = (_signed_weights_na() * in_degrees())[:, :8] @ FULL_MEAN_RATES_HZ
    external = PSP_MV * psc_over_psp() * external_in_degrees() * BACKGROUND_RATE_HZ
    lost = 1 - math.sqrt(scale)
    total = lost * recurrent + (lost if drive == "poisson" else 1.0) * external
    currents: Floats = 1e-3 * TAU_SYN_MS * total
    return currents


def mesocircuit(
    scale: float = 1.0,
    drive: Literal["poisson", "dc"] = "poisson",
    initial: Literal["population", "original"] = "population",
    dt_ms: float = 0.1,
    *,
    side: int = SIDE,
) -> NetworkSpec:
    """Build the mesocircuit.

    Parameters
    ----------
    scale, drive, initial, dt_ms
        As of `pd14`: the scale is that of neurons and in-degrees, not of the area.
    side : int
        Columns along each edge. In-degrees do not depend on it: connections go around the edges.

    Returns
    -------
    NetworkSpec
        Populations ``c00_L23E`` and so on; sources ``poisson_c00_L23E`` and so on with Poisson
        drive; thalamic cells ``c00_TC`` and so on, silent as in the reference, which mapping
        reckons to fire at the rate of the pulses that the evoked set drives them with. Pairs of
        populations with less than 1 expected synapse are not connected.

    Raises
    ------
    ConfigError
        If the scale leaves a population empty.
    """
    sizes = scaled_sizes("mesocircuit", SIZES, scale)
    currents = _currents_na(scale, drive).tolist()
    tau_syn_ms = TAU_SYN_EX_MS, TAU_SYN_IN_MS
    columns = [(x, y) for x in range(side) for y in range(side)]
    populations = [
        neurons(
            _name(*at, name),
            i,
            sizes[i],
            currents[i],
            initial,
            mean_rate_hz=float(FULL_MEAN_RATES_HZ[i]),
            tau_syn_ms=tau_syn_ms,
        )
        for at in columns
        for i, name in enumerate(NAMES)
    ]
    sizes.append(max(1, round(scale * N_THALAMIC)))
    populations += [_thalamic_cells(_name(*at, THALAMIC), sizes[-1]) for at in columns]
    projections = list(_recurrent(side, sizes, scale))
    if drive == "poisson":
        rates = (np.rint(scale * external_in_degrees()) * BACKGROUND_RATE_HZ).tolist()
        charge = PSP_MV * psc_over_psp() * TAU_SYN_MS
        weight = Constant(charge / TAU_SYN_EX_MS / math.sqrt(scale))
        for target in populations[: 8 * len(columns)]:
            rate = rates[NAMES.index(target.name.split("_")[1])]
            sources = poisson_sources(target.name, target.size, rate)
            populations.append(sources)
            projections.append(
                Projection(sources.name, target.name, OneToOne(), weight, Constant(dt_ms))
            )
    return NetworkSpec("mesocircuit", tuple(populations), tuple(projections))


def _name(x: int, y: int, name: str) -> str:
    return f"c{x}{y}_{name}"


def _thalamic_cells(name: str, size: int) -> Population:
    kind = PopulationKind.POISSON
    return Population(
        name, size, kind, parameters={"rate": 0.0}, expected_rate_hz=THALAMIC_PULSES_HZ
    )


def _recurrent(side: int, sizes: list[int], scale: float) -> Iterator[Projection]:
    """Projections between and within all columns, thalamic ones included."""
    betas_mm, numbers = _betas_mm(), scale * in_degrees()
    reach = {beta: _reaches(side, beta) for beta in sorted(set(BETA_MM.values()))}
    charges = np.abs(_signed_weights_na()) * TAU_SYN_MS / math.sqrt(scale)
    for source, source_name in enumerate(SOURCES):
        is_inhibitory = _kind(source_name) == "I"
        tau_ms = TAU_SYN_IN_MS if is_inhibitory else TAU_SYN_EX_MS
        receptor = Receptor.INHIBITORY if is_inhibitory else Receptor.EXCITATORY
        for target, target_name in enumerate(NAMES):
            mean_na = float(charges[target, source]) / tau_ms
            weight_na = ClippedNormal(mean_na, WEIGHT_RELATIVE_SD * mean_na, low=0.0)
            for dx, dy, share, delay_ms in reach[betas_mm[target, source]]:
                in_degree = float(numbers[target, source]) * share
                if in_degree * sizes[target] < 1:
                    continue
                rule = PairwiseBernoulli(in_degree / sizes[source], allow_autapses=False)
                for x, y in np.ndindex(side, side):
                    yield Projection(
                        _name((x + dx) % side, (y + dy) % side, source_name),
                        _name(x, y, target_name),
                        rule,
                        weight_na,
                        delay_ms,
                        receptor,
                    )


def _reaches(side: int, beta_mm: float) -> list[_Reach]:
    radius_mm = RADIUS_PER_BETA * beta_mm
    columns = reaches(side, beta_mm, radius_mm)
    delays = {reach[2:]: _delay_ms(reach, radius_mm) for reach in columns}
    return [_Reach(reach.dx, reach.dy, reach.share, delays[reach[2:]]) for reach in columns]


def _delay_ms(reach: Reach, radius_mm: float) -> ClippedNormal:
    """Offset and time of travel (ms): a truncated normal of the same limits, mean and deviation."""
    low, high = (DELAY_OFFSET_MS + r / SPEED_MM_PER_MS for r in (reach.nearest_mm, radius_mm))
    wanted = np.array(
        [DELAY_OFFSET_MS + reach.mean_mm / SPEED_MM_PER_MS, reach.sd_mm / SPEED_MM_PER_MS]
    )
    return _truncated_normal(wanted, max(low, SHORTEST_DELAY_MS), high)


def _truncated_normal(wanted: Floats, low: float, high: float) -> ClippedNormal:
    """Truncated normal whose mean and standard deviation are `wanted`, by Newton's method."""

    def normal(x: Floats) -> ClippedNormal:
        return ClippedNormal(float(x[0]), math.exp(x[1]), low, high)

    def moments(x: Floats) -> Floats:
        return np.array([normal(x).mean, math.sqrt(normal(x).variance)])

    x, step = np.array([wanted[0], math.log(wanted[1])]), 1e-6 * np.eye(2)
    while np.abs(error := moments(x) - wanted).max() > 1e-9:
        slopes = np.column_stack([moments(x + d) - moments(x - d) for d in step]) / 2e-6
        x = x - np.clip(np.linalg.solve(slopes, error), -0.3, 0.3)
    return normal(x)
