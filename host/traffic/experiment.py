"""A traffic experiment as a value: cores, flows between them, and groups of parameters.

The words are those of network_tester (Heathcote; SpiNNakerManchester/network_tester), which runs
such experiments on real boards: a *flow* is a stream of packets from one core to several; a
*group* is one run under one set of parameters. What a flow says of itself wins over its group.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from host.errors import ConfigError
from router.packets import SendPolicy
from router.params import FabricParams

__all__ = [
    "FOREVER",
    "LONGEST_PS",
    "MOST_HZ",
    "SHORTEST_STEP_PS",
    "US_PS",
    "Core",
    "Experiment",
    "Flow",
    "Group",
]

US_PS = 10**6
"""Picoseconds of a microsecond."""
FOREVER = -1
"""A wait of `Group` that never ends."""
LONGEST_PS = 10**16
"""Longest run, warm-up included: 10,000 s, well within 64 bits of picoseconds."""
MOST_HZ = 1e9
"""Highest rate of a flow: one packet in a nanosecond."""
SHORTEST_STEP_PS = 5000
"""Shortest timestep: a cycle of a core at 200 MHz (SpiNNaker datasheet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A core that sends or takes packets.

    Attributes
    ----------
    at : (x, y, core) or None
        Its place; None: the next application core that is free, chip by chip.
    receive_ps : int or None
        Time that it takes for a received packet; None: as its group says.
    consume_packets : bool
        Whether it takes packets at all.
    """

    at: tuple[int, int, int] | None = None
    receive_ps: int | None = None
    consume_packets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A stream of packets of one key.

    Attributes
    ----------
    source : int
        Index of the core that sends them.
    sinks : tuple of int
        Indices of the cores that each packet goes to.
    probability : float or None
        That a packet is sent in a timestep; None: as the group says.
    rate_hz : float or None
        Packets/s at random times (Poisson), instead of a probability per timestep.
    use_payload : bool
        Whether packets have 72 bits instead of 40.

    Raises
    ------
    ConfigError
        On a probability outside [0, 1], a negative rate, both at once, or a sink named twice.
    """

    source: int
    sinks: tuple[int, ...]
    probability: float | None = None
    rate_hz: float | None = None
    use_payload: bool = False

    def __post_init__(self) -> None:
        _check_load(f"flow of core {self.source}", self.probability, self.rate_hz)
        if len(set(self.sinks)) < len(self.sinks):
            msg = f"flow of core {self.source} names a sink twice; name each once"
            raise ConfigError(msg)


_LEAST = {
    "timestep_ps": SHORTEST_STEP_PS,
    "duration_ps": 1,
    "warmup_ps": 0,
    "burst_period_ps": 0,
    "draw": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parameters of one run.

    Attributes
    ----------
    probability : float or None
        That a flow sends a packet in a timestep.
    rate_hz : float or None
        Packets/s of each flow at random times (Poisson), instead.
    timestep_ps : int
        All cores step with this period, 5 ns or longer, each with a phase of its own, drawn at
        random: the clocks of a machine are not synchronised.
    duration_ps : int
        Time that counts; with the warm-up 10,000 s at most.
    warmup_ps : int
        Time before it, during which traffic flows and nothing counts.
    burst_period_ps : int
        Flows send only during the first part of each such period; 0: all the time.
    burst_duty : float
        That part, in (0, 1].
    wait1, wait2 : int or None
        The router's time-outs (network_tester's ``router_timeout``, cycles); `FOREVER` for ever,
        None: as the machine has them.
    reinject_packets : bool or None
        None: as the machine has it.
    receive_ps : int or None
        Time that a core takes for a received packet; None: as the machine has it.
    consume_packets : bool
        Whether cores take packets from their receive registers.
    policy : SendPolicy
        What a core does with a packet while its transmit register is full. SKIP counts it as
        blocked.
    draw : int or None
        Number of the random packets to take; None: groups of the same load and times get the same.

    Raises
    ------
    ConfigError
        On numbers out of range.
    """

    probability: float | None = None
    rate_hz: float | None = None
    timestep_ps: int = 10 * US_PS
    duration_ps: int = 1000 * US_PS
    warmup_ps: int = 0
    burst_period_ps: int = 0
    burst_duty: float = 1.0
    wait1: int | None = None
    wait2: int | None = None
    reinject_packets: bool | None = None
    receive_ps: int | None = None
    consume_packets: bool = True
    policy: SendPolicy = SendPolicy.SKIP
    draw: int | None = None

    def __post_init__(self) -> None:
        _check_load("group", self.probability, self.rate_hz)
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= LONGEST_PS:
                msg = f"group: {name} should be in {least} to {LONGEST_PS}, got {value}"
                raise ConfigError(msg)
        if self.end_ps > LONGEST_PS:
            msg = f"group: warm-up and duration are {self.end_ps} ps; the limit is {LONGEST_PS} ps"
            raise ConfigError(msg)
        if not 0 < self.burst_duty <= 1:
            msg = f"group: burst_duty should be in (0, 1], got {self.burst_duty:g}"
            raise ConfigError(msg)

    @property
    def end_ps(self) -> int:
        """When the run is over."""
        return self.warmup_ps + self.duration_ps

    def fabric(self, params: FabricParams) -> FabricParams:
        """`params` of a machine with what this group changes; errors as of `FabricParams`."""
        changes = {
            "wait1_cycles": self.wait1,
            "wait2_cycles": self.wait2,
            "is_reinjecting": self.reinject_packets,
            "receive_ps": self.receive_ps,
        }
        values = {name: getattr(params, name) for name in FabricParams.__slots__}
        values |= {name: value for name, value in changes.items() if value is not None}
        for name in ("wait1_cycles", "wait2_cycles"):
            values[name] = None if values[name] == FOREVER else values[name]
        return FabricParams(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is sent from where to where, in several groups.

    Attributes
    ----------
    cores : tuple of Core
    flows : tuple of Flow
    groups : tuple of Group
    seed : int
        Of all random numbers.

    Raises
    ------
    ConfigError
        If there is no group, or a flow names a core that does not exist.
    """

    cores: tuple[Core, ...]
    flows: tuple[Flow, ...]
    groups: tuple[Group, ...]
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.groups:
            msg = "an experiment needs at least one group"
            raise ConfigError(msg)
        for number, flow in enumerate(self.flows):
            _check_ends(number, (flow.source, *flow.sinks), len(self.cores))


def _check_ends(number: int, ends: Sequence[int], n_cores: int) -> None:
    for core in ends:
        if not 0 <= core < n_cores:
            msg = f"flow {number} names core {core}; the experiment has cores 0 to {n_cores - 1}"
            raise ConfigError(msg)


def _check_load(owner: str, probability: float | None, rate_hz: float | None) -> None:
    if probability is not None and rate_hz is not None:
        msg = f"{owner} has a probability and a rate; give one"
        raise ConfigError(msg)
    if probability is not None and not 0 <= probability <= 1:
        msg = f"{owner}: probability should be in [0, 1], got {probability:g}"
        raise ConfigError(msg)
    if rate_hz is not None and not 0 <= rate_hz <= MOST_HZ:
        msg = f"{owner}: rate should be in 0 to 1 GHz, got {rate_hz:g} Hz"
        raise ConfigError(msg)
