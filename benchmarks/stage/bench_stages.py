"""Stages of the pipeline: generation against numpy, mapping in seconds."""

from dataclasses import replace

import numpy as np
import pytest

from host.config import Config, MappingConfig, NetworkConfig
from host.image import build_image
from host.machines import build_machine, load_machine
from host.networks import build_network
from host.numerics import Numerics
from host.pipeline import map_only
from mapping.pipeline import MappingOptions, map_network

pytestmark = pytest.mark.bench

N_SYNAPSES = 2_988_807
"""Of a tenth of the microcircuit."""


@pytest.fixture(scope="module")
def mapped():
    """A tenth of the microcircuit and its mapping."""
    config = Config(network=NetworkConfig(scale=0.1))
    spec, options = build_network(config), MappingOptions()
    return spec, map_network(
        spec, build_machine(load_machine(config.machine), spec, options), options
    )


@pytest.mark.benchmark(group="generated synapse")
def test_generate(benchmark, mapped):
    spec, mapping = mapped
    benchmark.extra_info.update(items=N_SYNAPSES, is_baseline=False)
    arguments = spec, mapping.graph, mapping.placement, Numerics()
    build_image(*arguments)  # compiles
    image = benchmark(build_image, *arguments)
    assert image.matrix.n_synapses == N_SYNAPSES


@pytest.mark.benchmark(group="generated synapse")
def test_numpy_triples(benchmark):
    """As many random targets, weights and delays, without sorting them into rows."""
    rng = np.random.default_rng(1)

    def draw():
        targets = rng.integers(0, 7717, N_SYNAPSES, np.uint32)
        weights = np.rint(rng.normal(500.0, 50.0, N_SYNAPSES)).astype(np.uint16)
        delays = np.rint(rng.normal(15.0, 3.0, N_SYNAPSES)).astype(np.uint8)
        return targets, weights, delays

    benchmark.extra_info.update(items=N_SYNAPSES, is_baseline=True)
    targets, weights, delays = benchmark(draw)
    means = targets.mean(), weights.mean(), delays.mean()
    assert means == pytest.approx((7716 / 2, 500, 15), rel=0.01)


@pytest.mark.benchmark(group="mapping")
@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_map(benchmark, scale):
    results = benchmark(map_only, Config(network=NetworkConfig(scale=scale)))
    assert results.check["passed"]
    assert results.n_neurons == pytest.approx(scale * 77169, abs=4)


ENSEMBLES = MappingConfig(layout="ensemble", neurons_per_core=64, synapse_cores=3)


@pytest.mark.benchmark(group="mapping of ensembles")
@pytest.mark.parametrize("router", ["shared", "ner-shallow"])
def test_map_ensembles(benchmark, router):
    config = Config(mapping=replace(ENSEMBLES, router=router))
    results = benchmark(map_only, config)
    report = results.report
    assert report["n_chips"] <= 420
    assert report["entries_after"]["max"] <= 1023
    assert report["tree_links_per_spike"] <= 1.02 * (report["reached_per_spike"] - 1)
    assert results.mapping_s < 3.0
    benchmark.extra_info.update(
        partition_to_check_s=results.mapping_s,
        chips=report["n_chips"],
        entries_max=report["entries_after"]["max"],
        links_per_spike=report["tree_links_per_spike"],
    )


@pytest.mark.benchmark(group="mapping of the mesocircuit")
def test_map_mesocircuit(benchmark):
    """3.2 million neurons, 7.7 billion synapses, on the million-core machine."""
    config = Config(
        network=NetworkConfig(name="mesocircuit"),
        machine="spinnaker1-1200boards",
        mapping=ENSEMBLES,
    )
    results = benchmark.pedantic(map_only, args=(config,), rounds=1)
    assert results.check["n_keys"] == 3_181_344
    assert results.report["entries_after"]["max"] <= 1023
    assert results.mapping_s < 120.0
    benchmark.extra_info.update(partition_to_check_s=results.mapping_s)
