"""From a network to the image: scaling, parameters, Poisson tables, cores."""

from dataclasses import replace

import numpy as np
import pytest

from chipemu import compiled_engine
from chipemu.errors import ImageError, ParameterError
from host.image import build_image, ring_buffer_shifts
from host.networks.pd14 import pd14
from host.numerics import Numerics
from host.parameters import draw_parameter
from host.spikesources import poisson_table
from mapping.connectors import ExplicitList, FixedTotalNumber, OneToOne
from mapping.distributions import Constant, Exponential, Normal, Uniform
from mapping.graph import Layout, Role
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from router.topology import spinn5_boards

NEURON, POISSON = PopulationKind.NEURON, PopulationKind.POISSON
INHIBITORY = Receptor.INHIBITORY


def small(**changes):
    """Two populations, one with direct Poisson sources, the other with a spike array."""
    return NetworkSpec(
        "small",
        (
            Population("P", 20, POISSON, {"rate": changes.get("rate", 500.0)}),
            Population("A", 20, NEURON, changes.get("parameters", {}), changes.get("initial", {})),
            Population(
                "S", 3, PopulationKind.SPIKE_ARRAY,
                spike_times_ms=changes.get("times", (np.array([0.2, 1.0]), np.array([0.1]))),
            ),
            Population("B", 9, NEURON),
        ),
        (
            Projection("P", "A", OneToOne(), Constant(0.3), Constant(0.1)),
            Projection("A", "B", FixedTotalNumber(40), Constant(0.2), Constant(0.5)),
            Projection(
                "S", "B", FixedTotalNumber(9), changes.get("weight", Constant(0.4)),
                Constant(0.4), INHIBITORY,
            ),
        ),
    )  # fmt: skip


def image_of(spec, layout=Layout.ENSEMBLE, **options):
    options = {"neurons_per_core": 8, "synapse_cores": 2} | options
    mapped = map_network(spec, Machine(spinn5_boards(1)), MappingOptions(layout=layout, **options))
    return build_image(spec, mapped.graph, mapped.placement, Numerics())


# ring-buffer shifts


def test_shifts_of_the_microcircuit_are_those_of_the_tool_chain():
    """As sPyNNaker 7.4.1 chose them for the full-scale network at 0.1 ms."""
    assert ring_buffer_shifts(pd14(), 0.1) == {
        "L23E": (2, 3), "L23I": (2, 3), "L4E": (1, 3), "L4I": (2, 3),
        "L5E": (2, 3), "L5I": (1, 2), "L6E": (1, 3), "L6I": (1, 2),
    }  # fmt: skip


def test_shifts_of_populations_without_input_are_zero():
    assert ring_buffer_shifts(small(), 0.1)["A"] == (0, 0)
    assert list(ring_buffer_shifts(small(), 0.1)) == ["A", "B"]


def test_listed_weights_are_reckoned_with():
    pairs = np.zeros(2, np.int32), np.arange(2, dtype=np.int32)
    for largest, shift in ((0.9, 0), (5.0, 3), (60.0, 6)):
        connector = ExplicitList(*pairs, np.array([0.1, largest]))
        populations = (Population("A", 1, NEURON), Population("B", 2, NEURON))
        projection = Projection("A", "B", connector, Constant(0.0), Constant(1.0))
        spec = NetworkSpec("listed", populations, (projection,))
        assert ring_buffer_shifts(spec, 0.1)["B"] == (shift, 0)


def test_the_largest_weight_to_be_expected_fits():
    """Of n exponential weights less than one is expected above mean * ln(n)."""
    for n, shift in ((100, 0), (1000, 1)):
        populations = (Population("A", n, NEURON), Population("B", n, NEURON))
        projection = Projection("A", "B", OneToOne(), Exponential(0.2), Uniform(0.1, 1.0))
        spec = NetworkSpec("n", populations, (projection,))
        assert ring_buffer_shifts(spec, 0.1)["B"] == (shift, 0)


# Poisson tables


