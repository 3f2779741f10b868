"""Stages of the pipeline: generation against numpy, mapping in seconds."""

import numpy as np
import pytest

from host.config import Config, NetworkConfig
from host.image import Numerics, build_image
from host.machines import build_machine, load_machine
from host.networks import build_network
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
