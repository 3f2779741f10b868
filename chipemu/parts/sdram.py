"""Transfers between cores and the memory of their chip ("SDRAM" in `docs/cores.md`)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from chipemu.cores.params import CoreParams
from chipemu.counters import CoreCounter
from chipemu.parts.core import Core

__all__ = ["Controller", "DmaEngine", "Transfer", "measured_transfers_ps"]


class Controller:
    """The memory controller of a chip, which serves one transfer after the other."""

    def __init__(self, params: CoreParams) -> None:
        self._params = params
        self._free_ps = 0

    def start(self, now_ps: int, n_bytes: int) -> int:
        """Take on a transfer that starts now; returns when it ends."""
        p = self._params
        begin_ps = max(now_ps + p.dma_latency_ps, self._free_ps)
        self._free_ps = begin_ps + n_bytes * p.sdram_byte_ps
        return begin_ps + n_bytes * max(p.dma_byte_ps, p.sdram_byte_ps)


def measured_transfers_ps(params: CoreParams, n_bytes: list[int]) -> list[int]:
    """How long transfers take that all start at once on an idle controller, in this order."""
    controller = Controller(params)
    return [controller.start(0, n) for n in n_bytes]


@dataclass(slots=True, eq=False)
class Transfer:
    """A transfer, from when it is asked for."""

    n_bytes: int
    asked_ps: int
    at_end: Callable[[], None]
    end_ps: int | None = None
    """When it ends; None: it has not started."""
    has_ended: bool = False


class DmaEngine:
    """The DMA engine of a core: its transfers, in the order in which they are asked for."""

    def __init__(self, core: Core, controller: Controller) -> None:
        self._core, self._controller = core, controller
        self._queue: deque[Transfer] = deque()

    def ask(self, n_bytes: int, at_end: Callable[[], None] = lambda: None) -> Transfer:
        """Ask for a transfer; when it has ended `at_end` happens and the core may decide."""
        transfer = Transfer(n_bytes, self._core.now_ps, at_end)
        self._queue.append(transfer)
        if len(self._queue) == 1:
            self._start(transfer)
        return transfer

    def forget(self) -> None:
        """Forget all transfers; the controller keeps what it was given."""
        self._queue.clear()

    def _start(self, transfer: Transfer) -> None:
        self._core.counts.add(CoreCounter.DMA_BYTES, transfer.n_bytes)
        transfer.end_ps = self._controller.start(self._core.now_ps, transfer.n_bytes)
        self._core.at_transfer_end(transfer.end_ps, lambda: self._end(transfer))

    def _end(self, transfer: Transfer) -> None:
        if not self._queue or self._queue[0] is not transfer:
            return  # it was forgotten
        self._queue.popleft()
        if self._queue:
            self._start(self._queue[0])
        transfer.has_ended = True
        transfer.at_end()
        self._core.wake()
