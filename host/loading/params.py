"""What loading a network takes of host, link and cores: the figures of a host program."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

__all__ = ["LoadingParams"]

Time = Annotated[FiniteFloat, Field(ge=0, le=1e9)]
Rate = Annotated[FiniteFloat, Field(gt=0, le=1e12)]
Payload = Annotated[int, Field(ge=1, le=65_507)]
Bytes = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Cycles = Annotated[int, Field(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingParams:
    """Figures of the host's program, the host link, and the program that expands synapses.

    The defaults are the SpiNNaker tool chain of today on SpiNNaker 1; `docs/loading.md` has the
    source of each figure and what is measured, derived or estimated of it.

    Attributes
    ----------
    method : {"cores", "host"}
        Who makes the synapses: the cores from specifications, or the host, which sends them all.
    blocks : {"projection", "slices"}
        What a core expands at once: all that it receives of a projection (the present sPyNNaker),
        or what one slice of the sources sends it (2018 to 2020).
    padding : {"reached", "all"}
        For which stages of delay the host's matrices have rows: those that delays reach, or all
        that a delay core can add.
    mapping_core_us : float
        Host's time to map, for each core.
    host_synapse_us : float
        Host's time to make a synapse.
    block_us : float
        Host's time to write the specification of one block.
    parallel_boards : int
        Boards that the host writes to at once.
    core_us : float
        Exchanges for each core that is loaded: memory is allotted, regions are announced and
        acknowledged.
    packet_bytes : int
        Data in a packet.
    header_bytes, reply_bytes : int
        Bytes on the wire besides the data of a packet, and of its acknowledgement.
    link_hz : float
        Bits/s of the Ethernet of a board.
    turnaround_us : float
        From a packet's arrival to the next one if the host waits for each acknowledgement.
    packet_us : float
        Least time between packets that do not wait for each other: of host or Ethernet chip.
    forward_byte_us : float
        Time per byte from the Ethernet chip to another.
    window : int
        Packets sent before the first is acknowledged.
    trial_cycles : int
        Core's time to draw a candidate and see whether it is wanted.
    slice_trial_cycles : int
        The same where the number of synapses of each row is found by trials (fixed total number,
        with blocks of slices).
    draw_cycles : int
        Core's time to draw from a normal distribution.
    synapse_cycles : int
        Core's time to scale weight and delay of a synapse and to write its word.
    row_cycles : int
        Core's time for a row, besides its synapses.
    sdram_byte_ps : int
        Time per byte that the SDRAM of a chip gives its cores together.
    extraction_byte_us : float
        Time per byte that is read back.
    """

    method: Literal["cores", "host"] = "cores"
    blocks: Literal["projection", "slices"] = "projection"
    padding: Literal["reached", "all"] = "reached"
    mapping_core_us: Time = 1_500.0
    host_synapse_us: Time = 18.2
    block_us: Time = 270.0
    parallel_boards: Count = 4
    core_us: Time = 22_000.0
    packet_bytes: Payload = 260
    header_bytes: Bytes = 92
    reply_bytes: Bytes = 92
    link_hz: Rate = 1e8
    turnaround_us: Time = 300.0
    packet_us: Time = 50.0
    forward_byte_us: Time = 0.2
    window: Count = 64
    trial_cycles: Cycles = 60
    slice_trial_cycles: Cycles = 340
    draw_cycles: Cycles = 165
    synapse_cycles: Cycles = 320
    row_cycles: Cycles = 300
    sdram_byte_ps: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1_111
    extraction_byte_us: Time = 0.355
