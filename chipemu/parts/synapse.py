"""Synapse cores: packets until the deadline, then the contribution to the neuron core."""

from enum import Enum, auto

from chipemu.counters import CoreCounter
from chipemu.parts.contributions import Contributions
from chipemu.parts.core import Core
from chipemu.parts.receiving import Receiver
from chipemu.parts.sdram import DmaEngine

__all__ = ["SynapseCore"]


class _Slot(Enum):
    """What has become of the slot that the core writes in its step."""

    OPEN = auto()
    """Packets are still added to it, or to later ones."""
    UNDER_WAY = auto()
    """It is being written."""
    CLOSED = auto()
    """It has been written, or the step is skipped; or no tick has come yet."""


class SynapseCore:
    """Adds synapses to ring buffers, and writes a slot of them in each step.

    Parameters
    ----------
    core : Core
    receiver : Receiver
    dma : DmaEngine
    contributions : Contributions
    margin_ps : int
        How long before the next tick the slot is written.
    """

    def __init__(
        self,
        core: Core,
        receiver: Receiver,
        dma: DmaEngine,
        contributions: Contributions,
        margin_ps: int,
    ) -> None:
        self._core, self._receiver, self._dma = core, receiver, dma
        self._contributions, self._margin_ps = contributions, margin_ps
        self._slot = _Slot.CLOSED
        core.decide = self._decide

    @property
    def _deadline_ps(self) -> int:
        return self._core.next_tick_ps - self._margin_ps

    def _decide(self) -> None:
        core, is_open = self._core, self._slot is _Slot.OPEN
        if is_open and core.now_ps >= self._deadline_ps:
            self._write()
        elif self._slot is _Slot.CLOSED and core.is_tick_due():
            self._handle_tick()
        elif is_open and self._receiver.can_look_up():
            self._receiver.look_up()
        elif is_open and self._receiver.can_process():
            self._receiver.process()

    def _handle_tick(self) -> None:
        core = self._core
        core.begin_step()
        core.count_left()
        if core.now_ps >= self._deadline_ps:
            core.counts.add(CoreCounter.SKIPPED_STEPS)
            core.counts.add_slack(self._deadline_ps - core.now_ps)
            core.wake_at(max(core.now_ps, core.next_tick_ps))
        else:
            self._slot = _Slot.OPEN
            core.wake_at(self._deadline_ps)
            core.begin(core.cycles_ps(core.params.costs.step))

    def _write(self) -> None:
        core = self._core
        self._slot = _Slot.UNDER_WAY
        self._receiver.give_up()
        core.counts.add_slack(self._deadline_ps - core.last_end_ps)
        core.begin(core.cycles_ps(core.params.costs.write), self._transfer)

    def _transfer(self) -> None:
        transfer = self._dma.ask(self._contributions.n_bytes, self._close)
        self._contributions.add(self._core.step + 1, transfer)

    def _close(self) -> None:
        self._slot = _Slot.CLOSED
