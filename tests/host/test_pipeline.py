"""The pipeline with full timing, around an engine that stands in for the real ones."""

import json
import sys

import numpy as np
import pytest

from host.config import Config, CoresConfig, MappingConfig, RecordConfig, RunConfig
from host.pipeline import run
from host.progress import SilentProgress
from host.runfolder import load_run
from tests.host.timed_stubs import StubEngine, network


@pytest.fixture
def engines(monkeypatch):
    found = {}
    for name in ("timed_engine", "simpy_engine"):
        found[name] = StubEngine(f"chipemu.{name}")
        monkeypatch.setitem(sys.modules, f"chipemu.{name}", found[name])
    monkeypatch.setattr("host.compiling.is_warm", lambda _: True)
    return found


def config(layout="homogeneous", timing="full", **changes):
    run_config = {"time_ms": 8.0, "warmup_ms": 2.0, "timing": timing, "threads": 1} | changes
    return Config(
        machine="spinn3",
        mapping=MappingConfig(layout=layout, neurons_per_core=8),
        run=RunConfig(**run_config),
        record=RecordConfig(v={"A": 2}),
    )


class Steps(SilentProgress):
    """Counts the work of all phases."""

    def __init__(self):
        self.done = 0.0

    def advance(self, amount=1.0):
        self.done += amount


@pytest.mark.parametrize(
    ("engine", "module"),
    [("auto", "timed_engine"), ("compiled", "timed_engine"), ("reference", "simpy_engine")],
)
def test_each_engine_is_called_once(engines, engine, module):
    run(config(engine=engine), network=network())
    assert {name: len(stub.calls) for name, stub in engines.items()} == {
        "timed_engine": 0,
        "simpy_engine": 0,
    } | {module: 1}


def test_warm_up_is_a_stretch_of_its_own(engines):
    run(config(), network=network())
    run(config(warmup_ms=0.0), network=network())
    (*_, steps, boundaries), (*_, fewer, none) = engines["timed_engine"].calls
    assert (steps, boundaries, fewer, none) == (100, (20,), 80, ())


def test_the_deployment_has_the_wall_time_of_a_step(engines):
    run(config(slowdown=3.0), network=network())
    assert engines["timed_engine"].calls[0][1].period_ps == 300_000_000


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_spikes_potentials_and_sizes_are_those_of_ideal_timing(engines, layout):
    """The stand-in gives ideal spikes, though Poisson sources of combined cores send packets."""
    full = run(config(layout), network=network())
    ideal = run(config(layout, timing="ideal"), network=network())
    assert full.spikes.steps.size > 0
    np.testing.assert_array_equal(full.spikes.steps, ideal.spikes.steps)
    np.testing.assert_array_equal(full.spikes.neurons, ideal.spikes.neurons)
    for one, other in zip(full.recordings, ideal.recordings, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert full.n_synapses == ideal.n_synapses == 80
    assert full.counters["synaptic_events"] == ideal.counters["synaptic_events"]
    assert ideal.timing is None
    assert not {"cores", "routers"} & set(ideal.tables)


def test_losses_of_warm_up_and_run_add_up(engines):
    results = run(config(), network=network())
    assert results.losses["buffer_overflow"] == 5
    assert results.timing.stretches["run"].is_loss_free
    assert not results.timing.stretches["warmup"].is_loss_free
    assert "ring_buffer_saturations" in results.losses


def test_packets_are_counted_not_reckoned(engines):
    results = run(config(), network=network())
    counters = results.counters
    assert (counters["packets_sent"], counters["packets_received"]) == (12, 18)
    assert (counters["packets_received_max_per_core"], counters["router_passes"]) == (18, 123)
    assert results.energy["parts_j"]["router_bit"] == pytest.approx(123 * 40 * 25e-12)
    assert results.energy["deadline"] == "met"
    assert not results.energy["is_reckoned"]


def test_poisson_spikes_count_whether_they_are_packets_or_not(engines):
    """Direct sources are counted over the whole run, and their share of it is taken."""
    counts = [
        run(config(layout, timing), network=network()).counters["poisson_spikes"]
        for layout, timing in (("homogeneous", "full"), ("homogeneous", "ideal"))
    ]
    assert counts[0] == pytest.approx(20 * 2000 * 0.008, rel=0.3)
    assert counts[0] == pytest.approx(counts[1], rel=0.1)


def test_the_run_folder_keeps_timing_and_counters(engines, tmp_path):
    written = run(config(), network=network(), run_dir=tmp_path / "a")
    read = load_run(tmp_path / "a")
    assert read.losses == written.losses
    assert read.timing == written.timing
    assert read.tables == written.tables
    account = json.loads((tmp_path / "a/summary.json").read_text())
    assert account["timing"]["stretches"]["run"]["margins"]["combined"]["smallest_us"] == 1.0
    heads = list(read.tables["cores"].columns)
    assert heads[:8] == ["x", "y", "processor", "role", "population", "lo", "hi", "stretch"]
    assert read.network == written.network


def test_progress_counts_every_step(engines):
    progress = Steps()
    run(config(), network=network(), progress=progress)
    assert progress.done >= 100


@pytest.mark.parametrize(
    ("engine", "module"), [("auto", "timed_engine"), ("reference", "simpy_engine")]
)
def test_kernels_are_compiled_by_a_step_of_a_small_network(engines, monkeypatch, engine, module):
    monkeypatch.setattr("host.compiling.is_warm", lambda _: False)
    run(config(engine=engine), network=network())
    small, _ = engines[module].calls
    assert small[2] == 1


def test_choices_reach_the_cores(engines):
    settings = config()
    settings = Config(
        machine="spinn3",
        mapping=settings.mapping,
        run=settings.run,
        cores=CoresConfig(costs="polling", reinject=True),
    )
    run(settings, network=network())
    deployment = engines["timed_engine"].calls[0][1]
    assert deployment.params.costs.step == 800
    assert deployment.fabric.is_reinjecting


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_without_losses_full_timing_is_ideal_timing(layout):
    """The readable engines, with all that the machine does in between."""
    full = run(config(layout, engine="reference", slowdown=20.0), network=network())
    ideal = run(config(layout, "ideal", engine="reference"), network=network())
    assert all(stretch.is_loss_free for stretch in full.timing.stretches.values())
    np.testing.assert_array_equal(full.spikes.steps, ideal.spikes.steps)
    np.testing.assert_array_equal(full.spikes.neurons, ideal.spikes.neurons)
    for one, other in zip(full.recordings, ideal.recordings, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert full.timing.undelivered == 0
    if layout == "ensemble":  # whose Poisson sources send no packets, so that all can be reckoned
        for name in ("packets_sent", "packets_received", "router_passes"):
            assert full.counters[name] == ideal.counters[name]
