"""Which engine advances the machine, and how it is called."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple, cast

from chipemu import compiled_engine, reference_engine
from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.recording import Recording, Sampling
from chipemu.timed_recording import TimedRecording
from host.config import RunConfig

__all__ = ["Outcome", "simulate"]

TIMED_ENGINES = {"compiled": "chipemu.timed_engine", "reference": "chipemu.simpy_engine"}


class Outcome(NamedTuple):
    """What an engine gives."""

    recording: Recording
    timed: TimedRecording | None
    """What full timing counted besides; None with ideal timing."""


def simulate(
    image: MachineImage,
    deployment: Deployment | None,
    run: RunConfig,
    *,
    sampling: Sampling,
    n_threads: int,
    advance: Callable[[int], None],
) -> Outcome:
    """Run warm-up and run, with full timing if there is a `deployment`.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment or None
    run : RunConfig
        Numbers of steps, and the engine.
    sampling : Sampling
    n_threads : int
    advance : callable
        Told the number of steps done, now and then.
    """
    n_steps = run.n_warmup_steps + run.n_steps
    is_reference = run.engine == "reference"
    if deployment is None:
        engine = reference_engine.run if is_reference else compiled_engine.run
        raw = engine(image, n_steps, sampling=sampling, n_threads=n_threads, advance=advance)
        return Outcome(raw, None)
    name = TIMED_ENGINES["reference" if is_reference else "compiled"]
    timed_run = cast("Callable[..., TimedRecording]", import_module(name).run)
    timed = timed_run(
        image,
        deployment,
        n_steps,
        sampling=sampling,
        n_threads=n_threads,
        advance=advance,
        boundaries=(run.n_warmup_steps,) if run.n_warmup_steps else (),
    )
    return Outcome(timed.recording, timed)
