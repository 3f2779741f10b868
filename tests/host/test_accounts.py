"""Settling: counts against a walk over every spike."""

import numpy as np
import pytest

from host import pipeline, settlement
from host.accounts import synaptic_events
from host.config import load_config
from host.networks import build_network
from mapping.spec import PopulationKind

SMALL = {"network.scale": 0.02, "run.time_ms": 80.0, "run.warmup_ms": 20.0}


def test_synaptic_events_by_the_formula() -> None:
    out_degrees = np.array([10, 20, 5, 5, 5])
    first, sizes = np.array([0, 2]), np.array([2, 3])
    events = synaptic_events(np.array([4.0, 2.0]), out_degrees, first, sizes, 3.0)
    assert events == pytest.approx(3 * (2 * 15 * 4.0 + 3 * 5 * 2.0))


def test_packets_against_a_walk_over_every_spike(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    settle = settlement.settle

    def spy(spec, image, mapped, raw, **kwargs):  # type: ignore[no-untyped-def]
        seen.update(image=image, mapped=mapped, raw=raw)
        return settle(spec, image, mapped, raw, **kwargs)

    monkeypatch.setattr(settlement, "settle", spy)
    # ensembles, where the Poisson sources send no packets
    config = load_config(None, SMALL | {"mapping.layout": "ensemble"})
    results = pipeline.run(config)
    image, mapped = seen["image"], seen["mapped"]
    graph, forest = mapped.graph, mapped.forest
    net_of_vertex = {int(v): net for net, v in enumerate(graph.net_vertex)}
    passes = 0
    received = np.zeros(graph.n_vertices)
    assert results.spikes is not None
    counted = results.spikes.steps >= config.run.n_warmup_steps
    assert np.count_nonzero(counted) > 20
    for neuron in results.spikes.neurons[counted].tolist():
        holds = (image.cores.lo <= neuron) & (neuron < image.cores.hi)
        sends = np.isin(np.arange(graph.n_vertices), graph.net_vertex)
        net = net_of_vertex[int(np.flatnonzero(holds & sends)[0])]
        tree = forest.tree_of_net[net]
        passes += int(forest.tree_indptr[tree + 1] - forest.tree_indptr[tree])
        received[graph.targets_of(net)] += 1
    assert results.counters["packets_sent"] == np.count_nonzero(counted)
    assert results.counters["router_passes"] == passes
    assert results.counters["packets_received"] == received.sum()
    assert results.counters["packets_received_max_per_core"] == received.max()


def test_poisson_packets_of_homogeneous_cores_are_counted() -> None:
    """Every source that spikes in a step sends one packet, however often it spikes."""
    config = load_config(None, SMALL)
    spec = build_network(config)
    results = pipeline.run(config)
    expected = sum(
        config.run.n_steps * p.size * -np.expm1(-p.parameters["rate"] * 1e-4)  # type: ignore[operator]
        for p in spec.populations
        if p.kind is PopulationKind.POISSON
    )
    sent = results.counters["packets_sent"] - sum(results.counters["spikes"].values())
    assert sent == pytest.approx(expected, rel=0.03)
    assert results.counters["poisson_spikes"] > sent
    ensemble = pipeline.run(load_config(None, SMALL | {"mapping.layout": "ensemble"}))
    assert ensemble.counters["poisson_spikes"] == results.counters["poisson_spikes"]
    assert ensemble.counters["packets_sent"] == sum(ensemble.counters["spikes"].values())
