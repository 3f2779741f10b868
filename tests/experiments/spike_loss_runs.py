"""What tests of spike-loss share: a runner that makes losses up, and what it gives."""

import csv

import numpy as np

from experiments.spike_loss import Options
from experiments.spike_loss.run import run
from host.config import Config
from host.progress import SilentProgress
from host.results import Results, Spikes
from host.timing import LOSSES, Losses, Margins, StretchTiming, Timing

SPIKES = Spikes(
    np.array([0, 1, 1, 3], np.int32),
    np.array([0, 0, 2, 1], np.int32),
    0.1,
    ("A", "B"),
    (2, 1),
)
ONE = {"neurons_per_core": (80,), "synapse_cores": (), "time_ms": 1.0, "transient_ms": 1.0}


def margins(slack_us, step_us):
    share = {"p0": slack_us / step_us}
    return Margins(
        n_cores=3,
        smallest_us=slack_us,
        worst_core="A[0:2] combined core on chip (0, 0) core 1",
        smallest_of_core_us={"p0": slack_us, "p1": slack_us, "p5": slack_us, "p50": 50.0},
        mean_of_core_us={"p50": 60.0},
        smallest_of_core_share=share,
        mean_of_core_share=share,
        busy_mean=0.5,
        busy_max=0.75,
        busiest_step_us=10.0,
    )


def stretch(lost, step_us, first_step, stop_step):
    none = dict.fromkeys((*LOSSES, "overruns"), 0)
    losses = Losses(**(none | lost))
    return StretchTiming(
        first_step=first_step,
        stop_step=stop_step,
        is_loss_free=losses.total == 0,
        losses=losses,
        dropped={"dropped": 0},
        packets_sent=20,
        packets_received=100,
        margins={"combined": margins(-1.0 if lost else 1.0, step_us)},
    )


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
        return Results(
            config=config,
            machine="none",
            n_neurons=3,
            n_synapses=0,
            n_cores=3,
            n_chips=1,
            n_boards=1,
            rates_hz={},
            losses={},
            counters={},
            wall_s={},
            rtf=1.0,
            peak_rss_bytes=0,
            energy={},
            machine_description={"cores": {"has_colours": self.has_colours}},
            timing=timing,
            spikes=SPIKES,
        )

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
        return Timing(
            step_us=step_us,
            stretches=stretches,
            saturated=0,
            delay_clipped=0,
            in_flight=0,
            unprocessed=0,
            undelivered=0,
        )


def found(tmp_path, run_network, **options):
    """Finding and rows of the file."""
    chosen = Options(**(ONE | options))
    finding = run(chosen, progress=SilentProgress(), output=tmp_path, run_network=run_network)
    return finding, rows_of(finding)


def rows_of(finding):
    with finding.files[0].open(newline="") as file:
        return list(csv.DictReader(file))


# points
