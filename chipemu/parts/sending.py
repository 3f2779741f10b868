"""Neurons that are updated and sources that fire, in order, and the packets that they send."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.deployment import NO_KEY
from chipemu.parts.core import Core, Packet
from chipemu.parts.pieces import Mark

__all__ = ["Launch", "Sender", "Update", "marks_of", "planned"]

Launch = Callable[[int, int, Packet], None]
"""SEND: core, key and what the packet stands for."""


class Sender:
    """Sends the packets of a core.

    Parameters
    ----------
    core : Core
    key : ndarray of int64, shape (n_stages, n_sources)
        Key of each stream.
    launch : Launch
    """

    def __init__(self, core: Core, key: NDArray[np.int64], launch: Launch) -> None:
        self._core, self._key, self._launch = core, key, launch

    def stages_of(self, source: int) -> list[int]:
        """Stages of delay in which the packets of `source` are sent again."""
        has_key = self._key[:, source] != NO_KEY
        return [stage for stage in range(1, len(self._key)) if has_key[stage]]

    def send(self, packet: Packet) -> None:
        """Send a packet now, if its stream has a key."""
        key = int(self._key[packet.stage, packet.source])
        if key == NO_KEY:
            return
        counts = self._core.counts
        counts.add(CoreCounter.SENT)
        counts.least(CoreCounter.EARLIEST_SEND_PS, self._core.since_tick_ps)
        counts.most(CoreCounter.LATEST_SEND_PS, self._core.since_tick_ps)
        self._launch(self._core.number, key, packet)


@dataclass(slots=True, eq=False)
class Update:
    """The work of a core on its neurons or sources in one step.

    Attributes
    ----------
    step : int
    earliest_ps : int
        It does not begin before.
    work_ps : int
        All of it.
    sends : deque of (int, int)
        Packets still to be sent: after which work, of which source.
    done_ps : int
        Work done.
    """

    step: int
    earliest_ps: int
    work_ps: int
    sends: deque[tuple[int, int]]
    done_ps: int = 0

    @property
    def left_ps(self) -> int:
        """Work still to be done."""
        return self.work_ps - self.done_ps


def planned(
    step: int, earliest_ps: int, members: Iterable[tuple[int, int, int]], send_ps: int
) -> Update:
    """The update of `members`, in order.

    Parameters
    ----------
    step, earliest_ps : int
    members : iterable of (int, int, int)
        Source, time that it takes, and how often it fires.
    send_ps : int
        What each packet takes more.
    """
    work_ps, sends = 0, []
    for source, update_ps, n_spikes in members:
        work_ps += update_ps
        for _ in range(n_spikes):
            work_ps += send_ps
            sends.append((work_ps, source))
    return Update(step, earliest_ps, work_ps, deque(sends))


def marks_of(updates: Iterable[Update], core: Core, sender: Sender) -> list[Mark]:
    """What happens in the course of what is left of `updates`, one after the other."""
    work_ps, marks = 0, list[Mark]()
    for update in updates:
        send = partial(_send_next, update, sender)
        marks += [(work_ps + after_ps - update.done_ps, send) for after_ps, _ in update.sends]
        work_ps += update.left_ps
        marks.append((work_ps, partial(core.end_step, update.step)))
    return marks


def _send_next(update: Update, sender: Sender) -> None:
    _, source = update.sends.popleft()
    sender.send(Packet(source, 0, update.step))