@pytest.mark.parametrize("rate_hz", [0.0, 0.001, 8.0, 800.0, 12_800.0, 23_200.0, 1e6])
def test_poisson_tables_have_mean_and_variance_of_the_count(rate_hz):
    expected = rate_hz * 1e-4
    table = poisson_table(rate_hz, 0.1)
    steps = np.concatenate(([0], table.thresholds, [2**32])).astype(np.float64) / 2**32
    counts, probabilities = np.arange(steps.size - 1), np.diff(steps)
    mean = (probabilities * counts).sum()
    assert mean == pytest.approx(expected, rel=1e-6, abs=1e-8)
    variance = (probabilities * (counts - mean) ** 2).sum()
    assert variance == pytest.approx(expected, rel=1e-4, abs=1e-8)


def test_a_silent_poisson_source_never_fires():
    assert poisson_table(0.0, 0.1).thresholds.size == 0


def test_poisson_rates_have_limits():
    assert poisson_table(1e8, 0.1).thresholds.size < 12_000
    for rate_hz in (-1.0, 1.1e8, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match=r"between 0 and 1e\+08 Hz at dt 0.1 ms"):
            poisson_table(rate_hz, 0.1)


# parameters


def test_parameters_of_one_value_and_of_many():
    assert draw_parameter(2, 3, (0, 0), 1).tolist() == [2.0, 2.0, 2.0]
    given = np.array([1.0, 2.0, 3.0])
    values = draw_parameter(given, 3, (0, 0), 1)
    values[0] = 9.0
    assert given[0] == 1.0
    with pytest.raises(ParameterError, match=r"shape \(3,\) for 4 members"):
        draw_parameter(given, 4, (0, 0), 1)


def test_parameters_are_drawn_for_each_member_by_population_parameter_and_seed():
    asked = Normal(-60.0, 5.0)
    values = draw_parameter(asked, 10_000, (2, 3), 7)
    assert abs(values.mean() + 60.0) < 5 * 5.0 / 100
    assert abs(values.std() / 5.0 - 1) < 5 / np.sqrt(2 * 10_000)
    np.testing.assert_array_equal(values[:10], draw_parameter(asked, 10, (2, 3), 7))
    for where, seed in (((2, 4), 7), ((3, 3), 7), ((2, 3), 8), ((2, 3), 7 + 2**32)):
        assert not np.any(draw_parameter(asked, 10, where, seed) == values[:10])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"parameters": {"tau": 1.0}},
            "population A: no parameter 'tau'; IF_curr_exp has cm, tau_",
        ),
        ({"initial": {"u": 1.0}}, "population A: no state variable 'u'"),
        ({"parameters": {"tau_m": np.ones(3)}}, r"population A: .* shape \(3,\) for 20 members"),
        ({"parameters": {"tau_m": -1.0}}, "population A: .*tau_m"),
        ({"rate": -5.0}, "population P: Poisson rate -5.0 Hz"),
        ({"rate": Uniform(1.0, 2.0)}, "population P: rates must be numbers"),
        ({"times": (np.array([0.5, -0.1]),)}, "population S: spike time -0.1 ms"),
        ({"times": (np.array([0.5, np.nan]),)}, "population S: spike time nan ms; spikes lie betw"),
        ({"times": (np.array([1e300]),)}, "population S: spike time 1e.300 ms; spikes lie between"),
        ({"times": (np.array([0.5]),) * 4}, "population S: 4 lists of spike times for 3 members"),
    ],
)
def test_what_cannot_be_loaded_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        image_of(small(**changes))


def test_a_spike_long_after_the_run_takes_no_memory(monkeypatch):
    image = image_of(small(times=(np.array([0.2, 2e8]),)))
    monkeypatch.setattr(np, "bincount", None)  # would count every step up to the spike
    recording = compiled_engine.run(image, 3)
    assert np.count_nonzero(recording.spike_source >= 29) == 1


def test_potentials_and_currents_are_loaded_in_s1615():
    image = image_of(
        small(
            parameters={"i_offset": np.linspace(0, 1, 20), "v_rest": -70.0},
            initial={"v": Constant(-62.5)},
        )
    )
    assert image.i_offset[:20].tolist() == np.rint(np.linspace(0, 1, 20) * 2**15).tolist()
    assert image.v_init.tolist() == [-62.5 * 2**15] * 20 + [-65 * 2**15] * 9
    resting = image_of(small(parameters={"v_rest": -70.0}))
    assert resting.v_init[:20].tolist() == [-70 * 2**15] * 20


# spike sources


