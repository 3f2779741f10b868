"""Cores with full timing: the compiled engine against the one on SimPy, and at full scale.

An item is a row: one packet's synapses on one core, from the packet's interrupt to its slots.
"""

import numpy as np
import pytest

from chipemu import simpy_engine, timed_engine
from chipemu.counters import CoreCounter
from host.config import Config, MappingConfig, NetworkConfig, RunConfig
from host.deploy import build_deployment
from host.image import build_image
from host.machines import build_machine, load_machine
from host.networks import build_network
from host.numerics import Numerics
from mapping.graph import Layout
from mapping.pipeline import MappingOptions, map_network

pytestmark = pytest.mark.bench

LAYOUTS = ["homogeneous", "ensemble"]
LAYOUT_SLOWDOWN = {"homogeneous": 20.0, "ensemble": 1.0}


def prepared(layout, scale):
    """Image and deployment of the microcircuit; Poisson sources would outweigh combined cores."""
    config = Config(
        network=NetworkConfig(scale=scale, drive="dc" if layout == "homogeneous" else "poisson"),
        mapping=MappingConfig(layout=layout),
        run=RunConfig(timing="full", slowdown=LAYOUT_SLOWDOWN[layout]),
    )
    spec, machine_spec = build_network(config), load_machine(config.machine)
    options = MappingOptions(layout=Layout(layout))
    machine = build_machine(machine_spec, spec, options)
    mapped = map_network(spec, machine, options)
    image = build_image(
        spec,
        mapped.graph,
        mapped.placement,
        Numerics(),
        longest_delay=mapped.graph.longest_delay,
        is_timed=True,
        n_threads=2,
    )
    deployment = build_deployment(
        spec, image, mapped, machine=machine, machine_spec=machine_spec, config=config
    )
    return image, deployment


def rows(result):
    return sum(int(s.cores[:, CoreCounter.PROCESSED].sum()) for s in result.stretches)


@pytest.fixture(scope="module", params=LAYOUTS)
def small(request):
    return request.param, *prepared(request.param, 0.02)


@pytest.mark.parametrize("engine", [simpy_engine, timed_engine], ids=["simpy", "compiled"])
def test_engines(benchmark, small, engine):
    """Both on a fiftieth of the microcircuit, 300 steps; the answers are the same."""
    layout, image, deployment = small
    benchmark.group = f"cores of a fiftieth, {layout}"
    is_baseline = engine is simpy_engine
    result = benchmark.pedantic(
        lambda: engine.run(image, deployment, 300),
        rounds=1 if is_baseline else 5,
        warmup_rounds=0 if is_baseline else 1,
    )
    other = timed_engine.run(image, deployment, 300)
    benchmark.extra_info.update(items=max(1, rows(result)), is_baseline=is_baseline)
    assert np.array_equal(result.stretches[0].cores, other.stretches[0].cores)
    assert np.array_equal(result.recording.spike_source, other.recording.spike_source)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_microcircuit(benchmark, layout, n_threads):
    """100 steps at full scale, from empty cores on."""
    benchmark.group = f"microcircuit, 10 ms, {layout}"
    image, deployment = prepared(layout, 1.0)
    result = benchmark.pedantic(
        lambda: timed_engine.run(image, deployment, 100, n_threads=n_threads),
        rounds=3,
        warmup_rounds=1,
    )
    benchmark.extra_info.update(items=rows(result), rtf=benchmark.stats.stats.median / 0.01)
    assert result.recording.spike_source.size > 0
