"""What both fabrics can do: the prototype that `Fabric` and `CompiledFabric` follow."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from router.counters import FabricCounters
from router.events import Activity, Stall, TraceFilter
from router.packets import SendPolicy, Sends
from router.params import FabricParams
from router.table import RoutingTables
from router.topology import Topology

__all__ = ["NEVER", "AnyFabric", "FabricMaker"]

NEVER = -1
"""Receive time of a core that never takes a packet."""


class AnyFabric(Protocol):
    """A machine's routers, links and registers, with the packets in them."""

    @property
    def now_ps(self) -> int:
        """Time up to which has been run."""

    def send(self, sends: Sends) -> None:
        """Let cores send packets, which continue the numbers of those given before.

        Parameters
        ----------
        sends : Sends
            None earlier than `now_ps` or than a packet given before.

        Raises
        ------
        FabricError
            If a time is too early, a core does not exist, or is the reinjector's.
        """

    def run(self, until_ps: int) -> Activity:
        """Let everything happen that happens before `until_ps`, which becomes `now_ps`.

        Raises
        ------
        FabricError
            If `until_ps` lies before `now_ps`.
        """

    def counters(self) -> FabricCounters:
        """All counts since the fabric was made."""

    def copies(self) -> NDArray[np.int64]:
        """Copies that each packet has been in all, shape (n_packets_given,); 0: not sent."""

    def in_flight(self) -> NDArray[np.int64]:
        """Packet of each copy that is in a register, router, link or queue, in rising order."""

    def backlog(self) -> NDArray[np.int64]:
        """Packets given that are still to be written to a transmit register, in rising order."""

    def stalls(self) -> list[Stall]:
        """Routers that are stalled now, by chip."""


class FabricMaker(Protocol):
    """The prototype of the fabrics' constructors."""

    def __call__(
        self,
        topology: Topology,
        tables: RoutingTables,
        params: FabricParams,
        *,
        receive_ps: NDArray[np.int64] | None = None,
        policy: SendPolicy = SendPolicy.WAIT,
        trace: TraceFilter | None = None,
    ) -> AnyFabric:
        """Make an empty fabric at time 0.

        Parameters
        ----------
        topology : Topology
        tables : RoutingTables
            One per chip of `topology`.
        params : FabricParams
        receive_ps : ndarray of int64, shape (18 * n_chips,), optional
            Time that each core takes for a received packet, `NEVER` for one that takes none; by
            default ``params.receive_ps``.
        policy : SendPolicy
        trace : TraceFilter, optional
            What to trace; by default nothing.

        Raises
        ------
        FabricError
            If `tables` or `receive_ps` do not fit `topology`, or a time of `receive_ps` is
            negative.
        """
