"""What neurons of each model cost: cycles of their update, and memory."""

from collections import Counter

import numpy as np
import pytest

import host
from chipemu.cores import CoreCosts
from chipemu.models import MODELS
from host.config import load_config
from host.energy.vocabulary import Phase
from host.numerics import Numerics
from mapping.connectors import FixedInDegree
from mapping.distributions import Constant
from mapping.graph import Layout, Role
from mapping.machine import Budgets
from mapping.memory import NEURON_BYTES
from mapping.partition import partition
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from tests.parity.test_chipemu import image_of

SIZE, N_STEPS = 32, 60
WEIGHTS = {"uS": 0.02, "mV": 2.0, "nA": 2.0}


def cells(model):
    return Population(model, SIZE, PopulationKind.NEURON, model=model)


def mixed():
    """A population of each model, all driven by the same spikes, and the first by the others."""
    times = tuple(np.arange(1.0 + 0.1 * k, 6.0, 0.9) for k in range(16))
    driver = Population("S", 16, PopulationKind.SPIKE_ARRAY, spike_times_ms=times)
    projections = [
        Projection("S", name, FixedInDegree(8), Constant(WEIGHTS[model.weight_unit]), Constant(0.5))
        for name, model in MODELS.items()
    ]
    first = next(iter(MODELS))
    projections += [
        Projection(name, first, FixedInDegree(4), Constant(0.5), Constant(0.3)) for name in MODELS
    ]
    return NetworkSpec("mixed", (driver, *map(cells, MODELS)), tuple(projections))


def results(network, **changes):
    values = {
        "machine": "spinn5", "run.time_ms": 0.1 * N_STEPS, "run.warmup_ms": 0.0,
        "run.threads": 1, "run.slowdown": 20.0,
    }  # fmt: skip
    changes = {key.replace("__", "."): value for key, value in changes.items()}
    return host.run(load_config(None, values | changes), network=network)


def busy_ps(found):
    """Time in which cores worked, by role."""
    running = next(p for p in found.actions.phases if p.phase is Phase.RUNNING)
    total = Counter()
    for count in running.counts:
        if count.action == "core_cycle":
            total[count.what] += count.n
    return total


@pytest.mark.parametrize("layout", ["ensemble", "homogeneous"])
def test_engines_agree_on_what_mixed_models_take(layout):
    network = mixed()
    reckoned, full, readable = (
        results(network, mapping__layout=layout, run__timing=timing, run__engine=engine)
        for timing, engine in (("ideal", "auto"), ("full", "auto"), ("full", "reference"))
    )
    assert full.counters == readable.counters
    assert full.timing == readable.timing
    assert busy_ps(full) == busy_ps(readable)
    assert sum(full.counters["spikes"].values()) > 50
    assert {*busy_ps(full)} >= ({"neuron"} if layout == "ensemble" else {"combined"})
    for role, time_ps in busy_ps(full).items():
        assert busy_ps(reckoned)[role] == pytest.approx(time_ps, rel=0.02), role


@pytest.mark.parametrize("timing", ["ideal", "full"])
@pytest.mark.parametrize("model", sorted({*MODELS} - {"IF_curr_exp"}))
def test_a_core_is_busy_for_as_long_as_its_model_takes(model, timing):
    """Silent neurons: nothing but their updates."""
    taken = [
        sum(busy_ps(results(NetworkSpec("silent", (c,), ()), run__timing=timing)).values())
        for c in (cells("IF_curr_exp"), cells(model))
    ]
    assert taken[1] - taken[0] == SIZE * N_STEPS * MODELS[model].extra_cycles * 5000


def test_an_update_takes_a_cycle_at_least():
    network = NetworkSpec("silent", (cells("IF_curr_delta"),), ())
    image = image_of(network, Layout.HOMOGENEOUS, 8, 1, Numerics())
    assert set(image.update_cycles(1).tolist()) == {1}
    usual = CoreCosts().neuron + MODELS["IF_curr_delta"].extra_cycles
    assert set(image.update_cycles(CoreCosts().neuron).tolist()) == {usual}


def test_memory_of_a_core_follows_its_model():
    assert {*NEURON_BYTES} == {*MODELS}
    found = {}
    for model in MODELS:
        graph = partition(
            NetworkSpec("one", (cells(model),), ()), Budgets(), layout=Layout.HOMOGENEOUS,
            neurons_per_core=SIZE, dt_ms=0.1,
        )  # fmt: skip
        found[model] = int(graph.dtcm_bytes[graph.role == Role.COMBINED].max())
    words = {"IF_curr_exp": 15, "IF_cond_exp": 17, "IF_curr_delta": 12, "IF_curr_alpha": 19}
    words["Izhikevich"] = 16
    rest = {found[model] - 4 * n * SIZE for model, n in words.items()}
    assert len(rest) == 1
