"""The mesocircuit against the numbers that its reference implementation derives."""

import numpy as np
import pytest

from host.config import Config, NetworkConfig
from host.errors import ConfigError
from host.networks import NETWORKS, build_network
from host.networks.mesocircuit import SIZES, SOURCES, external_in_degrees, in_degrees, mesocircuit
from host.networks.pd14 import NAMES
from mapping.connectors import OneToOne, PairwiseBernoulli
from mapping.distributions import Normal
from mapping.graph import Layout
from mapping.machine import Budgets
from mapping.partition import partition
from mapping.spec import PopulationKind, Receptor
from mapping.traffic import required_synapse_cores

# [target][source], as INM-6/mesocircuit-model derives them, set mesocircuit_MAMV1: cut to integers,
IN_DEGREES = [
    [1459, 573, 662, 253, 106, 0, 78, 0, 0],
    [1472, 419, 356, 144, 188, 0, 29, 0, 0],
    [105, 19, 753, 425, 23, 0, 445, 0, 92],
    [733, 9, 895, 834, 7, 0, 797, 0, 57],
    [1432, 201, 767, 18, 280, 227, 197, 0, 0],
    [580, 79, 289, 5, 149, 190, 65, 0, 0],
    [219, 22, 312, 51, 191, 12, 395, 296, 47],
    [377, 3, 33, 3, 69, 4, 367, 201, 18],
]
# and totals of the sheet that come from excitatory cells of layers 2/3 and 4, inhibitory of 6, TC
SYNAPSES = {
    0: [1106300936, 314776046, 117750037, 206465219, 475200221, 42283661, 69516593, 24475912],
    2: [501703729, 76117795, 847985084, 251996495, 254396589, 21024088, 99189059, 2123924],
    7: [2144, 373, 3495, 285, 2521, 108, 93982074, 13047295],
    8: [0, 0, 103294406, 15947272, 0, 0, 14787951, 1140643],
}
N_SYNAPSES = 7_661_094_874
EXTERNAL = [1918, 1640, 1838, 3115, 1788, 1637, 1905, 1545]


@pytest.fixture(scope="module")
def full():
    return mesocircuit()


def recurrent(spec):
    return [p for p in spec.projections if not isinstance(p.connector, OneToOne)]


def matrix(spec):
    """Expected synapses, all columns together, [target][source]."""
    numbers = np.zeros((8, 9))
    for projection in recurrent(spec):
        target, source = (name.split("_")[1] for name in (projection.post, projection.pre))
        numbers[NAMES.index(target), SOURCES.index(source)] += spec.expected_synapses(projection)
    return numbers


def test_totals_of_the_paper(full):
    """3.2 million neurons and 7.7 billion synapses; the reference counts thalamic cells as well."""
    thalamic = sum(p.size for p in full.populations if p.name.endswith("_TC"))
    assert full.n_neurons == 16 * sum(SIZES) == 3_166_912
    assert full.n_neurons + thalamic == 3_181_344
    assert matrix(full).sum() == pytest.approx(N_SYNAPSES, rel=1e-5)  # autapses are left out
    assert round(matrix(full).sum() / 1e9, 1) == 7.7
    kinds = [p.kind for p in full.populations]
    assert (kinds.count(PopulationKind.NEURON), kinds.count(PopulationKind.POISSON)) == (128, 144)


def test_in_degrees_are_those_of_the_reference(full):
    assert in_degrees() == pytest.approx(np.array(IN_DEGREES), abs=0.51)
    for source, numbers in SYNAPSES.items():
        assert 16 * np.array(SIZES) * in_degrees()[:, source] == pytest.approx(numbers, abs=0.51)
        # of pairs with hardly a synapse those between far columns are left out
        assert matrix(full)[:, source] == pytest.approx(numbers, rel=1e-3, abs=900)
    received = dict.fromkeys(SOURCES, 0.0)
    for projection in recurrent(full):
        if projection.post == "c21_L4I":
            received[projection.pre.split("_")[1]] += full.expected_synapses(projection) / SIZES[3]
    assert list(received.values()) == pytest.approx(IN_DEGREES[3], abs=0.51)


