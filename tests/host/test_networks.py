"""The microcircuit against the numbers of its reference implementation."""

import numpy as np
import pytest

from host.errors import ConfigError
from host.networks.pd14 import NAMES, SIZES, pd14, psc_over_psp, synapse_numbers
from mapping.connectors import OneToOne
from mapping.distributions import Normal
from mapping.spec import PopulationKind, Receptor

# [target][source], rounded (INM-6/microcircuit-PD14-model, v1.0)
SYNAPSES = [
    [45499805, 22323577, 20253647, 9670918, 3293578, 0, 2271404, 0],
    [17443694, 5018763, 4105338, 1690074, 2221213, 0, 353461, 0],
    [3503670, 756561, 24482849, 17413576, 714524, 7003, 14624432, 0],
    [8114254, 92832, 9933538, 5223272, 87836, 0, 8810905, 0],
    [10613575, 1817058, 5507804, 151900, 2040738, 2407889, 1438969, 0],
    [1241436, 169424, 607667, 12851, 319602, 430444, 132414, 0],
    [4681225, 556108, 6727570, 1320234, 4112225, 305029, 8372649, 10827677],
    [2260836, 17207, 220033, 8078, 401638, 25218, 2888426, 1354320],
]
SYNAPSES_TENTH = [
    [454998, 223236, 202536, 96709, 32936, 0, 22714, 0],
    [174437, 50188, 41053, 16901, 22212, 0, 3535, 0],
    [35037, 7566, 244828, 174136, 7145, 70, 146244, 0],
    [81143, 928, 99335, 52233, 878, 0, 88109, 0],
    [106136, 18171, 55078, 1519, 20407, 24079, 14390, 0],
    [12414, 1694, 6077, 129, 3196, 4304, 1324, 0],
    [46812, 5561, 67276, 13202, 41122, 3050, 83726, 108277],
    [22608, 172, 2200, 81, 4016, 252, 28884, 13543],
]
POISSON_RATES_HZ = [12800, 12000, 16800, 15200, 16000, 15200, 23200, 16800]
SCALED = {  # scale: sizes, synapses, compensating currents (nA) with Poisson and constant drive
    0.1: (
        [2068, 583, 2192, 548, 485, 106, 1440, 295],
        2988807,
        [0.029035009, 0.112371198, 0.112969722, 0.114990349,
         0.125418277, 0.151684466, 0.043846890, 0.153709720],
        [0.206746905, 0.278976101, 0.346216585, 0.326023226,
         0.347558147, 0.362717343, 0.365949701, 0.386956583],
    ),
    0.2: (
        [4137, 1167, 4383, 1096, 970, 213, 2879, 590],
        11955239,
        [0.023472960, 0.090844974, 0.091328842, 0.092962391,
         0.101392708, 0.122627253, 0.035447424, 0.124264542],
        [0.274795534, 0.326459886, 0.421189720, 0.391407947,
         0.415545925, 0.421072809, 0.490969589, 0.454125419],
    ),
    0.5: (
        [10342, 2917, 10958, 2740, 2425, 532, 7198, 1474],
        74720239,
        [0.012437120, 0.048134101, 0.048390478, 0.049256012,
         0.053722806, 0.064973904, 0.018781776, 0.065841420],
        [0.409813000, 0.420673989, 0.569946320, 0.521139870,
         0.550442655, 0.536857761, 0.739025558, 0.587397262],
    ),
}  # fmt: skip


def recurrent(spec):
    return [p for p in spec.projections if p.pre in NAMES]


def numbers(spec):
    """Synapses of the recurrent projections, [target][source]."""
    matrix = np.zeros((8, 8), np.int64)
    for projection in recurrent(spec):
        assert projection.connector.allow_autapses
        assert projection.connector.allow_multapses
        matrix[NAMES.index(projection.post), NAMES.index(projection.pre)] = projection.connector.n
    return matrix.tolist()


def test_full_scale_numbers():
    assert synapse_numbers().tolist() == numbers(pd14()) == SYNAPSES
    assert np.sum(SYNAPSES) == 298_880_968
    assert [pd14().population(name).size for name in NAMES] == list(SIZES)
    assert pd14().n_neurons == 77_169


