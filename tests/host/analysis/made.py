"""Made-up spikes and samples."""

import numpy as np

from host.analysis.sample import Model, Sample, Window, sample_of
from host.analysis.statistics import Trains
from host.results import Spikes

NAMES = ("A", "B")
SIZES = (12, 5)
WINDOW = Window(10.0, 200.0)


def trains(pairs, n_neurons=4, n_steps=200, dt_ms=0.1):
    """Trains of pairs of step and member."""
    array = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return Trains(array[:, 0], array[:, 1], n_neurons, n_steps, dt_ms)


def random_trains(seed, n_neurons=9, n_steps=800, dt_ms=0.1, share=0.02):
    """Each neuron fires at random steps, each with a rate of its own; the first is silent."""
    rng = np.random.default_rng(seed)
    fires = rng.random((n_steps, n_neurons)) < share * np.linspace(0, 2, n_neurons)
    return trains(np.argwhere(fires).tolist(), n_neurons, n_steps, dt_ms)


def spikes(seed, *, factor=1.0, names=NAMES, sizes=SIZES, window=WINDOW, dt_ms=0.1):
    """Spikes of neurons with gamma distributed rates of some 100/s, times `factor`."""
    rng = np.random.default_rng(seed)
    n_steps = round((window.warmup_ms + window.time_ms) / dt_ms)
    share = factor * dt_ms * 0.1 * rng.gamma(5.0, 0.2, sum(sizes))
    found = np.argwhere(rng.random((n_steps, sum(sizes))) < share).astype(np.int32)
    return Spikes(found[:, 0].copy(), found[:, 1].copy(), dt_ms, names, sizes)


def sample(seed, *, model=None, factor=1.0, window=WINDOW, **kwargs):
    """Sample of `spikes`."""
    own = spikes(seed, factor=factor, window=window, **kwargs)
    return sample_of(own, window, name=f"made {seed}", model=model or Model(), seed=seed)


def drawn(rng, *, shift=0.0, common=0.05, n=40, names=NAMES, seed=None):
    """Sample of normal values whose means differ from seed to seed: no spikes, but fast."""
    values = {
        measure: tuple(
            scale * (rng.normal(shift, common) + rng.normal(size=n) + 5.0) for _ in names
        )
        for measure, scale in (("rate", 1.0), ("cv", 0.15), ("cc", 0.01))
    }
    name = f"drawn {rng.integers(1 << 60)}"
    return Sample(
        name=name,
        populations=names,
        sizes=(n,) * len(names),
        values=values,
        window=WINDOW,
        seed=seed,
    )