def test_external_drive(full):
    assert np.rint(external_in_degrees()).tolist() == EXTERNAL
    for name, size, k in zip(NAMES, SIZES, EXTERNAL, strict=True):
        source = full.population(f"poisson_c31_{name}")
        assert (source.size, source.parameters["rate"]) == (size, 8.0 * k)
        (projection,) = full.outgoing(full.index(source.name))
        assert projection.post == f"c31_{name}"
        assert projection.weight_na.value == pytest.approx(0.02195212338230211)
        assert projection.delay_ms.value == 0.1
    cells = full.population("c00_TC")
    assert (cells.size, cells.kind, cells.parameters["rate"]) == (902, PopulationKind.POISSON, 0.0)


def test_weights(full):
    for projection in recurrent(full):
        inhibitory = projection.pre.endswith("I")
        doubled = projection.pre.endswith("L4E") and projection.post.endswith("L23E")
        weight = 0.0603683393013 if inhibitory else 0.0219521233823 * (2 if doubled else 1)
        assert projection.weight_na.mu == pytest.approx(weight)
        assert projection.weight_na.sigma == pytest.approx(0.1 * weight)
        assert projection.receptor is Receptor["INHIBITORY" if inhibitory else "EXCITATORY"]
        assert isinstance(projection.connector, PairwiseBernoulli)
        assert not projection.connector.allow_autapses


def test_every_column_sees_the_same(full):
    """What a column receives, by the way to the source, is the same for all 16."""
    seen = {}
    for p in recurrent(full):
        x, y, from_x, from_y = (int(digit) for digit in p.post[1:3] + p.pre[1:3])
        way = (from_x - x) % 4, (from_y - y) % 4, p.pre[4:], p.post[4:]
        seen.setdefault((x, y), set()).add((way, p.connector.p, p.delay_ms))
    assert len(seen) == 16
    assert all(columns == seen[0, 0] for columns in seen.values())
    of = {way: (p, delay) for way, p, delay in seen[0, 0]}
    for (dx, dy, source, target), values in of.items():
        assert of[dy, dx, source, target] == of[-dx % 4, -dy % 4, source, target] == values


def test_connections_fall_with_distance_and_delays_grow(full):
    of = {(p.pre, p.post): p for p in full.projections}
    for source, target in (("L23E", "L23E"), ("L4I", "L4E"), ("L5E", "L5I"), ("TC", "L6E")):
        near = [of[f"c{at}_{source}", f"c00_{target}"] for at in ("00", "01", "11")]
        p = [projection.connector.p for projection in near]
        delays = [projection.delay_ms for projection in near]
        assert p[0] > 4 * p[1] > 16 * p[2]
        assert delays[0].mean < delays[1].mean < delays[2].mean
        assert [d.low for d in delays] == [0.5] * 3
    assert ("c22_L23E", "c00_L23E") not in of  # at least 1.41 mm away, the limit is 1.16 mm
    assert ("c02_L23I", "c00_L23E") not in of
    assert ("c01_L5I", "c00_L23I") not in of  # less than one synapse
    far = of["c02_L23E", "c00_L23E"].delay_ms
    assert (far.low, far.high) == pytest.approx((0.5 + 1 / 0.3, 0.5 + 1.16 / 0.3))


def test_delays_have_the_mean_and_spread_of_the_profile(full):
    """0.5 ms and 0.3 mm/ms over random pairs of points of the two columns."""
    rng = np.random.default_rng(3)
    for away, beta, pair in ((0, 0.12, ("c00_L4I", "c00_L4I")), (1, 0.232, ("c01_L4E", "c00_L5E"))):
        points = rng.uniform(size=(2, 2, 2_000_000))
        r = np.hypot(points[0, 0] - points[1, 0], points[0, 1] - points[1, 1] + away)
        weight = np.exp(-r / beta) * (r < 5 * beta)
        mean, square = (
            np.average(0.5 + r / 0.3, weights=weight),
            np.average((0.5 + r / 0.3) ** 2, weights=weight),
        )
        (delay,) = (p.delay_ms for p in full.projections if (p.pre, p.post) == pair)
        assert delay.mean == pytest.approx(mean, rel=0.005)
        assert delay.variance == pytest.approx(square - mean**2, rel=0.02)


