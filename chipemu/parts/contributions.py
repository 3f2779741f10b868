"""What synapse and Poisson cores hand over to their neuron core, and whether it is in time."""

from chipemu.counters import CoreCounter
from chipemu.parts.core import Core
from chipemu.parts.sdram import Transfer

__all__ = ["Contributions"]


class Contributions:
    """The contributions of one core.

    Parameters
    ----------
    core : Core
    buffer : int
        Buffer that the core fills.
    n_bytes : int
        Size of each.
    """

    def __init__(self, core: Core, buffer: int, n_bytes: int) -> None:
        self.core, self.buffer, self.n_bytes = core, buffer, n_bytes
        self._transfers: dict[int, Transfer] = {}

    def add(self, step: int, transfer: Transfer) -> None:
        """Tell that the contribution for `step` has been asked for."""
        self._transfers[step] = transfer

    def is_lost(self, step: int) -> bool:
        """Judge the contribution for `step` at the tick of that step, which is now."""
        if step == 0:
            return False
        transfer, counts = self._transfers.pop(step, None), self.core.counts
        tick_ps = self.core.clock.tick_ps(step)
        if transfer is not None and transfer.asked_ps < tick_ps:
            assert transfer.end_ps is not None  # nothing else keeps the engine busy
            if transfer.end_ps <= tick_ps:
                return False
            counts.most(CoreCounter.MAX_TRANSFER_OVERRUN_PS, transfer.end_ps - tick_ps)
        counts.add(CoreCounter.TRANSFERS_MISSED)
        return True
