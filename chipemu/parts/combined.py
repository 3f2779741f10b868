"""Combined cores: neurons and their synapses on one core."""

from collections import deque
from collections.abc import Callable

from chipemu.counters import CoreCounter
from chipemu.parts.core import Core
from chipemu.parts.receiving import Receiver
from chipemu.parts.sending import Sender, Update, marks_of

__all__ = ["CombinedCore"]


class CombinedCore:
    """Handles ticks, then packets, then what is left of its neurons' updates.

    Parameters
    ----------
    core : Core
    receiver : Receiver
    sender : Sender
    n_neurons : int
    plan : callable
        The update of the slice in a step.
    """

    def __init__(
        self,
        core: Core,
        receiver: Receiver,
        sender: Sender,
        n_neurons: int,
        plan: Callable[[int], Update],
    ) -> None:
        self._core, self._receiver, self._sender = core, receiver, sender
        self._n_neurons, self._plan = n_neurons, plan
        self._waiting: deque[Update] = deque()
        core.decide = self._decide

    def _decide(self) -> None:
        if self._core.is_tick_due():
            self._handle_tick()
        elif self._receiver.can_look_up():
            self._receiver.look_up()
        elif self._receiver.can_process():
            self._receiver.process()
        elif self._ready():
            self._go_on()

    def _handle_tick(self) -> None:
        core, costs = self._core, self._core.params.costs
        core.begin_step()
        core.counts.add(CoreCounter.OVERRUNS, bool(self._waiting))
        core.count_left()
        update = self._plan(core.step)
        core.start_at(update.earliest_ps)
        core.begin(
            core.cycles_ps(costs.tick + costs.drain * self._n_neurons),
            lambda: self._waiting.append(update),
        )

    def _ready(self) -> list[Update]:
        return [update for update in self._waiting if update.earliest_ps <= self._core.now_ps]

    def _go_on(self) -> None:
        """Go on with all updates that may go on, where they were."""
        updates = self._ready()
        marks = marks_of(updates, self._core, self._sender)
        *_, (work_ps, _) = marks
        end = (work_ps, lambda: self._do(updates, work_ps))
        self._core.begin_update([*marks, end], lambda done_ps: self._do(updates, done_ps))

    def _do(self, updates: list[Update], done_ps: int) -> None:
        """Spread the work done over the updates."""
        for update in updates:
            part_ps = min(done_ps, update.left_ps)
            update.done_ps += part_ps
            done_ps -= part_ps
            if not update.left_ps:
                self._waiting.remove(update)
