"""Settling: counts against a walk over every spike, energy against sums by hand."""

import numpy as np
import pytest

from host import pipeline
from host.accounts import Activity, settle_energy, synaptic_events
from host.config import load_config
from host.networks import build_network
from host.power import PowerTable
from mapping.spec import PopulationKind

SMALL = {"network.scale": 0.02, "run.time_ms": 80.0, "run.warmup_ms": 20.0}


def activity(**changes: float) -> Activity:
    values = {
        "time_s": 10.0,
        "slowdown": 1.0,
        "n_boards": 12,
        "n_cores": 6050,
        "n_synaptic_events": 0.967e10,
        "n_router_passes": 1e9,
    }
    return Activity(**(values | changes))  # type: ignore[arg-type]


def test_energy_of_the_published_ensemble_run() -> None:
    """12 boards in real time: Rhodes et al. 2019 measured 0.628 uJ with Poisson drive."""
    account = settle_energy(activity(), PowerTable())
    assert account["parts_j"] == pytest.approx(
        {
            "boards": 12 * 26.84 * 10,
            "frames": 12 / 24 * 154.16 * 10,
            "cores": 6050 * 0.034 * 10,
            "routers": 1.0,
        }
    )
    assert account["total_j"] == pytest.approx(sum(account["parts_j"].values()))
    assert account["mean_power_w"] == pytest.approx(account["total_j"] / 10)
    assert account["e_syn_uj"] == pytest.approx(account["total_j"] / 0.967e10 * 1e6)
    assert account["e_syn_uj"] == pytest.approx(0.628, rel=0.05)
    assert account["e_syn_boards_uj"] < account["e_syn_uj"]


def test_slower_machines_draw_power_for_longer() -> None:
    fast = settle_energy(activity(n_router_passes=0), PowerTable())
    slow = settle_energy(activity(n_router_passes=0, slowdown=20.0), PowerTable())
    assert slow["wall_s"] == 200.0
    assert slow["e_syn_uj"] == pytest.approx(20 * fast["e_syn_uj"])
    assert slow["mean_power_w"] == pytest.approx(fast["mean_power_w"])


def test_a_single_board_sits_in_a_box() -> None:
    account = settle_energy(activity(n_boards=1), PowerTable())
    assert account["parts_j"]["frames"] == pytest.approx(50.4)


def test_a_silent_network_has_no_energy_per_event() -> None:
    account = settle_energy(activity(n_synaptic_events=0.0), PowerTable())
    assert account["e_syn_uj"] is None
    assert account["total_j"] > 0


def test_synaptic_events_by_the_formula() -> None:
    out_degrees = np.array([10, 20, 5, 5, 5])
    first, sizes = np.array([0, 2]), np.array([2, 3])
    events = synaptic_events(np.array([4.0, 2.0]), out_degrees, first, sizes, 3.0)
    assert events == pytest.approx(3 * (2 * 15 * 4.0 + 3 * 5 * 2.0))


def test_packets_against_a_walk_over_every_spike(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    settle = pipeline.settle

    def spy(spec, image, mapped, raw, **kwargs):  # type: ignore[no-untyped-def]
        seen.update(image=image, mapped=mapped, raw=raw)
        return settle(spec, image, mapped, raw, **kwargs)

    monkeypatch.setattr(pipeline, "settle", spy)
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
