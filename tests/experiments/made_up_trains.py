"""Runs of Poisson trains that nobody simulated, for tests of experiments that compare spikes."""

import csv
from dataclasses import replace

import numpy as np

from host.results import Spikes
from tests.experiments.made_up import results, stretch, timing_of


def poisson_spikes(seed, rates_hz, sizes, n_steps, dt_ms=0.1):
    """Trains of neurons of populations "E", "I" and so on, at most a spike in a step."""
    rng = np.random.default_rng(seed)
    chance = np.repeat(rates_hz, sizes) * dt_ms / 1000.0
    steps, neurons = np.nonzero(rng.random((n_steps, sum(sizes))) < chance)
    names = tuple("EIXY"[: len(sizes)])
    return Spikes(steps.astype(np.int32), neurons.astype(np.int32), dt_ms, names, tuple(sizes))


class FakeRun:
    """Runs nothing: trains at the rate that `rate_hz` makes of the configuration.

    Parameters
    ----------
    rate_hz : callable
        Of all neurons, from the configuration.
    known : mapping
        What else the results have.
    """

    def __init__(self, rate_hz, sizes=(40, 20), known=None):
        self.rate_hz, self.sizes, self.known = rate_hz, sizes, known or {}
        self.configs = []

    def __call__(self, config, *, progress):
        self.configs.append(config)
        n_steps = config.run.n_warmup_steps + config.run.n_steps
        rates_hz = [self.rate_hz(config)] * len(self.sizes)
        spikes = poisson_spikes(config.run.seed, rates_hz, self.sizes, n_steps)
        timing = None
        if config.run.timing == "full":
            bounds = config.run.n_warmup_steps, n_steps
            timing = timing_of(100.0, {"run": stretch({"late": 7}, 100.0, *bounds)})
        made = results(config, timing, spikes=spikes)
        return replace(made, n_neurons=sum(self.sizes), **self.known)


def rows_of(finding):
    with finding.files[0].open(newline="") as file:
        return list(csv.DictReader(file))
