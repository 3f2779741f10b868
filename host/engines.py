"""Which engine advances the machine, and how it is called."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from chipemu import reference_engine
from chipemu.compiled_engine import Cores
from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.recording import Recording, Sampling
from chipemu.state import State
from chipemu.timed_recording import TimedCounts, TimedRecording
from host.config import RunConfig

if TYPE_CHECKING:
    from chipemu.timed_engine import TimedCores

__all__ = ["Listener", "Pausing", "simulate", "start_cores"]

TIMED_ENGINES = {"compiled": "chipemu.timed_engine", "reference": "chipemu.simpy_engine"}
STEPS_PER_CALL = 1000
TIMED_STEPS_PER_CALL = 100
"""Fewer with full timing, where a step takes longer, so that a run that is to stop does so soon."""
Snapshot = Mapping[str, NDArray[np.generic]]


class Pausing(Protocol):
    """Cores that run piece by piece: `chipemu.compiled_engine.Cores` and its like."""

    @property
    def step(self) -> int:
        """Steps done."""
        ...

    @property
    def state(self) -> State:
        """States of all neurons as they are now."""
        ...

    @property
    def plastic_weights(self) -> NDArray[Any] | None:
        """Present weights of plastic synapses; None if there are none."""
        ...

    def timed(self) -> TimedCounts | None:
        """What full timing has counted so far; None with ideal timing."""
        ...

    def advance(self, n_steps: int) -> Recording:
        """Do up to `n_steps` steps, at least one of them."""
        ...

    def exchange(self, image: MachineImage, sampling: Sampling | None = None) -> None:
        """Load the cores with another image."""
        ...


class Listener(NamedTuple):
    """Who is told what, while an engine runs."""

    take: Callable[[Recording], None]
    """What was recorded in the next steps: all of them, one stretch after the other."""
    advance: Callable[[int], None]
    """The number of steps done, now and then."""
    checkpoint: Callable[[int, Snapshot], None] | None = None
    """Steps done, and the state of the cores there; None: there are no checkpoints."""
    is_stopped: Callable[[], bool] = lambda: False
    """Whether to stop before the end, asked after each stretch of steps (`host.stopping`)."""


def start_cores(
    image: MachineImage, deployment: Deployment | None, sampling: Sampling, n_threads: int
) -> Pausing:
    """Cores before step 0, with full timing if there is a `deployment`."""
    if deployment is None:
        return Cores(image, sampling=sampling, n_threads=n_threads)
    return _timed_cores(image, deployment, sampling, n_threads)


def simulate(
    image: MachineImage,
    deployment: Deployment | None,
    run: RunConfig,
    listener: Listener,
    *,
    sampling: Sampling,
    n_threads: int,
    start: Snapshot | None = None,
) -> TimedCounts | None:
    """Run warm-up and run, with full timing if there is a `deployment`.

    The reference engines do all steps in one stretch, and cannot be stopped.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment or None
    run : RunConfig
        Numbers of steps, and the engine.
    listener : Listener
    sampling : Sampling
    n_threads : int
    start : mapping of str to ndarray, optional
        State of the cores from which the run goes on; by default it begins at step 0.

    Returns
    -------
    TimedCounts or None
        What full timing counted besides; None with ideal timing.
    """
    n_steps = run.n_warmup_steps + run.n_steps
    is_reference = run.engine == "reference"
    given = {"sampling": sampling, "n_threads": n_threads, "advance": listener.advance}
    if deployment is None and is_reference:
        listener.take(reference_engine.run(image, n_steps, **given))  # type: ignore[arg-type]
        return None
    if deployment is None:
        cores = Cores(image, sampling=sampling, n_threads=n_threads, snapshot=start)
        _advance(cores, n_steps, run.n_checkpoint_steps, listener)
        return None
    if is_reference:
        timed_run = import_module(TIMED_ENGINES["reference"]).run
        boundaries = (run.n_warmup_steps,) if run.n_warmup_steps else ()
        timed: TimedRecording = timed_run(
            image, deployment, n_steps, boundaries=boundaries, **given
        )
        listener.take(timed.recording)
        return timed
    timed_cores = _timed_cores(image, deployment, sampling, n_threads)
    return _advance_timed(timed_cores, run, listener)


def _timed_cores(
    image: MachineImage, deployment: Deployment, sampling: Sampling, n_threads: int
) -> "TimedCores":
    engine = import_module(TIMED_ENGINES["compiled"])
    cores: TimedCores = engine.TimedCores(image, deployment, sampling=sampling, n_threads=n_threads)
    return cores


def _advance_timed(cores: "TimedCores", run: RunConfig, listener: Listener) -> TimedCounts:
    """Go on to the end, with a stretch of counters for the warm-up, if there is one."""
    for stop in (run.n_warmup_steps, run.n_warmup_steps + run.n_steps):
        cores.end_stretch()
        while cores.step < stop:
            n_next = min(TIMED_STEPS_PER_CALL, stop - cores.step)
            listener.take(cores.advance(n_next, tell=listener.advance))
            if listener.is_stopped():
                return cores.timed()
    return cores.timed()


def _advance(cores: Cores, n_steps: int, interval: int, listener: Listener) -> None:
    """Go on up to `n_steps`, with a checkpoint after every `interval` steps and where it stops.

    Without an interval there is one if it is stopped before the end.
    """
    is_stopped = False
    while cores.step < n_steps and not is_stopped:
        stop = min(n_steps, cores.step + STEPS_PER_CALL)
        if interval:
            stop = min(stop, cores.step + interval - cores.step % interval)
        recording = cores.advance(stop - cores.step)
        listener.take(recording)
        listener.advance(recording.n_steps)
        is_stopped = listener.is_stopped() and cores.step < n_steps
        is_due = interval and (cores.step == n_steps or cores.step % interval == 0)
        if listener.checkpoint is not None and (is_due or is_stopped):
            listener.checkpoint(cores.step, cores.snapshot())
