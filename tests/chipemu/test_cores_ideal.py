"""With time to spare, full timing gives what ideal timing gives."""

from dataclasses import replace

import numpy as np
import pytest

from chipemu import reference_engine
from chipemu.cores import CoreParams
from chipemu.counters import CoreCounter
from chipemu.recording import Sampling
from host.config import Config, CoresConfig, MappingConfig, RunConfig
from host.deploy import build_deployment
from host.image import build_image
from host.machines import build_machine, load_machine
from host.numerics import Numerics
from mapping.connectors import FixedInDegree, OneToOne, PairwiseBernoulli
from mapping.distributions import ClippedNormal, Constant, Uniform
from mapping.graph import Layout
from mapping.pipeline import MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from tests.chipemu.by_hand import engines

pytestmark = engines
N_STEPS = 30
WIDE = CoreParams(spike_buffer=65_536)


def network(rate_hz=2000.0):
    """Two populations that fire a lot, driven by Poisson sources and a spike array."""
    delays = ClippedNormal(0.4, 0.2, 0.1)
    lively = {"tau_refrac": 0.2, "i_offset": 3.0, "tau_m": 10.0, "cm": 0.25}
    initial = {"v": Uniform(-70.0, -49.0)}
    times_ms = tuple(np.array(times) for times in ([0.2, 0.5], [0.1], [0.5, 0.5]))
    return NetworkSpec(
        "lively",
        (
            Population("P", 20, PopulationKind.POISSON, {"rate": rate_hz}),
            Population("A", 20, PopulationKind.NEURON, lively, initial, (), 50.0),
            Population("B", 9, PopulationKind.NEURON, lively, initial, (), 50.0),
            Population("S", 3, PopulationKind.SPIKE_ARRAY, spike_times_ms=times_ms),
        ),
        (
            Projection("P", "A", OneToOne(), Constant(0.3), Constant(0.1)),
            Projection("A", "B", FixedInDegree(4), Constant(0.6), delays),
            Projection("B", "A", PairwiseBernoulli(0.3), Constant(0.4), delays),
            Projection("A", "A", FixedInDegree(3), Constant(0.4), delays, Receptor.INHIBITORY),
            Projection("S", "B", PairwiseBernoulli(0.7), Constant(2.0), Constant(0.3)),
        ),
    )


def deployed(layout, *, slow_down=20, **cores):
    """Image and deployment, with steps of two milliseconds if nothing else is said."""
    spec, machine_spec = network(), load_machine("spinn3")
    config = Config(
        mapping=MappingConfig(layout=layout, neurons_per_core=8),
        run=RunConfig(timing="full", time_ms=10.0, warmup_ms=0.0),
        cores=CoresConfig(**cores),
    )
    synapse_cores = 2 if layout == "ensemble" else None
    options = MappingOptions(layout=Layout(layout), neurons_per_core=8, synapse_cores=synapse_cores)
    machine = build_machine(machine_spec, spec, options)
    mapped = map_network(spec, machine, options)
    image = build_image(spec, mapped.graph, mapped.placement, Numerics(), is_timed=True)
    deployment = build_deployment(
        spec, image, mapped, machine=machine, machine_spec=machine_spec, config=config
    )
    period_ps = slow_down * deployment.period_ps
    return image, replace(deployment, period_ps=period_ps, params=WIDE)


def assert_same(full, ideal):
    names = ("neurons", "sample_steps", "v_raw", "i_exc_raw", "i_inh_raw", "direct_emitted")
    for name in names:
        np.testing.assert_array_equal(getattr(full, name), getattr(ideal, name), err_msg=name)
    np.testing.assert_array_equal(full.spike_start, ideal.spike_start)
    order = np.lexsort((ideal.spike_source, ideal.spike_steps()))
    np.testing.assert_array_equal(full.spike_source, ideal.spike_source[order])


@pytest.mark.parametrize("layout", [layout.value for layout in Layout])
def test_generous_time_gives_ideal_results(run, layout):
    image, deployment = deployed(layout)
    sampling = Sampling(np.arange(image.n_neurons)[::-2].copy(), 2, 3)
    full = run(image, deployment, N_STEPS, sampling=sampling)
    ideal = reference_engine.run(image, N_STEPS, sampling=sampling)
    assert np.unique(ideal.spike_source).size > 30
    assert_same(full.recording, ideal)


@pytest.mark.parametrize("layout", [layout.value for layout in Layout])
def test_generous_time_loses_nothing(run, layout):
    image, deployment = deployed(layout)
    (stretch,) = run(image, deployment, N_STEPS).stretches
    lossy = ("BUFFER_LOST", "LATE", "LEFT", "SKIPPED", "TRANSFERS_MISSED", "SKIPPED_STEPS")
    for name in (*lossy, "OVERRUNS"):
        assert not stretch.cores[:, CoreCounter[name]].any(), name
    assert stretch.cores[:, CoreCounter.MIN_SLACK_PS].min() > 0
    assert stretch.cores[:, CoreCounter.PROCESSED].sum() > 300


def test_too_little_time_gives_other_results(run):
    """A comparison that cannot fail would prove nothing."""
    image, deployment = deployed("homogeneous", slow_down=1)
    full = run(image, replace(deployment, period_ps=20_000_000), N_STEPS)
    ideal = reference_engine.run(image, N_STEPS)
    assert full.recording.spike_source.tolist() != ideal.spike_source.tolist()
