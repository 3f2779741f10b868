"""What is recorded, kept piece by piece as the simulation goes, and given back as Neo blocks.

A sample of step k is the state in which step k begins, at k dt: a run of n steps has n of them.
PyNN wants the end too, so the state after the last step follows as sample n + 1; if the simulation
goes on, the sample that its next step takes replaces it. The machine has no such last sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, NamedTuple

import neo
import numpy as np
import quantities as pq
from neo.core.spiketrainlist import SpikeTrainList
from numpy.typing import NDArray
from pyNN import errors, recording
from pyNN.recording import Variable

from host.pynn import simulator
from host.pynn.clock import to_ms
from host.pynn.extras import check_recordable
from host.pynn.refusals import ParameterValueError, UnsupportedError
from mapping.spec import PopulationKind

__all__ = ["Recorder"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NOTHING = np.zeros(0, np.int64)


class Piece(NamedTuple):
    """Samples of one variable in some consecutive steps."""

    steps: Ints
    """Shape (n_steps,)."""
    members: Ints
    """Shape (n_members,), ascending."""
    values: Floats
    """Shape (n_steps, n_members)."""


class Recorder(recording.Recorder):
    """All that is recorded of one population, by PyNN's name of the variable."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self._intervals: dict[str, int] = {}
        self._indices: dict[str, Ints] = {}
        self.forget()

    # --- what to record ------------------------------------------------------------------------

    def record(
        self, variables: Any, ids: Any, sampling_interval: Any = None, locations: Any = None
    ) -> None:
        """Record `variables` of the cells `ids`, every `sampling_interval` ms."""
        if locations is not None:
            msg = "record(locations=…): cells of the machine have one compartment; leave it out"
            raise UnsupportedError(msg)
        celltype = self.population.celltype
        for name in self._names(variables):
            check_recordable(name)
            if not celltype.can_record(name):
                raise errors.RecordingError(name, celltype)
            if name != "spikes":
                self._set_interval(name, sampling_interval)
            elif celltype.kind is PopulationKind.POISSON and not self.records_spikes:
                simulator.state.restructure("recording the spikes of Poisson sources")
            variable = Variable(name=name, location=None, label=None)
            self.recorded[variable] = self.recorded[variable] | set(ids)
            indices = self.population.id_to_index(np.asarray(ids))
            self._indices[name] = np.union1d(self._members(name), indices)
        simulator.state.touch()

    def _names(self, variables: Any) -> list[str]:
        if isinstance(variables, str):
            if variables == "all":
                return list(self.population.celltype.all_recordable())
            return [variables]
        return list(variables)

    def _set_interval(self, name: str, interval_ms: float | None) -> None:
        dt_ms = simulator.state.dt
        steps = 1 if interval_ms is None else round(interval_ms / dt_ms)
        if interval_ms is not None and (steps < 1 or abs(steps * dt_ms - interval_ms) > 1e-6):
            msg = (
                f"sampling interval {interval_ms:g} ms of {name!r}: not a whole number of time "
                f"steps of {dt_ms:g} ms; nearest: {max(1, steps) * dt_ms:g} ms"
            )
            raise ParameterValueError(msg)
        if interval_ms is None and name in self._intervals:
            return
        if self._intervals.get(name, steps) != steps:
            msg = (
                f"population {self.population.label!r}: {name!r} is recorded every "
                f"{self._intervals[name] * dt_ms:g} ms already; all cells have the same "
                f"sampling interval, not {steps * dt_ms:g} ms"
            )
            raise ParameterValueError(msg)
        self._intervals[name] = steps

    def reset(self) -> None:
        """Record nothing any more."""
        self.forget()
        self._intervals, self._indices = {}, {}
        super().reset()
        simulator.state.touch()

    def _reset(self) -> None:
        pass

    @property
    def records_spikes(self) -> bool:
        """Whether spikes of any member are wanted."""
        return self._members("spikes").size > 0

    def _members(self, name: str, among: Any = None) -> Ints:
        """Members of the population, or of the cells `among`, of which `name` is recorded."""
        members = self._indices.get(name, NOTHING)
        if among is None:
            return members
        return np.intersect1d(members, self.population.id_to_index(np.asarray(among)))

    def watched(self) -> Ints:
        """Members of which any state variable is sampled, ascending."""
        if not self._intervals:
            return NOTHING
        return np.unique(np.concatenate([self._members(name) for name in self._intervals]))

    def interval_steps(self) -> int:
        """Steps between two samples, so that every variable's samples are among them."""
        return int(np.gcd.reduce(list(self._intervals.values()) or [0]))

    # --- while it runs -------------------------------------------------------------------------

    def take(self, stretch: Any) -> None:
        """Keep what was recorded in a `host.session.Stretch`."""
        name = self.population.spec_name
        wanted = self._members("spikes")
        if wanted.size:
            members, steps = stretch.spikes(name)
            chosen = np.isin(members, wanted)
            members, steps = members[chosen].astype(np.int64), steps[chosen].astype(np.int64)
            self._spikes.append((members, self._times_ms(members, steps, stretch.first_step)))
        if self._intervals:
            samples = stretch.samples(name)
            for variable, interval in self._intervals.items():
                rows = samples.steps % interval == 0
                values = samples.signals[self.population.celltype.variables[variable]]
                piece = Piece(samples.steps[rows], samples.members, values[rows])
                self._pieces[variable].append(self._only_recorded(variable, piece))
        self._ends.clear()

    def take_end(self, session: Any, step: int) -> None:
        """Keep the state after the last step, which may be the last sample of all."""
        if not self._intervals:
            return
        celltype = self.population.celltype
        held = celltype.sampled(session.state(self.population.spec_name))
        for variable, interval in self._intervals.items():
            own = celltype.variables[variable]
            if step % interval == 0 and own in held:
                values = held[own][np.newaxis, :]
                piece = Piece(np.array([step]), np.arange(self.population.size), values)
                self._ends[variable] = self._only_recorded(variable, piece)

    def _times_ms(self, members: Ints, steps: Ints, first_step: int) -> Floats:
        """When the spikes were: at their steps, or when the script said."""
        dt_ms = simulator.state.dt
        is_listed = self.population.celltype.kind is PopulationKind.SPIKE_ARRAY
        if not (simulator.state.gives_exact_times and is_listed):
            return to_ms(steps, dt_ms)
        listed = times_listed(self.population.spike_times_ms(), members, steps, dt_ms)
        return np.maximum(listed, to_ms(first_step, dt_ms))

    def _only_recorded(self, variable: str, piece: Piece) -> Piece:
        wanted = self._members(variable)
        columns = np.flatnonzero(np.isin(piece.members, wanted))
        return Piece(piece.steps, piece.members[columns], piece.values[:, columns])

    def forget(self) -> None:
        """Drop what was recorded since the last reset."""
        self._spikes: list[tuple[Ints, Floats]] = []
        self._pieces: defaultdict[str, list[Piece]] = defaultdict(list)
        self._ends: dict[str, Piece] = {}

    def _clear_simulator(self) -> None:
        self.forget()

    # --- what was recorded ---------------------------------------------------------------------

    def get(
        self,
        variables: Any,
        gather: bool = False,
        filter_ids: Any = None,
        clear: bool = False,
        annotations: Mapping[str, Any] | None = None,
        locations: Any = None,
    ) -> neo.Block:
        """Recorded data as a Neo block, with a segment for each run between two resets."""
        names = None if variables == "all" else set(self._names(variables))
        block = neo.Block(name=self.population.label, description=self.population.describe())
        for held in self.cache:
            block.segments.append(_filtered(deepcopy(held), names))  # the script may change it
        if simulator.state.running:
            block.segments.append(self._segment(names, filter_ids))
        if not block.segments:
            msg = (
                f"population {self.population.label!r}: nothing was recorded yet; call run() first"
            )
            raise errors.NothingToWriteError(msg)
        for segment in block.segments:
            segment.block = block
        block.rec_datetime = block.segments[0].rec_datetime
        block.annotate(**self.metadata)
        block.annotate(**(annotations or {}))
        if clear:
            self.clear()
        return block

    def _get_current_segment(
        self, filter_ids: Any = None, variables: Any = "all", clear: bool = False
    ) -> neo.Segment:
        names = None if variables == "all" else {variable.name for variable in variables}
        segment = self._segment(names, filter_ids)
        if clear:
            self.forget()
        return segment

    def _segment(self, names: set[str] | None, filter_ids: Any) -> neo.Segment:
        segment = neo.Segment(
            name=f"segment{simulator.state.segment_counter:03d}",
            description=self.population.describe(),
            rec_datetime=datetime.now(),
        )
        for variable in self.recorded:
            if names is not None and variable.name not in names:
                continue
            if variable.name == "spikes":
                self._add_spikes(segment, filter_ids)
            else:
                self._add_signal(segment, variable.name, filter_ids)
        return segment

    def _add_spikes(self, segment: neo.Segment, filter_ids: Any) -> None:
        wanted = self._members("spikes", filter_ids)
        members, times_ms = self._spike_arrays()
        chosen = np.isin(members, wanted)
        first = int(self.population.first_id)
        segment.spiketrains = SpikeTrainList.from_spike_time_array(
            times_ms[chosen] * pq.ms,
            members[chosen] + first,
            wanted + first,
            t_stop=simulator.state.t * pq.ms,
            units="ms",
            t_start=self._recording_start_time,
            source_population=self.population.label,
            source_index=wanted.copy(),
        )
        segment.spiketrains.segment = segment

    def _spike_arrays(self) -> tuple[Ints, Floats]:
        if not self._spikes:
            return NOTHING, np.zeros(0)
        members, times_ms = zip(*self._spikes, strict=True)
        return np.concatenate(members), np.concatenate(times_ms)

    def _add_signal(self, segment: neo.Segment, name: str, filter_ids: Any) -> None:
        wanted = self._members(name, filter_ids)
        steps, values = self._assemble(name, wanted)
        if not values.size:
            return
        units = self.population.celltype.units[name]
        about: dict[str, Any] = {
            "units": "dimensionless" if units == "unknown" else units,
            "name": name,
            "channel_ids": wanted + int(self.population.first_id),
            "source_population": self.population.label,
            "array_annotations": {"channel_index": wanted.copy()},
        }
        dt_ms, interval = simulator.state.dt, self._intervals[name]
        times_ms = to_ms(steps, dt_ms)
        if (np.diff(steps) == interval).all():
            period = to_ms(interval, dt_ms) * pq.ms
            start = times_ms[0] * pq.ms
            signal = neo.AnalogSignal(values, t_start=start, sampling_period=period, **about)
            segment.analogsignals.append(signal)
        else:
            signal = neo.IrregularlySampledSignal(times_ms * pq.ms, values, **about)
            segment.irregularlysampledsignals.append(signal)
        signal.segment = segment

    def _assemble(self, name: str, wanted: Ints) -> tuple[Ints, Floats]:
        """Steps and values, shape (n_steps, n_wanted); NaN before a member was recorded."""
        pieces = [*self._pieces[name]]
        if name in self._ends:
            pieces.append(self._ends[name])
        steps = np.concatenate([NOTHING, *(piece.steps for piece in pieces)])
        values = np.full((steps.size, wanted.size), np.nan)
        row = 0
        for piece in pieces:
            rows = slice(row, row + piece.steps.size)
            have = np.isin(wanted, piece.members)
            values[rows, have] = piece.values[:, np.searchsorted(piece.members, wanted[have])]
            row += piece.steps.size
        return steps, values

    def _local_count(self, variable: Variable, filter_ids: Any = None) -> dict[int, int]:
        wanted = self._members(variable.name, filter_ids)
        members, _ = self._spike_arrays()
        counts = np.bincount(members, minlength=self.population.size)[wanted]
        ids = self.population.all_cells[wanted]
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def times_listed(times_ms: Sequence[Floats], members: Ints, steps: Ints, dt_ms: float) -> Floats:
    """Times that were listed, of spikes of `members` in `steps`.

    Parameters
    ----------
    times_ms : sequence of ndarray of float64
        Times (ms) of each member, ascending.
    members, steps : ndarray of int64, shape (n_spikes,)
    dt_ms : float
        Time step (ms).
    """
    all_ms = np.concatenate([np.zeros(0), *times_ms])
    owner = np.repeat(np.arange(len(times_ms)), [len(times) for times in times_ms])
    step = np.rint(all_ms / dt_ms).astype(np.int64)
    listed, found = np.lexsort((step, owner)), np.lexsort((steps, members))
    span = 1 + max(int(step.max(initial=0)), int(steps.max(initial=0)))
    have, want = (owner * span + step)[listed], (members * span + steps)[found]
    first = np.searchsorted(want, want, side="left")  # spikes of one step, one after the other
    place = np.searchsorted(have, want, side="left") + np.arange(want.size) - first
    result = np.empty(want.size)
    result[found] = all_ms[listed][place]
    return result


def _filtered(segment: neo.Segment, names: set[str] | None) -> neo.Segment:
    """`segment` with the variables `names` alone."""
    if names is None:
        return segment
    kept = neo.Segment(
        name=segment.name, description=segment.description, rec_datetime=segment.rec_datetime
    )
    kept.annotate(**segment.annotations)
    if "spikes" in names:
        kept.spiketrains = segment.spiketrains
    for signal in segment.analogsignals:
        if signal.name in names:
            kept.analogsignals.append(signal)
    for signal in segment.irregularlysampledsignals:
        if signal.name in names:
            kept.irregularlysampledsignals.append(signal)
    return kept
