"""The engine for whole machines: all cores by the compiled kernels, with ideal timing.

Ideal timing leaves the fabric and the deadlines out: every spike arrives in its step, every core
finishes every step. `Cores` advances by some steps at a time and keeps nothing of the past but the
spikes that are still under way, so that its memory does not grow with the run.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ImageError
from chipemu.generation.matrix import ProceduralMatrix
from chipemu.image import MachineImage
from chipemu.kernels import run_steps
from chipemu.loading import (
    initial_state,
    load,
    load_injected,
    most_spikes_per_step,
    recording_of,
    source_arrays,
)
from chipemu.plasticity.kernels import run_plastic
from chipemu.plasticity.state import PlasticRows, PlasticState
from chipemu.plasticity.synapses import PREFIX, initial_plastic, load_rows, restored
from chipemu.procedural.kernels import run_procedural
from chipemu.procedural.rows import Rows
from chipemu.recording import Recorder, Recording, Sampling, join, new_recorder
from chipemu.snapshot import restore, take_snapshot
from chipemu.state import History, State
from chipemu.synapses import SynapticMatrix
from fixedpoint.jit import set_threads

__all__ = ["Cores", "run"]

FEWEST_SPIKES = 1 << 16
"""Spikes that there is room for at least, so that small networks do many steps at a time."""


class Cores:
    """All cores with ideal timing, between two steps.

    Parameters
    ----------
    image : MachineImage
    sampling : Sampling, optional
        Neurons whose V and currents are recorded; none by default.
    n_threads : int
        Threads; the result does not depend on it.
    snapshot : mapping of str to ndarray, optional
        What `snapshot` gave; by default the cores begin at step 0.

    Attributes
    ----------
    step : int
        Steps done.

    Raises
    ------
    ImageError
        If `snapshot` is of other cores.
    """

    def __init__(
        self,
        image: MachineImage,
        *,
        sampling: Sampling | None = None,
        n_threads: int = 1,
        snapshot: Mapping[str, NDArray[np.generic]] | None = None,
    ) -> None:
        self._n_threads, self._sampling = n_threads, sampling or Sampling(np.zeros(0, np.int64))
        self._load(image, snapshot)

    def _load(
        self, image: MachineImage, snapshot: Mapping[str, NDArray[np.generic]] | None
    ) -> None:
        """Load the cores with `image`, at step 0 or as they were."""
        matrix = image.matrix
        is_stored = isinstance(matrix, SynapticMatrix)
        n_most = matrix.n_blocks if is_stored else self._n_threads
        n_threads = set_threads(min(self._n_threads, n_most))
        self._image = image
        self._loaded = load(image)
        self._injected = load_injected(image)
        self._sources = source_arrays(image)
        self._seed = np.array([image.seed & 0xFFFFFFFF, image.seed >> 32], dtype=np.int64)
        self._most_per_step = most_spikes_per_step(image)
        self._state = initial_state(image)
        self._history = History(
            np.empty(max(FEWEST_SPIKES, 2 * self._most_per_step), np.int32),
            np.zeros(1, np.int64),
            np.zeros(1, np.int64),
            np.zeros(1, np.int64),
        )
        self.step = 0
        if snapshot is not None:
            self.step, self._state, self._history = restore(
                snapshot, self._state, self._history, room=self._most_per_step
            )
            self._history.event[0] = np.searchsorted(image.events.step, self.step)
        self._plastic: tuple[PlasticRows, PlasticState] | None = None
        if image.plastic is not None:
            given = image.plastic
            state = initial_plastic(given) if snapshot is None else restored(given, snapshot)
            self._plastic = load_rows(given), state
        self._rows: Rows | None = None
        if isinstance(matrix, ProceduralMatrix):
            self._rows = Rows(matrix, self._loaded, n_threads)
            self._rows.make_again(self._history, self.step - int(self._history.origin[0]))

    def advance(self, n_steps: int) -> Recording:
        """Do up to `n_steps` steps, at least one of them: as many as there is room for.

        Returns
        -------
        Recording
            Of the steps done.
        """
        self._make_room(n_steps)
        recorder = new_recorder(
            self._sampling, self.step + n_steps, self._loaded.run_start, from_step=self.step,
            kind=self._state.v.dtype.type, n_more=len(self._state.more),
        )  # fmt: skip
        n_done = self._run(n_steps, recorder)
        while n_done < min(n_steps, 1) and self._rows is not None:
            self._rows.make_again(self._history, self.step - int(self._history.origin[0]))
            n_done = self._run(n_steps, recorder)
        steps = range(self.step, self.step + n_done)
        self.step = steps.stop
        return recording_of(recorder, self._history, self._state, steps)

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """All that the next steps depend on, by name; arrays of the caller's own."""
        self._make_room(0)
        taken = take_snapshot(self.step, self._state, self._history)
        if self._plastic is not None:
            changing = self._plastic[1]._asdict()
            taken |= {PREFIX + name: array.copy() for name, array in changing.items()}
        return taken

    def exchange(self, image: MachineImage, sampling: Sampling | None = None) -> None:
        """Load the cores with another image; their states and the spikes under way stay.

        Parameters
        ----------
        image : MachineImage
            Of the same neurons and sources. Spikes under way arrive with its weights. Plastic
            synapses go on from their present weights if they are those of the image before, and
            else from its own.
        sampling : Sampling, optional
            By default as before.

        Raises
        ------
        ImageError
            If the image has other neurons or sources.
        """
        if (image.n_neurons, image.n_sources) != (self._image.n_neurons, self._image.n_sources):
            msg = (
                f"an image of {image.n_neurons} neurons and {image.n_sources} sources for cores "
                f"of {self._image.n_neurons} and {self._image.n_sources}"
            )
            raise ImageError(msg)
        self._sampling = sampling or self._sampling
        snapshot = self.snapshot()
        if image.plastic is not None and image.plastic is not self._image.plastic:
            snapshot[PREFIX + "weight"] = image.plastic.initial_weights()
        self._load(image, snapshot)

    @property
    def state(self) -> State:
        """States of all neurons as they are now; what is written there counts from now on."""
        return self._state

    def timed(self) -> None:
        """None: with ideal timing nothing is timed."""
        return

    @property
    def plastic_weights(self) -> NDArray[Any] | None:
        """Present weights of plastic synapses, in the order of their words; None without any."""
        return None if self._plastic is None else self._plastic[1].weight

    def _run(self, n_steps: int, recorder: Recorder) -> int:
        """Run the kernels; they return early for want of room."""
        arguments = (
            self.step, n_steps, self._loaded, self._injected, self._sources, self._state, recorder,
            self._history, int(self._image.arithmetic), self._seed, self._most_per_step,
        )  # fmt: skip
        if self._plastic is not None:
            return run_plastic(*arguments, *self._plastic)
        if self._rows is None:
            return run_steps(*arguments)
        rows = self._rows
        return run_procedural(*arguments, rows.plan, rows.scratches, rows.made, rows.bounds)

    def _make_room(self, n_steps: int) -> None:
        """Forget the spikes that have arrived everywhere; room for those of the next steps."""
        source, start, origin, _ = self._history
        now = self.step - int(origin[0])
        n_kept = min(now, self._image.matrix.n_delays)
        first, last = int(start[now - n_kept]), int(start[now])
        origin[0] = self.step - n_kept
        kept = source[first:last].copy()
        if source.size - kept.size < self._most_per_step:
            source = np.empty(2 * (kept.size + self._most_per_step), np.int32)
        source[: kept.size] = kept
        starts = np.zeros(n_kept + n_steps + 1, np.int64)
        starts[: n_kept + 1] = start[now - n_kept : now + 1] - first
        self._history = self._history._replace(source=source, start=starts)
        if self._rows is not None:
            self._rows.follow(self._history, first, last - first)


def run(
    image: MachineImage,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
    steps_per_call: int = 1000,
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
    cores = Cores(image, sampling=sampling, n_threads=n_threads)
    parts = [cores.advance(0)]
    while cores.step < n_steps:
        parts.append(cores.advance(min(steps_per_call, n_steps - cores.step)))
        advance(parts[-1].n_steps)
    return join(parts)
