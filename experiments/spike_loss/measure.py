"""Run a point, and keep of it what the tables and figures need."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from experiments.running import Run, RunShare
from experiments.spike_loss import Options
from experiments.spike_loss.points import Point, point_config
from host.config import Config, CoresConfig, config_hash
from host.errors import ExitCode, exit_code
from host.progress import Progress, SilentProgress
from host.results import Results, Spikes
from host.timing import LOSSES, Losses, StretchTiming, Timing

__all__ = ["Bench", "Outcome", "Rates", "n_lost_or_late", "stretch_rates"]

Rates = Mapping[str, Mapping[str, float]]
"""Mean rate of each population (spikes/s per neuron), by stretch."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What came of a point.

    Attributes
    ----------
    point : Point
    reason : str
        Why it does not fit the machine; empty if it does.
    n_cores : int
    has_colours : bool
        Whether packets tell the step in which they were sent, so that a late row is not lost.
    timing : Timing or None
        None if it does not fit.
    rates_hz, ideal_hz : mapping
        Rates of this run, and of that with ideal timing and the same seed.
    """

    point: Point
    reason: str = ""
    n_cores: int = 0
    has_colours: bool = True
    timing: Timing | None = None
    rates_hz: Rates = field(default_factory=dict)
    ideal_hz: Rates = field(default_factory=dict)

    @property
    def stretches(self) -> Mapping[str, StretchTiming]:
        """Stretches of the run, "warmup" (the transient) and "run"; none if it does not fit."""
        return {} if self.timing is None else self.timing.stretches

    @property
    def lost_causes(self) -> tuple[str, ...]:
        """Causes by which something is lost: all but late rows, and those too without colours."""
        return tuple(name for name in LOSSES if name != "late" or not self.has_colours)

    def n_lost(self, name: str) -> int:
        """What was lost in a stretch; of late rows with colours, synapses whose slot had passed."""
        losses = self.stretches[name].losses
        return sum(getattr(losses, cause) for cause in self.lost_causes)

    @property
    def is_lossless(self) -> bool:
        """Whether nothing was lost, the transient included; rows may have been late."""
        return not any(self.n_lost(name) for name in self.stretches)

    @property
    def is_lossless_after(self) -> bool:
        """Whether nothing was lost after the transient."""
        return not self.stretches or self.n_lost("run") == 0

    @property
    def is_free(self) -> bool:
        """Whether nothing was lost or late, the transient included."""
        return all(stretch.is_loss_free for stretch in self.stretches.values())

    @property
    def is_free_after(self) -> bool:
        """Whether nothing was lost or late after the transient."""
        return self.stretches["run"].is_loss_free if self.stretches else True


def n_lost_or_late(losses: Losses) -> int:
    """All that was lost or late but synapses, which are those of rows that count as late."""
    return losses.total - losses.skipped_synapses


class Bench:
    """Runs points, each once, and the ideal-timing run of each mapping and seed once.

    Parameters
    ----------
    options : Options
    run : callable
    """

    def __init__(self, options: Options, run: Run) -> None:
        self._options = options
        self._run = run
        self._ideal: dict[str, Rates] = {}
        self.outcomes: dict[Point, Outcome] = {}

    def measure(self, point: Point, progress: Progress | None = None) -> Outcome:
        """Outcome of `point`, which `progress` hears of as one unit of work."""
        if point not in self.outcomes:
            self.outcomes[point] = self._measure(point, progress or SilentProgress())
        return self.outcomes[point]

    def _measure(self, point: Point, progress: Progress) -> Outcome:
        config = point_config(self._options, point)
        share = RunShare(progress, config.run.n_warmup_steps + config.run.n_steps)
        try:
            results = self._run(config, progress=share)
        except Exception as error:
            if exit_code(error) != ExitCode.DOES_NOT_FIT:
                raise
            return Outcome(point=point, reason=str(error))
        finally:
            share.finish()
        return Outcome(
            point=point,
            n_cores=results.n_cores,
            has_colours=_has_colours(results),
            timing=results.timing,
            rates_hz=_rates(results),
            ideal_hz=self._ideal_rates(config),
        )

    def _ideal_rates(self, config: Config) -> Rates:
        run = replace(config.run, timing="ideal", slowdown=None)
        ideal = replace(config, run=run, cores=CoresConfig())
        key = config_hash(ideal)
        if key not in self._ideal:
            self._ideal[key] = _rates(self._run(ideal, progress=SilentProgress()))
        return self._ideal[key]


def _has_colours(results: Results) -> bool:
    given = results.config.cores.colours
    return bool(results.machine_description["cores"]["has_colours"]) if given is None else given


def _rates(results: Results) -> Rates:
    if results.spikes is None:
        return {}
    run = results.config.run
    return stretch_rates(results.spikes, run.n_warmup_steps, run.n_steps)


def stretch_rates(spikes: Spikes, n_warmup_steps: int, n_steps: int) -> Rates:
    """Mean rate of each population in the warm-up, if there is one, and in the run.

    Parameters
    ----------
    spikes : Spikes
    n_warmup_steps, n_steps : int
        Lengths of both.
    """
    bounds = {"warmup": (0, n_warmup_steps), "run": (n_warmup_steps, n_warmup_steps + n_steps)}
    edges = np.append(spikes.first_ids, sum(spikes.sizes))
    found = {}
    for name, (first, stop) in bounds.items():
        if stop > first:
            lo, hi = np.searchsorted(spikes.steps, [first, stop])
            counts = np.histogram(spikes.neurons[lo:hi], edges)[0]
            neuron_s = np.array(spikes.sizes) * (stop - first) * spikes.dt_ms / 1000.0
            found[name] = dict(zip(spikes.populations, (counts / neuron_s).tolist(), strict=True))
    return found
