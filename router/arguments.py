"""What both fabrics and the checks before a run make of their arguments, and refuse."""

import numpy as np
from numpy.typing import NDArray

from router.errors import FabricError
from router.events import TraceFilter
from router.geometry import N_LINKS
from router.interface import NEVER
from router.packets import CORES_PER_CHIP, Sends
from router.params import FEWEST_CORES_TO_REINJECT, LONGEST_PS, FabricParams
from router.table import FIRST_CORE_BIT, RoutingTables
from router.topology import Topology

__all__ = [
    "check_chips",
    "check_end",
    "check_senders",
    "check_table_count",
    "check_trace",
    "existing_outputs",
    "receive_times",
    "reinjecting_cores",
]


LAST_PS = 1 << 62
"""Times lie before this; 53 days."""


def check_chips(topology: Topology) -> None:
    """Refuse chips with more cores than a route can name.

    Raises
    ------
    FabricError
    """
    most = int(topology.cores.max(initial=0))
    if most > CORES_PER_CHIP:
        msg = (
            f"packets cannot be emulated on chips of {most} cores: a route names "
            f"{CORES_PER_CHIP} at most; map networks to this machine, or run them with timing ideal"
        )
        raise FabricError(msg)


def check_table_count(tables: RoutingTables, topology: Topology) -> None:
    """Refuse another number of tables than of chips, and chips as of `check_chips`."""
    check_chips(topology)
    if tables.n_chips != topology.n_chips:
        msg = f"{tables.n_chips} routing tables given for {topology.n_chips} chips"
        raise FabricError(msg)


def receive_times(
    receive_ps: NDArray[np.int64] | None, n_chips: int, default_ps: int
) -> NDArray[np.int64]:
    """Time that each core takes for a received packet, shape (18 * n_chips,)."""
    n_cores = CORES_PER_CHIP * n_chips
    if receive_ps is None:
        return np.full(n_cores, default_ps, np.int64)
    if receive_ps.shape != (n_cores,):
        msg = f"receive_ps has shape {receive_ps.shape}, expected ({n_cores},) for {n_chips} chips"
        raise FabricError(msg)
    if np.any(receive_ps < NEVER):
        msg = f"receive_ps should be at least 0, or {NEVER} for never, got {receive_ps.min()}"
        raise FabricError(msg)
    if np.any(receive_ps > LONGEST_PS):
        msg = f"receive_ps should be at most {LONGEST_PS}, got {receive_ps.max()}"
        raise FabricError(msg)
    return receive_ps.astype(np.int64)


def check_trace(trace: TraceFilter | None, n_chips: int) -> None:
    """Refuse to trace chips that do not exist."""
    for chip in sorted(trace.chips or ()) if trace is not None else ():
        if not 0 <= chip < n_chips:
            msg = f"cannot trace chip {chip}: the machine has chips 0 to {n_chips - 1}"
            raise FabricError(msg)


def reinjecting_cores(topology: Topology, params: FabricParams) -> NDArray[np.int64]:
    """Place on its chip of each chip's core that reinjects, -1 if none does, shape (n_chips,)."""
    cores = topology.cores.astype(np.int64)
    has_one = params.is_reinjecting & (cores >= FEWEST_CORES_TO_REINJECT)
    return np.where(has_one, cores - 1, -1)


def existing_outputs(topology: Topology) -> NDArray[np.int64]:
    """Route of each chip to all its living links and working cores, shape (n_chips,)."""
    links = topology.is_link_alive @ (1 << np.arange(N_LINKS))
    cores = (1 << topology.cores.astype(np.int64)) - 1
    outputs: NDArray[np.int64] = links | cores << FIRST_CORE_BIT
    return outputs


def check_senders(
    sends: Sends, topology: Topology, reinjecting: NDArray[np.int64], earliest_ps: int
) -> None:
    """Refuse packets sent too early, by a core that does not exist or that reinjects."""
    if len(sends) and sends.time_ps[0] < earliest_ps:
        msg = (
            f"a packet is to be sent at {sends.time_ps[0]} ps, but the fabric has come to "
            f"{earliest_ps} ps; give packets in order of time"
        )
        raise FabricError(msg)
    chip, place = np.divmod(sends.core, CORES_PER_CHIP)
    known = np.clip(chip, 0, topology.n_chips - 1)
    exists = (chip == known) & (place < topology.cores[known])
    for is_wrong, why in (
        (~exists, "is to send, but does not exist"),
        (place == reinjecting[known], "is to send, but is the reinjector's; turn reinjection off"),
    ):
        if is_wrong.any():
            at = int(np.argmax(is_wrong))
            msg = f"core {place[at]} of chip {chip[at]} (number {sends.core[at]}) {why}"
            raise FabricError(msg)


def check_end(until_ps: int, now_ps: int) -> None:
    """Refuse to run backwards, or beyond the longest time."""
    if until_ps > LAST_PS:
        msg = f"cannot run up to {until_ps} ps, the limit is {LAST_PS} ps"
        raise FabricError(msg)
    if until_ps < now_ps:
        msg = f"cannot run up to {until_ps} ps: the fabric has come to {now_ps} ps"
        raise FabricError(msg)