def test_scale_that_leaves_a_population_empty():
    message = r"^scale 0\.0004 leaves L5I of pd14 without neurons; choose 0\.00094 or more$"
    with pytest.raises(ConfigError, match=message):
        pd14(0.0004)
    assert pd14(0.00094).population("L5I").size == 1


def test_peak_current_of_a_potential_of_one_millivolt():
    assert psc_over_psp() == pytest.approx(0.5853899568613896, rel=1e-12)


def test_weights_and_delays():
    spec = pd14()
    for projection in recurrent(spec):
        excitatory = projection.pre.endswith("E")
        doubled = (projection.pre, projection.post) == ("L4E", "L23E")
        weight = 0.08780849352920843 * (1 if excitatory else 4) * (2 if doubled else 1)
        assert projection.weight_na.mu == pytest.approx(weight)
        assert projection.weight_na.sigma == pytest.approx(0.1 * weight)
        assert projection.weight_na.low == 0.0
        mean_ms = 1.5 if excitatory else 0.75
        delay = projection.delay_ms
        assert (delay.mu, delay.sigma, delay.low) == (mean_ms, mean_ms / 2, 0.05)
        assert projection.receptor is Receptor["EXCITATORY" if excitatory else "INHIBITORY"]


def test_poisson_drive():
    spec = pd14(dt_ms=0.2)
    for name, size, rate in zip(NAMES, SIZES, POISSON_RATES_HZ, strict=True):
        source = spec.population(f"poisson_{name}")
        assert source.kind is PopulationKind.POISSON
        assert (source.size, source.parameters["rate"]) == (size, rate)
        (projection,) = (p for p in spec.projections if p.pre == source.name)
        assert projection.post == name
        assert isinstance(projection.connector, OneToOne)
        assert projection.weight_na.value == pytest.approx(0.08780849352920843)
        assert projection.delay_ms.value == 0.2


def test_neurons_are_those_of_the_paper():
    spec = pd14()
    expected = {
        "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0,
        "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "i_offset": 0.0,
    }  # fmt: skip
    for name in NAMES:
        assert spec.population(name).parameters == pytest.approx(expected)
    assert spec.population("L23E").initial["v"] == Normal(-68.28, 5.36)
    assert spec.population("L6I").initial["v"] == Normal(-61.43, 4.48)
    assert pd14(initial="original").population("L5I").initial["v"] == Normal(-58.0, 10.0)


def test_constant_drive_at_full_scale():
    """The mean of the Poisson input: 0.35123 nA for a thousand external synapses."""
    spec = pd14(drive="dc")
    assert len(spec.populations) == 8
    currents = [spec.population(name).parameters["i_offset"] for name in NAMES]
    expected = [0.561974, 0.526851, 0.737591, 0.667345, 0.702468, 0.667345, 1.018579, 0.737591]
    assert currents == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("scale", SCALED)
def test_scaled_networks(scale):
    sizes, total, with_poisson, with_dc = SCALED[scale]
    for drive, currents in (("poisson", with_poisson), ("dc", with_dc)):
        spec = pd14(scale, drive)
        assert [spec.population(name).size for name in NAMES] == sizes
        assert np.sum(numbers(spec)) == total
        given = [spec.population(name).parameters["i_offset"] for name in NAMES]
        assert given == pytest.approx(currents, abs=1e-9)
        factor = 1 / np.sqrt(scale)
        for projection, full in zip(recurrent(spec), recurrent(pd14()), strict=True):
            assert projection.weight_na.mean == pytest.approx(full.weight_na.mean * factor)
            assert projection.delay_ms == full.delay_ms


def test_synapses_of_a_tenth():
    assert numbers(pd14(0.1)) == SYNAPSES_TENTH


def test_poisson_drive_of_a_tenth():
    spec = pd14(0.1)
    rates = [spec.population(f"poisson_{name}").parameters["rate"] for name in NAMES]
    assert rates == [1280, 1200, 1680, 1520, 1600, 1520, 2320, 1680]
    weights = [p.weight_na.value for p in spec.projections if p.pre.startswith("poisson")]
    assert weights == pytest.approx([0.27767483746045554] * 8)