def test_states_of_all_models_are_of_one_kind():
    image = image_of(small())
    assert (image.more_init.dtype, image.more_init.shape) == (np.int32, (0, image.n_neurons))
    with pytest.raises(ImageError, match="states and currents of neurons are float64, int32"):
        replace(image, more_init=image.more_init.astype(np.float64))


def test_direct_poisson_sources_are_grouped_by_rate():
    rates = np.array([100.0] * 5 + [0.0] * 3 + [100.0] * 12)
    image = image_of(small(rate=rates))
    assert [(run.lo, run.hi, run.offset) for run in image.direct] == [
        (0, 5, 0), (5, 8, 0), (8, 20, 0),
    ]  # fmt: skip
    weight = round(0.3 * 2**15)  # shift 0
    assert [(run.population, run.weight) for run in image.direct] == [(0, weight)] * 3
    assert image.direct[0].table is image.direct[2].table
    assert image.poisson == ()


def test_poisson_sources_with_other_rules_send_packets():
    spec = small()
    rule = FixedTotalNumber(100)
    projections = (
        Projection("P", "A", rule, Constant(0.3), Constant(0.1)),
        *spec.projections[1:],
    )
    image = image_of(NetworkSpec("packets", spec.populations, projections))
    assert image.direct == ()
    assert [(s.lo, s.hi, s.offset, s.population) for s in image.poisson] == [(29, 49, 29, 0)]


def test_spike_times_become_steps():
    events = image_of(small()).events
    assert events.step.tolist() == [1, 2, 10]
    assert events.source.tolist() == [30, 29, 29]


# cores


def test_cores_of_a_homogeneous_machine():
    image = image_of(small(), Layout.HOMOGENEOUS)
    cores = image.cores
    combined = cores.role == Role.COMBINED
    slices = list(zip(cores.lo[combined].tolist(), cores.hi[combined].tolist(), strict=True))
    assert slices == [(0, 8), (8, 16), (16, 20), (20, 28), (28, 29)]
    assert cores.buffer[combined].tolist() == [0] * 5
    assert set(cores.buffer[~combined].tolist()) == {-1}
    assert image.n_channels == 2
    assert image.row_channel.tolist() == image.matrix.row_type.tolist()
    assert {run.channel for run in image.direct} == {0}


def test_cores_of_ensembles():
    image = image_of(small())
    cores = image.cores
    neuron = cores.role == Role.NEURON
    slices = list(zip(cores.lo[neuron].tolist(), cores.hi[neuron].tolist(), strict=True))
    assert slices == [(0, 8), (8, 16), (16, 20), (20, 28), (28, 29)]
    poisson = cores.role == Role.POISSON
    assert list(zip(cores.lo[poisson].tolist(), cores.hi[poisson].tolist(), strict=True)) == [
        (0, 8), (8, 16), (16, 20),
    ]  # fmt: skip
    n_buffers = image.n_channels // 2
    synapse = cores.role == Role.SYNAPSE
    assert set(cores.buffer[synapse].tolist()) == set(range(n_buffers - 1))
    assert set(cores.buffer[poisson].tolist()) == {n_buffers - 1}
    assert {run.channel for run in image.direct} == {2 * (n_buffers - 1)}
    # an ensemble shares a chip, and its cores serve the same neurons
    for lo, chip in zip(cores.lo[neuron], cores.chip[neuron], strict=True):
        assert set(cores.chip[(cores.lo == lo) & (cores.role != Role.SOURCE)]) == {chip}
    places = set(zip(cores.chip.tolist(), cores.processor.tolist(), strict=True))
    assert len(places) == cores.role.size


def test_rows_go_to_a_buffer_of_their_type():
    image = image_of(small())
    np.testing.assert_array_equal(image.row_channel % 2, image.matrix.row_type)
    assert image.row_channel.max() < image.n_channels - 2


def test_the_same_network_on_any_layout():
    ensemble, homogeneous = image_of(small()), image_of(small(), Layout.HOMOGENEOUS)
    for name in ("v_init", "i_offset"):
        np.testing.assert_array_equal(getattr(ensemble, name), getattr(homogeneous, name))
    np.testing.assert_array_equal(ensemble.matrix.out_degrees(), homogeneous.matrix.out_degrees())
    assert sorted(ensemble.matrix.words) == sorted(homogeneous.matrix.words)