def test_delays_fit_ring_buffers_of_64_slots(full):
    assert full.delay_slots(0.1) == 64


@pytest.mark.parametrize("side", [1, 2, 3])
def test_fewer_columns_receive_as_much(full, side):
    """Connections go around the edges of a smaller sheet."""
    spec = mesocircuit(side=side)
    assert spec.n_neurons == side**2 * sum(SIZES)
    per_column = matrix(spec) / side**2
    assert per_column == pytest.approx(matrix(full) / 16, rel=1e-4, abs=60)
    assert len(spec.populations) == 17 * side**2


def test_one_column_is_a_microcircuit():
    spec = mesocircuit(side=1)
    assert [p.name for p in spec.populations[:9]] == [f"c00_{name}" for name in SOURCES]
    pairs = {(p.pre, p.post) for p in recurrent(spec)}
    assert len(pairs) == len(recurrent(spec)) == 66
    assert ("c00_L5I", "c00_L23E") in pairs  # 1.2 synapses per column


def test_neurons_are_those_of_the_reference(full):
    expected = {
        "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 2.0, "tau_syn_I": 8.0, "tau_refrac": 2.0,
        "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "i_offset": 0.0,
    }  # fmt: skip
    for name in NAMES:
        assert full.population(f"c12_{name}").parameters == pytest.approx(expected)
    assert full.population("c33_L6I").initial["v"] == Normal(-61.43, 4.48)
    original = mesocircuit(0.01, initial="original", side=1)
    assert original.population("c00_L6I").initial["v"] == Normal(-58.0, 10.0)


@pytest.mark.parametrize("drive", ["poisson", "dc"])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_scale_keeps_the_mean_input(drive, scale):
    """Mean current into each population at the rates of 1 mm2, as at full scale."""
    rates = dict(zip(NAMES, [0.158, 1.682, 2.408, 2.799, 3.587, 4.231, 2.216, 4.165], strict=True))

    def mean_inputs(spec):
        total = {f"c00_{n}": spec.population(f"c00_{n}").parameters["i_offset"] for n in NAMES}
        for p in spec.projections:
            source = spec.population(p.pre)
            rate = source.parameters.get("rate", rates.get(p.pre.split("_")[1], 0.0))
            tau_ms = (2.0, 8.0)[p.receptor.value] * (-1.0 if p.receptor.value else 1.0)
            in_degree = spec.expected_synapses(p) / spec.population(p.post).size
            total[p.post] += 1e-3 * tau_ms * p.weight_na.mean * in_degree * rate
        return list(total.values())

    full, scaled = mesocircuit(side=1), mesocircuit(scale, drive, side=1)
    assert mean_inputs(scaled) == pytest.approx(mean_inputs(full), abs=0.002)
    assert scaled.n_neurons == pytest.approx(scale * full.n_neurons, abs=4)
    assert matrix(scaled).sum() == pytest.approx(scale**2 * matrix(full).sum(), rel=1e-3)


def test_scale_that_leaves_a_population_empty():
    message = r"^scale 0\.0001 leaves L6I of mesocircuit without neurons; choose 0\.00025 or more$"
    with pytest.raises(ConfigError, match=message):
        mesocircuit(0.0001)
    assert mesocircuit(0.00025, side=1).population("c00_L6I").size == 1


def test_it_can_be_asked_for_by_name():
    spec = build_network(Config(network=NetworkConfig(name="mesocircuit", scale=0.001)))
    assert spec.name == "mesocircuit"
    assert len([p for p in spec.populations if p.kind is PopulationKind.NEURON]) == 128
    assert "7.7 billion" in NETWORKS["mesocircuit"].description


def test_every_column_needs_the_same_cores_and_memory(full):
    cores = required_synapse_cores(full, 64, 0.1)
    assert not cores[128:].any()
    assert (cores[:128].reshape(16, 8) == cores[:8]).all()
    graph = partition(
        mesocircuit(0.02),
        Budgets(),
        layout=Layout.HOMOGENEOUS,
        neurons_per_core=64,
        dt_ms=0.1,
        delay_slots=16,
    )
    needs = np.bincount(graph.population, graph.sdram_bytes)
    assert (needs[:128].reshape(16, 8) == needs[:8]).all()
    assert graph.n_stages == 3
