"""What the cores of a machine record, in bytes, by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from host.config import Config, RecordConfig
from host.observe import recorded_bytes, spike_words
from mapping.graph import Role

N_STEPS = 10


def machine() -> Any:
    """Cores of 40 and 20 neurons, with what does not record between them."""
    return SimpleNamespace(
        role=np.array([Role.NEURON, Role.SYNAPSE, Role.NEURON]),
        lo=np.array([0, 0, 40]),
        hi=np.array([40, 40, 60]),
    )


def fired(*spikes: tuple[int, int]) -> Any:
    steps, sources = np.array(spikes, np.int64).reshape(-1, 2).T
    return SimpleNamespace(spike_source=sources, spike_steps=lambda: steps.astype(np.int64))


def stored(record: RecordConfig, *spikes: tuple[int, int]) -> int:
    return recorded_bytes(Config(record=record), N_STEPS, spike_words(machine(), fired(*spikes)))


def test_a_core_stores_a_time_and_a_bit_for_each_neuron_when_one_fires() -> None:
    spikes = RecordConfig()
    assert stored(spikes) == 0
    assert stored(spikes, (3, 0)) == 4 * (1 + 2)
    assert stored(spikes, (3, 0), (3, 39)) == 4 * (1 + 2)  # in the same words
    assert stored(spikes, (3, 0), (4, 0), (4, 59)) == 4 * (2 * (1 + 2) + (1 + 1))
    assert stored(spikes, (3, 75)) == 0  # a spike source


@pytest.mark.parametrize(("interval_ms", "n_samples"), [(None, 10), (0.3, 4)])
def test_samples(interval_ms: float | None, n_samples: int) -> None:
    record = RecordConfig(
        spikes=False, v={"A": 3}, currents={"A": 2, "B": 1}, interval_ms=interval_ms
    )
    assert stored(record, (3, 0)) == 4 * n_samples * (3 + 2 * 3)
