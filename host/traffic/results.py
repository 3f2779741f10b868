"""What a group of an experiment gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.traffic.experiment import Group
from host.traffic.latency import Latency
from router.counters import FabricCounters, RouterCounter
from router.geometry import Link
from router.packets import SendPolicy
from router.params import FabricParams
from router.topology import Topology

__all__ = [
    "Deadlock",
    "GroupResult",
    "LinkLoad",
    "Results",
    "link_load",
    "network_tester_counters",
]

_COUNTERS = {
    "local_multicast": RouterCounter.LOCAL_MULTICAST,
    "external_multicast": RouterCounter.EXTERNAL_MULTICAST,
    "dropped_multicast": RouterCounter.DROPPED_MULTICAST,
    "reinjected": RouterCounter.REINJECTED,
    "reinject_overflow": RouterCounter.REINJECTION_OVERFLOWS,
    "reinject_missed": RouterCounter.MISSED_FOR_REINJECTION,
    "default_routed": RouterCounter.DEFAULT_ROUTED_EXTERNAL_MULTICAST,
    "emergency_routed": RouterCounter.EMERGENCY_ROUTED,
    "dump_overflows": RouterCounter.DUMP_OVERFLOWS,
}


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """Share of the time that links of one kind were sending.

    Attributes
    ----------
    n_links : int
        Living links, each direction counted.
    mean, max : float
        0 if there are no such links.
    packets_hz : float
        Packets/s of the busiest one.
    hottest : str
        Its name, such as ``"E of (3, 4)"``; empty if none sent.
    """

    n_links: int
    mean: float
    max: float
    packets_hz: float
    hottest: str


@dataclass(frozen=True, slots=True)
class Deadlock:
    """Routers that wait for each other in a circle for ever.

    Attributes
    ----------
    since_ps : int
        When the last router of the circle stalled.
    chips : tuple of (x, y)
        In the order of waiting.
    text : str
        The circle in words.
    """

    since_ps: int
    chips: tuple[tuple[int, int], ...]
    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupResult:
    """Counts of one group, all of the time after the warm-up.

    Attributes
    ----------
    group : Group
    fabric : FabricParams
        The fabric as it was in this group.
    offered : int
        Packets that cores meant to send.
    sent, blocked : int
        Packets that they wrote to their transmit registers, and gave up.
    wanted : int
        Copies that the offered packets should make at their sinks.
    received : int
        Copies that cores took.
    counters : mapping of str to int
        Of all routers, by network_tester's names.
    drops : mapping of str to int
        Copies lost, by cause (`router.events.Fate`).
    latency : Latency
    on_board, board_to_board : LinkLoad
    router_busy_mean, router_busy_max : float
        Share of the router cycles that packets took, or stood stalled.
    stalled : int
        Routers that are stalled at the end.
    in_flight : int
        Copies in registers, routers, links and reinjectors at the end.
    backlog : int
        Packets that wait in their cores at the end.
    deadlock : Deadlock or None
    sent_of_core, received_of_core : ndarray of int64, shape (18 * n_chips,)
    """

    group: Group
    fabric: FabricParams
    offered: int
    sent: int
    blocked: int
    wanted: int
    received: int
    counters: Mapping[str, int]
    drops: Mapping[str, int]
    latency: Latency
    on_board: LinkLoad
    board_to_board: LinkLoad
    router_busy_mean: float
    router_busy_max: float
    stalled: int
    in_flight: int
    backlog: int
    deadlock: Deadlock | None
    sent_of_core: NDArray[np.int64]
    received_of_core: NDArray[np.int64]

    def per_s(self, count: int) -> float:
        """`count` per second of the run."""
        return count / (self.group.duration_ps * 1e-12)

    def row(self) -> dict[str, Any]:
        """Flat account in the types of JSON, the parameters first; a wait for ever is None."""
        return _parameters(self.group, self.fabric) | self._outcome()

    def _outcome(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("offered", "sent", "blocked", "wanted")}
        ends = {name: getattr(self, name) for name in ("stalled", "in_flight", "backlog")}
        return (
            counts
            | {"received": self.received}
            | dict(self.counters)
            | {f"lost_{cause}": count for cause, count in self.drops.items()}
            | {f"latency_{s}_us": getattr(self.latency, f"{s}_ps") / 1e6 for s in _STATISTICS}
            | _load("on_board", self.on_board)
            | _load("board_to_board", self.board_to_board)
            | {"router_busy_mean": self.router_busy_mean, "router_busy_max": self.router_busy_max}
            | ends
            | {
                "deadlock": self.deadlock.text if self.deadlock else "",
                "deadlock_us": self.deadlock.since_ps / 1e6 if self.deadlock else None,
            }
        )


_STATISTICS = ("mean", "p50", "p99", "max")


def _load(kind: str, load: LinkLoad) -> dict[str, Any]:
    names = ("mean", "max", "packets_hz", "hottest")
    return {f"{kind}_{name}": getattr(load, name) for name in names}


def _parameters(group: Group, fabric: FabricParams) -> dict[str, Any]:
    return {
        "probability": group.probability,
        "rate_hz": group.rate_hz,
        "timestep_us": group.timestep_ps / 1e6,
        "duration_ms": group.duration_ps / 1e9,
        "warmup_ms": group.warmup_ps / 1e9,
        "wait1": fabric.wait1_cycles,
        "wait2": fabric.wait2_cycles,
        "reinject_packets": fabric.is_reinjecting,
        "receive_us": fabric.receive_ps / 1e6,
        "policy": SendPolicy(group.policy).name.lower(),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The groups of an experiment.

    Attributes
    ----------
    n_chips, n_boards, n_senders : int
        Chips and boards of the machine, and cores that send.
    groups : tuple of GroupResult
    """

    n_chips: int
    n_boards: int
    n_senders: int
    groups: tuple[GroupResult, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One flat account per group."""
        return [group.row() for group in self.groups]

    def account(self) -> dict[str, Any]:
        """All of it, as of `rows` under the key ``"groups"``."""
        sizes = {name: getattr(self, name) for name in ("n_chips", "n_boards", "n_senders")}
        return sizes | {"groups": self.rows()}


def network_tester_counters(router: NDArray[np.int64]) -> dict[str, int]:
    """Sums over all routers; `router` as of `FabricCounters`."""
    return {name: int(router[:, column].sum()) for name, column in _COUNTERS.items()}


def link_load(
    counters: FabricCounters, topology: Topology, params: FabricParams, duration_ps: int
) -> tuple[LinkLoad, LinkLoad]:
    """Load of the links within boards, and of those between them.

    Parameters
    ----------
    counters : FabricCounters
        Of `duration_ps`.
    topology : Topology
    params : FabricParams
    duration_ps : int
    """
    within = np.array([params.link_packet_ps, params.link_payload_packet_ps])
    across = np.array([params.board_link_packet_ps, params.board_link_payload_packet_ps])
    crosses = topology.is_board_crossing
    cost_ps = np.where(crosses[..., np.newaxis], across, within)
    busy = (counters.link * cost_ps).sum(axis=2) / duration_ps
    packets_hz = counters.link.sum(axis=2) / (duration_ps * 1e-12)
    own = topology.is_link_alive & ~crosses
    return _load_of(own, busy, packets_hz, topology), _load_of(crosses, busy, packets_hz, topology)


def _load_of(
    chosen: NDArray[np.bool_],
    busy: NDArray[np.float64],
    packets_hz: NDArray[np.float64],
    topology: Topology,
) -> LinkLoad:
    if not chosen.any():
        return LinkLoad(0, 0.0, 0.0, 0.0, "")
    chip, link = np.unravel_index(np.argmax(np.where(chosen, busy, -1.0)), busy.shape)
    x, y = topology.xy[chip]
    most = float(busy[chip, link])
    name = f"{Link(int(link)).name} of ({x}, {y})" if most else ""
    mean = float(busy[chosen].mean())
    return LinkLoad(int(chosen.sum()), mean, most, float(packets_hz[chip, link]), name)
