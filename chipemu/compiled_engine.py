"""The engine for whole machines: all cores by the compiled kernels, with ideal timing.

Ideal timing leaves the fabric and the deadlines out: every spike arrives in its step, every core
finishes every step.
"""

from collections.abc import Callable

import numpy as np

from chipemu.image import MachineImage
from chipemu.kernels import run_steps
from chipemu.loading import (
    initial_state,
    load,
    most_spikes_per_step,
    recording_of,
    source_arrays,
)
from chipemu.recording import Recording, Sampling, new_recorder
from chipemu.state import History
from fixedpoint.jit import set_threads

__all__ = ["run"]


def run(
    image: MachineImage,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
    steps_per_call: int = 200,
) -> Recording:
    """Run all cores for `n_steps`.

    Parameters
    ----------
    image : MachineImage
    n_steps : int
    sampling : Sampling, optional
        Neurons whose V and currents are recorded; none by default.
    n_threads : int
        Threads; the result does not depend on it.
    advance : callable
        Told the number of steps done, every `steps_per_call` steps.
    steps_per_call : int

    Returns
    -------
    Recording
    """
    set_threads(min(n_threads, image.matrix.n_blocks))
    loaded, constants = load(image)
    sources = source_arrays(image)
    state = initial_state(image)
    recorder = new_recorder(sampling or Sampling(np.zeros(0, np.int64)), n_steps, loaded.run_start)
    most_per_step = most_spikes_per_step(image)
    history = History(
        np.empty(2 * most_per_step, np.int32),
        np.zeros(n_steps + 1, np.int64),
        np.zeros(1, np.int64),
    )
    seed = np.array([image.seed & 0xFFFFFFFF, image.seed >> 32], dtype=np.int64)
    done = 0
    while done < n_steps:
        wanted = min(steps_per_call, n_steps - done)
        completed = run_steps(
            done, wanted, loaded, constants, sources, state, recorder, history,
            int(image.arithmetic), seed, most_per_step,
        )  # fmt: skip
        done += completed
        advance(completed)
        if completed < wanted:
            room = np.empty(history.source.size, np.int32)
            history = history._replace(source=np.concatenate((history.source, room)))
    return recording_of(recorder, history, state, n_steps)
