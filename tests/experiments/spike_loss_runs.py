"""What tests of spike-loss share: a runner that makes losses up, and what it gives."""

import csv

import numpy as np

from experiments.spike_loss import Options
from experiments.spike_loss.run import run
from host.config import Config
from host.progress import SilentProgress
from host.results import Results, Spikes
from tests.experiments.made_up import results, stretch, timing_of

SPIKES = Spikes(
    np.array([0, 1, 1, 3], np.int32),
    np.array([0, 0, 2, 1], np.int32),
    0.1,
    ("A", "B"),
    (2, 1),
)
ONE = {"neurons_per_core": (80,), "synapse_cores": (), "time_ms": 1.0, "transient_ms": 1.0}


class FakeRun:
    """Runs nothing: loses what it is told below one slow-down in each stretch."""

    def __init__(self, transient_until, run_until, cause="late", has_colours=True):
        self.until = {"warmup": transient_until, "run": run_until}
        self.cause = cause
        self.has_colours = has_colours
        self.slowdowns = []
        self.n_ideal = 0

    def __call__(self, config: Config, *, progress) -> Results:
        timing = None
        if config.run.timing == "full":
            self.slowdowns.append(config.slowdown)
            timing = self._timing(config)
        else:
            self.n_ideal += 1
        machine = {"cores": {"has_colours": self.has_colours}}
        return results(config, timing, machine_description=machine, spikes=SPIKES)

    def _timing(self, config):
        step_us = config.period_ps / 10**6
        bounds = {"warmup": (0, config.run.n_warmup_steps)}
        bounds["run"] = (config.run.n_warmup_steps, config.run.n_warmup_steps + config.run.n_steps)
        stretches = {
            name: stretch(
                {self.cause: 7} if config.slowdown < self.until[name] else {}, step_us, *b
            )
            for name, b in bounds.items()
            if b[1] > b[0]
        }
        return timing_of(step_us, stretches)


def found(tmp_path, run_network, **options):
    """Finding and rows of the file."""
    chosen = Options(**(ONE | options))
    finding = run(chosen, progress=SilentProgress(), output=tmp_path, run_network=run_network)
    return finding, rows_of(finding)


def rows_of(finding):
    with finding.files[0].open(newline="") as file:
        return list(csv.DictReader(file))


# points
