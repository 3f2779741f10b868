"""A loss brought about on purpose shows under its cause, and under no other; with both engines.

Forty sources fire at once, and each has a synapse on each of forty neurons; that keeps a combined
or a synapse core busy for about 230 us. Full timing with 20 times the time loses nothing.
"""

from dataclasses import replace

import numpy as np
import pytest

from host import deploy
from host.config import Config, CoresConfig, MappingConfig, RunConfig
from host.pipeline import run
from host.timing import LOSSES
from mapping.connectors import AllToAll
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router import mesh
from router.events import Fate

N = 40
FIRES_MS = 0.5
engines = pytest.mark.parametrize("engine", ["compiled", "reference"])
layouts = pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])


def network(delay_ms=0.5, fires_ms=FIRES_MS):
    times = tuple(np.array([fires_ms]) for _ in range(N))
    populations = (
        Population(
            "S", N, PopulationKind.SPIKE_ARRAY, spike_times_ms=times, expected_rate_hz=10_000.0
        ),
        Population("N", N, PopulationKind.NEURON),
    )
    synapses = Projection("S", "N", AllToAll(), Constant(0.01), Constant(delay_ms))
    return NetworkSpec("volley", populations, (synapses,))


def lost(engine, layout="homogeneous", spec=None, machine="spinn3", slowdown=20.0, **given):
    """Losses that are not 0, by cause, and what else full timing found."""
    mapping = {"neurons_per_core": 64, "synapse_cores": 1 if layout == "ensemble" else None}
    mapping |= given.pop("mapping", {})
    config = Config(
        machine=str(machine),
        mapping=MappingConfig(layout=layout, **mapping),
        run=RunConfig(
            time_ms=2.0, warmup_ms=0.0, timing="full", engine=engine, slowdown=slowdown, threads=1
        ),
        cores=CoresConfig(**given),
    )
    results = run(config, network=spec or network())
    stretch = results.timing.stretches["run"]
    found = {name: n for name, n in results.losses.items() if n}
    assert stretch.is_loss_free == (not set(found) & set(LOSSES))
    return found, results.timing


@engines
@layouts
def test_nothing_is_lost_when_there_is_time(engine, layout):
    found, timing = lost(engine, layout)
    assert found == {}
    stretch = timing.stretches["run"]
    assert stretch.packets_sent == stretch.packets_received == N
    assert (timing.undelivered, stretch.losses.overruns) == (0, 0)


@engines
def test_slow_cores_are_late(engine, tmp_path):
    """A row takes 60 us, all of them 2.4 ms, more than a step but less than the delay."""
    path = tmp_path / "slow.yaml"
    path.write_text("extends: spinn3\ncosts: {synapse: 300}\n")
    found, _ = lost(engine, machine=path)
    assert set(found) == {"late"}
    assert found["late"] == pytest.approx(N * 0.4 / 2.4, abs=2)


@engines
def test_slow_cores_skip_synapses_that_were_due_sooner(engine, tmp_path):
    path = tmp_path / "slow.yaml"
    path.write_text("extends: spinn3\ncosts: {synapse: 300}\n")
    found, _ = lost(engine, machine=path, spec=network(delay_ms=0.1))
    assert set(found) == {"late", "skipped_synapses"}
    assert found["skipped_synapses"] == N * found["late"]


@engines
@layouts
def test_short_buffers_overflow(engine, layout):
    found, timing = lost(engine, layout, spike_buffer=4)
    assert set(found) == {"buffer_overflow"}
    assert N // 2 < found["buffer_overflow"] < N
    assert timing.stretches["run"].packets_received == N


@engines
def test_routers_drop_what_dead_links_should_take(engine, monkeypatch):
    """The links of one chip die after the network has been mapped."""
    build = deploy.build_deployment

    def broken(*args, **given):
        deployment = build(*args, **given)
        dead = mesh(2, 2, wrap=True, dead_links=[(0, 0, link) for link in range(6)])
        return replace(deployment, topology=dead)

    monkeypatch.setattr("host.pipeline.build_deployment", broken)
    found, timing = lost(engine, mapping={"neurons_per_core": 2})
    assert set(found) == {"router_dropped"}
    assert 0 < found["router_dropped"] <= N
    assert timing.stretches["run"].dropped[Fate.DROPPED.name.lower()] == found["router_dropped"]
    assert timing.undelivered >= found["router_dropped"]


@engines
def test_routers_drop_what_cores_do_not_take(engine, monkeypatch):
    """All packets are for a core more, which the chip does not have."""
    build = deploy.build_deployment

    def blocked(*args, **given):
        deployment = build(*args, **given)
        tables, topology = deployment.tables, deployment.topology
        routes = tables.route | np.uint32(1 << 6 + 17)
        return replace(
            deployment,
            tables=replace(tables, route=routes),
            topology=replace(topology, cores=np.minimum(topology.cores, 17).astype(np.int16)),
        )

    monkeypatch.setattr("host.pipeline.build_deployment", blocked)
    found, timing = lost(engine)
    assert found == {"router_dropped": N}
    assert timing.stretches["run"].packets_received == 0


@engines
def test_combined_cores_are_late_in_short_steps(engine):
    found, _ = lost(engine, slowdown=1.0)
    assert set(found) == {"late"}


@engines
def test_synapse_cores_miss_and_skip_short_steps(engine):
    """The work of a step takes 19 us, the step 15 us; nothing fires."""
    found, _ = lost(engine, "ensemble", network(fires_ms=50.0), slowdown=0.15)
    assert set(found) == {"missed_transfers", "skipped_steps"}


@engines
def test_transfers_are_missed_if_the_margin_is_too_small(engine):
    found, _ = lost(engine, "ensemble", margin_ms=0.0)
    assert found == {"missed_transfers": 19}


@engines
def test_late_packets_are_flushed_if_so_chosen(engine):
    found, timing = lost(engine, "ensemble", slowdown=1.0, late_spikes="drop", margin_ms=0.01)
    assert set(found) == {"flushed"}
    assert N // 4 < found["flushed"] < N
    assert timing.stretches["run"].packets_received == N
