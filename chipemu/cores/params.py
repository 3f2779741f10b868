"""What cores are made of, and the choices that their programs leave to the user."""

from dataclasses import dataclass, field
from typing import Annotated, get_type_hints

from annotated_types import Ge, Le

from chipemu.cores.costs import CoreCosts
from chipemu.errors import ParameterError

__all__ = ["CoreParams"]

LONGEST_PS = 10**12

Latency = Annotated[int, Ge(0), Le(LONGEST_PS)]
Duration = Annotated[int, Ge(1), Le(LONGEST_PS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreParams:
    """Figures and choices of the cores; `docs/cores.md` tells what each one does.

    Attributes
    ----------
    costs : CoreCosts
    cycle_ps : int
        CPU cycle: 200 MHz (spinnaker_tools, ``cpu_clk``).
    dma_latency_ps : int
        From the start of a transfer to its first data (estimate: 100 to 200 ns).
    dma_byte_ps : int
        What a byte takes of a core's DMA engine: 15 ns per word (Temple 2015).
    sdram_byte_ps : int
        What a byte takes of the chip's controller: 900 MB/s (recalled from Painkras et al. 2013;
        bounded by 1.04 GB/s at the clock used).
    spike_buffer : int
        Entries of the buffer of incoming spikes, one of which stays empty (sPyNNaker,
        ``incoming_spike_buffer_size``: 256; the microcircuit uses 512 to 1024).
    drops_late : bool
        Whether spikes that are still in the buffer at a tick are lost (sPyNNaker,
        ``drop_late_spikes``).
    has_colours : bool
        Whether packets tell the step in which they were sent, so that a late one can still be
        added to the slot it is due in (sPyNNaker from 2021 on).
    filters_empty_rows : bool
        Whether spikes without synapses on a core are dropped before their row is fetched
        (sPyNNaker's bit fields, from 2020 on).
    margin_ps : int or None
        How long before the next tick a synapse core writes back (Rhodes et al. 2019: 10 us); None:
        as long as the transfer takes when measured, and `CoreCosts.transfer_overhead`.

    Raises
    ------
    ParameterError
        If a figure lies outside its range.
    """

    costs: CoreCosts = field(default_factory=CoreCosts)
    cycle_ps: Duration = 5_000
    dma_latency_ps: Latency = 150_000
    dma_byte_ps: Latency = 3_750
    sdram_byte_ps: Latency = 1_111
    spike_buffer: Annotated[int, Ge(2), Le(65_536)] = 256
    drops_late: bool = False
    has_colours: bool = True
    filters_empty_rows: bool = True
    margin_ps: Latency | None = None

    def __post_init__(self) -> None:
        _check_bounds(self, "cores")
        _check_bounds(self.costs, "costs")


def _check_bounds(section: object, name: str) -> None:
    for attribute, hint in get_type_hints(type(section), include_extras=True).items():
        value = getattr(section, attribute)
        for bound in getattr(hint, "__metadata__", ()):
            if value < getattr(bound, "ge", value) or value > getattr(bound, "le", value):
                msg = f"{name} {attribute} should be {bound}, got {value}"
                raise ParameterError(msg)
