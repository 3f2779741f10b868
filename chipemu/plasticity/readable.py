"""Plastic synapses for the readable engine: one spike, one synapse and one pair at a time.

All of the arithmetic is that of `reference`; which spikes form pairs is written here as what it
means, while the kernels walk through the history as the cores do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chipemu.plasticity import reference
from chipemu.plasticity.float64 import reference as float64
from chipemu.plasticity.params import MOST_EVENTS, Amount, Column
from chipemu.plasticity.synapses import PlasticSynapses

__all__ = ["Learner"]

Add = Callable[[int, int, int, Any], None]


@dataclass(slots=True)
class _Event:
    """A spike, and the trace of its neuron or source with it."""

    time: int = 0
    trace: Any = 0


@dataclass(slots=True)
class _Synapse:
    target: int
    delay: int
    weight: Any
    channel: int


@dataclass(slots=True)
class Learner:
    """All plastic synapses, between two steps.

    Parameters
    ----------
    synapses : PlasticSynapses
    """

    synapses: PlasticSynapses
    _rows: dict[int, list[_Synapse]] = field(default_factory=dict)
    _latest: dict[tuple[int, int], _Event] = field(default_factory=dict)
    """Latest spike of each source, with its trace by each rule."""
    _history: dict[int, list[_Event]] = field(default_factory=dict)
    """Spikes of each neuron, oldest first."""

    def __post_init__(self) -> None:
        matrix = self.synapses.matrix
        for source in range(matrix.source_rows.size - 1):
            own = self._rows.setdefault(source, [])
            for row in range(matrix.source_rows[source], matrix.source_rows[source + 1]):
                channel = int(self.synapses.row_channel[row])
                columns = (column.tolist() for column in matrix.row(row))
                for target, delay, weight in zip(*columns, strict=True):
                    own.append(_Synapse(target, delay, weight, channel))

    def learn(self, step: int, spikes: list[int], add: Add) -> None:
        """Let the spikes of `step` change weights; ``add(step, channel, neuron, weight)``."""
        for neuron in spikes:
            if neuron < self.synapses.rule.size and self.synapses.rule[neuron] >= 0:
                self._add_event(neuron, step)
        for source in spikes:
            for synapse in self._rows[source]:
                synapse.weight = self._weight(source, synapse, step)
                add(step + synapse.delay, synapse.channel, synapse.target, synapse.weight)
            for rule in range(len(self.synapses.choices)):
                before = self._latest.get((source, rule), _Event())
                self._latest[source, rule] = self._next(before, rule, Column.PLUS, step)

    def weights(self) -> list[Any]:
        """Present weights of all synapses, in the order of the matrix."""
        return [synapse.weight for source in sorted(self._rows) for synapse in self._rows[source]]

    @property
    def _arithmetic(self) -> Any:
        return reference if self.synapses.exact_amounts is None else float64

    def _add_event(self, neuron: int, step: int) -> None:
        history = self._history.setdefault(neuron, [])
        before = history[-1] if history else _Event()
        history.append(self._next(before, int(self.synapses.rule[neuron]), Column.MINUS, step))
        del history[: -(MOST_EVENTS - 1)]

    def _next(self, before: _Event, rule: int, table: Column, step: int) -> _Event:
        """The event of a spike in `step` after the one `before`."""
        trace = self._after(before.trace, rule, table, step - before.time)
        return _Event(step, self._arithmetic.grown(trace))

    def _after(self, trace: Any, rule: int, table: Column, elapsed: int) -> Any:
        first, stop = self.synapses.choices[rule, table : table + 2].tolist()
        exact = self.synapses.exact_decay
        factors = (self.synapses.decay if exact is None else exact)[first:stop].tolist()
        is_inside = 0 <= elapsed < len(factors)
        return self._arithmetic.decayed(trace, factors[elapsed] if is_inside else factors[-1])

    def _weight(self, source: int, synapse: _Synapse, time: int) -> Any:
        """Weight of `synapse` when its source fires at `time`."""
        rule = int(self.synapses.rule[synapse.target])
        shift = int(self.synapses.shift[synapse.channel % 2, synapse.target])
        exact, latest = self.synapses.exact_amounts, self._latest.get((source, rule), _Event())
        amounts = (self.synapses.amounts if exact is None else exact)[rule].tolist()
        is_multiplicative = bool(self.synapses.choices[rule, Column.IS_MULTIPLICATIVE])
        is_backpropagated = self.synapses.choices[rule, Column.IS_BACKPROPAGATED]
        delay = synapse.delay if is_backpropagated else 0
        weight = self._arithmetic.opened(synapse.weight, shift)
        begin, end = max(0, latest.time - delay), max(0, time - delay)
        history = self._history.get(synapse.target, [])
        for event in history:
            arrival = event.time + delay
            if begin < event.time <= end and arrival > latest.time:
                trace = self._after(latest.trace, rule, Column.PLUS, arrival - latest.time)
                weight = self._arithmetic.potentiated(
                    weight, amounts[Amount.W_MAX], amounts[Amount.A_PLUS], is_multiplicative, trace
                )
        past = [event for event in history if event.time <= end]
        if past:
            trace = self._after(past[-1].trace, rule, Column.MINUS, time - past[-1].time - delay)
            weight = self._arithmetic.depressed(
                weight, amounts[Amount.W_MIN], amounts[Amount.A_MINUS], is_multiplicative, trace
            )
        return self._arithmetic.final(weight, shift)
