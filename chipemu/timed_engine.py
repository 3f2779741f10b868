"""The engine for whole machines with full timing: `docs/cores.md`, compiled.

A step is done in this order: what cores send travels through the compiled fabric, with the cores
that send brought forward as far as it takes (`chipemu.timed.kernels.exchange`), while a second
thread adds up the input that is known by then; then all chips are brought to the tick, in parallel;
then the rows that they have processed become input of neurons, and these are updated. The spikes
found so are sent when their cores get to it.

`TimedCores` advances by some steps at a time, and stands still right after the neurons have been
updated in the last one. What the cores do from there to the next tick, which ends that step, they
do when it goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.checks import check_cores, check_exchange
from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.kernels import inject
from chipemu.loading import initial_state
from chipemu.recording import Recorder, Recording, Sampling, join, new_recorder
from chipemu.snapshot import BETWEEN_STEPS
from chipemu.state import State
from chipemu.timed.chips.kernels import judge_all
from chipemu.timed.contents import contents_of
from chipemu.timed.delivery.kernels import deliver_late
from chipemu.timed.groups import Group, groups_of, owners
from chipemu.timed.neurons.kernels import collect, update_spans
from chipemu.timed.room import with_room
from chipemu.timed.spikes import hold_steps, spikes_of
from chipemu.timed.state import Number
from chipemu.timed.stretches import begin_stretch, end_stretch, unprocessed
from chipemu.timed.traffic import Traffic
from chipemu.timed_recording import Stretch, TimedCounts, TimedRecording
from fixedpoint.jit import set_threads

__all__ = ["TimedCores", "run"]


class _Piece(NamedTuple):
    """Where steps are recorded."""

    steps: range
    recorder: Recorder
    saturated: NDArray[np.int64]


class TimedCores:
    """All cores and the fabric with full timing, between two steps.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    sampling : Sampling, optional
        Neurons whose V and currents are recorded; none by default.
    n_threads : int
        Threads; the result does not depend on it.

    Attributes
    ----------
    step : int
        Steps done.
    state : State
        Of the neurons; what is written there between two steps counts from the next one on.

    Raises
    ------
    ImageError
        If image and deployment contradict each other.
    """

    def __init__(
        self,
        image: MachineImage,
        deployment: Deployment,
        *,
        sampling: Sampling | None = None,
        n_threads: int = 1,
    ) -> None:
        check_cores(image, deployment)
        deployment.check_clock(0)
        set_threads(n_threads)
        self.step = 0
        self.state: State = initial_state(image)
        self._image, self._deployment = image, deployment
        self._sampling = sampling or Sampling(np.zeros(0, np.int64))
        self._traffic = Traffic(image, deployment, contents_of(image), self.state)
        cores = self._traffic.machine.cores
        self._groups = groups_of(image, deployment, cores)
        self._owner = owners(cores, deployment.slice_lo)
        self._stretches: list[Stretch] = []
        self._begin = begin_stretch(self._traffic, 0, 0)
        self._ends_stretch = False
        self._saturated = 0

    def advance(self, n_steps: int, *, tell: Callable[[int], None] = lambda _: None) -> Recording:
        """Do `n_steps` steps.

        Parameters
        ----------
        n_steps : int
        tell : callable
            Told the number of steps done, now and then.

        Returns
        -------
        Recording
            Of these steps; ``saturated`` counts, for each neuron, slots found at 65535.

        Raises
        ------
        ImageError
            If the clocks of the chips drift apart by a step.
        """
        piece = self._begin_piece(n_steps)
        contents = self._traffic.contents
        for step in piece.steps:
            inject(step, contents.injected, contents.loaded.i_offset, None, self.state)
            self._do_step(step, piece)
            self.step = step + 1
            tell(1)
        return self._recording(piece)

    def end_stretch(self) -> None:
        """Let a new `Stretch` of counters begin with the next step."""
        self._ends_stretch = self.step > self._begin.step

    def exchange(self, image: MachineImage, sampling: Sampling | None = None) -> None:
        """Go on with what `image` holds: other constants, sources, events, weights or currents.

        The cores, their state and the packets under way stay. Synapses have the weights of `image`
        from the next step on: those, too, whose rows have been processed, but which are not due
        yet. (With ideal timing it is the same.)

        Parameters
        ----------
        image : MachineImage
            With the same cores, rows and channels.
        sampling : Sampling, optional
            What is sampled from now on; by default the same as before.

        Raises
        ------
        ImageError
            If `image` is one of other cores, rows or channels; everything stays as it was.
        """
        check_exchange(self._image, image)
        check_cores(image, self._deployment)
        self._image, self._sampling = image, sampling or self._sampling
        kept = {name: getattr(self.state, name) for name in BETWEEN_STEPS}
        self.state = initial_state(image)._replace(**kept)
        self._traffic.contents, self._traffic.state = contents_of(image), self.state

    @property
    def plastic_weights(self) -> None:
        """None: with full timing no synapse is plastic."""
        return

    def timed(self) -> TimedCounts:
        """What full timing has counted, as if the run ended here; the cores can go on.

        Raises
        ------
        BooksError
            If a copy of a packet is not accounted for: the emulator is at fault.
        """
        return self._end(self._traffic.copy())

    def _begin_piece(self, n_steps: int) -> _Piece:
        steps = range(self.step, self.step + n_steps)
        self._deployment.check_clock(steps.stop)
        traffic = self._traffic
        traffic.machine = hold_steps(traffic.machine, steps)
        recorder = new_recorder(
            self._sampling, steps.stop, traffic.contents.loaded.run_start, from_step=steps.start,
            n_more=len(self.state.more),
        )  # fmt: skip
        return _Piece(steps, recorder, np.zeros(self._image.n_neurons, np.int64))

    def _do_step(self, step: int, piece: _Piece) -> None:
        """Bring every chip to its tick `step`, and update its neurons there."""
        ticks = self._deployment.tick_ps(step)[[group.chip for group in self._groups]]
        order = np.argsort(ticks, kind="stable").tolist()
        for place, g in enumerate(order):
            self._bring(step, int(ticks[g]), is_first=place == 0)
            self._update(step, self._groups[g], piece)
            self._collect(step, g)

    def _bring(self, step: int, tick_ps: int, *, is_first: bool) -> None:
        """Bring everything to the time `tick_ps`, and deliver what is due in `step`."""
        traffic = self._traffic
        if is_first:
            traffic.forget(step)
        n_known = int(traffic.rows.numbers[0])
        traffic.go_to(tick_ps, step if is_first else None)
        if is_first and self._ends_stretch:
            ends_ps = np.full_like(self._deployment.offset_ps, tick_ps)
            self._stretches.append(end_stretch(self._begin, traffic, step, ends_ps))
            self._begin = begin_stretch(traffic, step, tick_ps)
            self._ends_stretch = False
        deliver_late(
            n_known, step, self._deployment.stage_steps, traffic.rows, traffic.contents.loaded,
            self.state,
        )  # fmt: skip

    def _update(self, step: int, group: Group, piece: _Piece) -> None:
        """Judge the contributions to the neurons of a group of chips, and update these."""
        machine, contents = self._traffic.machine, self._traffic.contents
        if step > 0:
            judge_all(
                machine.cores, machine.chips, machine.rules, group.givers, group.buffers, step,
                self.state.rings,
            )  # fmt: skip
        update_spans(
            group.spans, step, contents.loaded, self.state, piece.recorder, piece.saturated,
            contents.arithmetic, contents.seed,
        )  # fmt: skip

    def _collect(self, step: int, g: int) -> None:
        """Hand the spikes of a group of chips to the cores that send them."""
        traffic, group = self._traffic, self._groups[g]
        sources, numbers = traffic.contents.sources, traffic.machine.numbers
        n_spikes = int(numbers[Number.N_SPIKES])
        spikes = with_room(traffic.machine.spikes, n_spikes, traffic.contents.most_spikes)
        machine = traffic.machine = traffic.machine._replace(spikes=spikes)
        event = int(np.searchsorted(sources.event_step, step))
        numbers[Number.N_SPIKES] = collect(
            group.spans, group.senders, step, event, n_spikes, machine.cores, machine.chips,
            sources, self.state, spikes, self._owner, traffic.contents.seed,
        )  # fmt: skip
        segment = (step - int(numbers[Number.FIRST_STEP])) * len(self._groups) + g
        machine.spans[segment] = n_spikes, numbers[Number.N_SPIKES]

    def _recording(self, piece: _Piece) -> Recording:
        recorder, steps = piece.recorder, piece.steps
        self._saturated += int(piece.saturated.sum())
        spikes, start = spikes_of(self._traffic.machine, steps)
        sample_steps = np.arange(recorder.first_step[0], steps.stop, recorder.interval[0])
        emitted = self.state.emitted.sum(axis=0)
        self.state.emitted[:] = 0
        return Recording(
            spike_source=spikes,
            spike_start=start,
            neurons=recorder.neuron,
            sample_steps=sample_steps[: recorder.v.shape[0]],
            v_raw=recorder.v,
            i_exc_raw=recorder.i_exc,
            i_inh_raw=recorder.i_inh,
            more_raw=recorder.more,
            saturated=piece.saturated,
            direct_emitted=emitted,
            first_step=steps.start,
        )

    def _end(self, traffic: Traffic) -> TimedCounts:
        """Let the run of `traffic` end with the step that the cores have done last."""
        ends_ps = self._deployment.tick_ps(self.step)
        traffic.end(ends_ps)
        last = end_stretch(self._begin, traffic, self.step, ends_ps)
        return TimedCounts(
            stretches=(*self._stretches, last),
            n_packets=traffic.n_packets,
            in_flight=traffic.in_flight(),
            unprocessed=unprocessed(traffic.machine),
            saturated=self._saturated,
        )


def run(
    image: MachineImage,
    deployment: Deployment,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
    boundaries: Sequence[int] = (),
) -> TimedRecording:
    """Run all cores for `n_steps`, every packet and every deadline included.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    n_steps : int
    sampling : Sampling, optional
        Neurons whose V and currents are recorded; none by default.
    n_threads : int
        Threads; the result does not depend on it.
    advance : callable
        Told the number of steps done.
    boundaries : sequence of int
        Steps at which a new `Stretch` of counters begins, rising, from 1 to ``n_steps - 1``.

    Returns
    -------
    TimedRecording

    Raises
    ------
    ImageError
        If image and deployment contradict each other, or the clocks of the chips drift apart by a
        step.
    BooksError
        If a copy of a packet is not accounted for: the emulator is at fault.
    """
    deployment.check_clock(n_steps)
    cores = TimedCores(image, deployment, sampling=sampling, n_threads=n_threads)
    parts = []
    for first, stop in pairwise((0, *boundaries, n_steps)):
        parts.append(cores.advance(stop - first, tell=advance))
        cores.end_stretch()
    counts = cores._end(cores._traffic)
    counted = {field.name: getattr(counts, field.name) for field in fields(counts)}
    return TimedRecording(recording=parts[0] if len(parts) == 1 else join(parts), **counted)
