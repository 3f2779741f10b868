"""What a network does depends on its seed alone, not on where or how it is run."""

from pathlib import Path

import numpy as np
import pytest

from host.config import load_config
from host.pipeline import run

SMALL = {"network.scale": 0.03, "run.time_ms": 100.0, "run.warmup_ms": 0.0}
ELSEWHERE = {
    "16 to a core": {"mapping.neurons_per_core": 16},
    "one synapse core": {"mapping.layout": "ensemble", "mapping.synapse_cores": 1},
    "80 to a core": {"mapping.neurons_per_core": 80},
    "ensembles": {"mapping.layout": "ensemble"},
    "ensembles of 16": {"mapping.layout": "ensemble", "mapping.neurons_per_core": 16},
    "three boards": {"machine": "spinnaker1-3boards"},
}


def spike_bytes(folder: Path, settings: dict[str, object]) -> bytes:
    results = run(load_config(None, settings), run_dir=folder)
    assert results.losses["ring_buffer_saturations"] == 0
    return (folder / "spikes.h5").read_bytes()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return spike_bytes(tmp_path_factory.mktemp("runs") / "original", SMALL)


@pytest.mark.parametrize("change", ELSEWHERE)
def test_same_spikes_elsewhere(tmp_path: Path, original: bytes, change: str) -> None:
    assert spike_bytes(tmp_path / "run", SMALL | ELSEWHERE[change]) == original


def test_other_spikes_from_another_seed(tmp_path: Path, original: bytes) -> None:
    assert spike_bytes(tmp_path / "run", SMALL | {"run.seed": 2}) != original


def test_same_spikes_for_any_number_of_threads() -> None:
    """Large enough that each thread has a block of neurons of its own."""
    settings = {"network.scale": 0.22, "run.time_ms": 30.0, "run.warmup_ms": 0.0}
    one, two, three = (
        run(load_config(None, settings | {"run.threads": n})).spikes for n in (1, 2, 3)
    )
    assert one is not None
    assert one.neurons.size > 1000
    for other in (two, three):
        assert other is not None
        np.testing.assert_array_equal(one.steps, other.steps)
        np.testing.assert_array_equal(one.neurons, other.neurons)
