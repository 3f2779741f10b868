"""What a fabric is made of: rates, latencies, depths and waits of routers, links and cores."""

from dataclasses import dataclass
from typing import Annotated, get_type_hints

from annotated_types import Ge, Le

from router.errors import FabricError
from router.registers import wait_byte

__all__ = ["FEWEST_CORES_TO_REINJECT", "FabricParams"]

FEWEST_CORES_TO_REINJECT = 2
"""A chip with fewer has no reinjector."""

LONGEST_PS = 10**12
"""No single duration is longer than a second."""

Duration = Annotated[int, Ge(1), Le(LONGEST_PS)]
Latency = Annotated[int, Ge(0), Le(LONGEST_PS)]
Depth = Annotated[int, Ge(1), Le(4096)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FabricParams:
    """Figures of a SpiNNaker fabric; `docs/fabric.md` tells what each one does.

    A packet is 40 bits long, or 72 with a payload. Where a packet of 72 bits is not measured it
    takes 19/11 of the time of one of 40: 18 and 10 symbols of 4 bits, and the end mark (SpiNNaker
    application note 7).

    Attributes
    ----------
    router_cycle_ps : int
        133.3 MHz (SCAMP ``pll_init``).
    pipeline_cycles : int
        Router cycles from the input to the decision (the stages assumed by TickySim).
    wait1_cycles, wait2_cycles : int or None
        Router cycles that a blocked packet waits, and then seeks an emergency route; None: for
        ever. Both must be values that the time-out registers can hold. 240 and 0 are SCAMP's, 480
        and 0 those of the SpiNNaker tool chain while a network runs.
    input_packets, output_packets : int
        Packets that the receiving and the sending end of a link hold (TickySim).
    link_packet_ps, link_payload_packet_ps : int
        Serialisation on a link within a board: 7.2 million packets/s, derived from the totals that
        network_tester measured on three boards (``link_throughput.R``; 6.7 to 7.3 by direction).
    link_latency_ps : int
        From the last bit sent to the input of the next router (estimate; makes a hop 0.2 us).
    board_link_packet_ps, board_link_payload_packet_ps : int
        Serialisation on a link that leaves the board: 2.8 million packets/s (as above; 2.5 to 3.4).
    board_latency_ps : int
        Through both FPGAs and the serial lane (estimate, 0.5 to 1 us).
    board_input_packets : int
        Packets under way and waiting per link between boards (8 frames, spiNNlink).
    lane_packet_ps, lane_payload_packet_ps : int
        What a packet takes of the serial lane that the eight links of a board's side share:
        2.4 Gbit/s (spiNNlink).
    core_link_packet_ps, core_link_payload_packet_ps : int
        Between a core and the router, either way: 11 and 19 symbols at 250 MHz (SpiNNaker
        datasheet v2.02, 9.2).
    receive_ps : int
        Time that a core takes for one received packet before it can take the next: 60 cycles of
        its fast interrupt at 200 MHz (estimate; Temple 2015 gives 200 to 1000 ns).
    phase_ps : int
        Length of a time phase; 0: packets do not age.
    is_reinjecting : bool
        Whether the last core of each chip sends dropped packets again; a chip needs two cores for
        that, since the first one is the system's monitor.
    reinject_tick_ps, reinject_queue : int
        Its period, and the packets that it can hold (SpiNNFrontEndCommon, extra monitor).
    dump_interrupt_ps : int
        From a drop until the monitor has emptied the drop register (estimate, 100 CPU cycles).
    reinject_packet_ps : int
        From the moment a reinjected packet has left the monitor until it sends the next (estimate,
        100 CPU cycles).

    Raises
    ------
    FabricError
        If a wait is none that the registers can hold, or a figure lies outside its range.
    """

    router_cycle_ps: Duration = 7_500
    pipeline_cycles: Annotated[int, Ge(0), Le(64)] = 5
    wait1_cycles: int | None = 240
    wait2_cycles: int | None = 0
    input_packets: Depth = 2
    output_packets: Depth = 2
    link_packet_ps: Duration = 139_000
    link_payload_packet_ps: Duration = 240_000
    link_latency_ps: Latency = 25_000
    board_link_packet_ps: Duration = 357_000
    board_link_payload_packet_ps: Duration = 617_000
    board_latency_ps: Latency = 750_000
    board_input_packets: Depth = 8
    lane_packet_ps: Duration = 16_667
    lane_payload_packet_ps: Duration = 30_000
    core_link_packet_ps: Duration = 44_000
    core_link_payload_packet_ps: Duration = 76_000
    receive_ps: Latency = 300_000
    phase_ps: Latency = 0
    is_reinjecting: bool = False
    reinject_tick_ps: Duration = 10_000_000
    reinject_queue: Annotated[int, Ge(1), Le(4095)] = 4_095
    dump_interrupt_ps: Duration = 500_000
    reinject_packet_ps: Duration = 500_000

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self), include_extras=True).items():
            for bound in getattr(hint, "__metadata__", ()):
                value = getattr(self, name)
                if value < getattr(bound, "ge", value) or value > getattr(bound, "le", value):
                    msg = f"fabric {name} should be {bound}, got {value}"
                    raise FabricError(msg)
        for name in ("wait1_cycles", "wait2_cycles"):
            try:
                wait_byte(getattr(self, name))
            except FabricError as error:
                msg = f"fabric {name}: {error}"
                raise FabricError(msg) from error

    @property
    def pipeline_ps(self) -> int:
        """From the input of a router to its decision."""
        return self.pipeline_cycles * self.router_cycle_ps
