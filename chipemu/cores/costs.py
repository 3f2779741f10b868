"""What the programs of the cores cost: CPU cycles per event."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

__all__ = ["CoreCosts"]

Cycles = Annotated[int, Ge(0), Le(10_000_000)]
Some = Annotated[int, Ge(1), Le(10_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreCosts:
    """CPU cycles of each kind of work; `docs/cores.md` tells what is done with them.

    The defaults are the published synapse-centric table: J. Knight's program for "Synapse-centric
    mapping of cortical models to the SpiNNaker neuromorphic architecture" (Knight & Furber 2016,
    Front. Neurosci. 10:420), as it stands in the source of pynn_spinnaker (@89e9bdb,
    ``standardmodels/synapses.py`` and ``cells.py``). What that does not tell is estimated from
    instruction counts (ARM9E-S timing of the compiled functions, 200 MHz).

    Attributes
    ----------
    packet : int
        Fast interrupt that takes a packet (Temple 2015: 40 to 200; the function alone counts 29).
    lookup : int
        From the spike buffer to what the population table says (instruction counts: 20 and 74).
    fetch : int
        From there to a row in memory: set-up of the fetch, its interrupt (published, with the
        look-up: 486). The transfer itself comes on top; it mostly goes on beside other work.
    row : int
        Before the first synapse of a row (published: 53).
    synapse : int
        One synaptic event (published: 15; instruction count: 16).
    step : int
        Synapse core, every step (published: 3850).
    tick : int
        Timer interrupt and bookkeeping of a step on all other cores (estimate).
    drain : int
        From a ring buffer to the input of a neuron, both types, on a combined core (instruction
        count: 35).
    read : int
        Set-up of a transfer by the neuron core (estimate: three uncached writes).
    contribution : int
        Adding one contribution to the input of a neuron (published: 10 per input processor).
    neuron : int
        Update of an IF_curr_exp neuron (published: 143) with its two exponential synapses
        (published: 28). Other models take more or less (`chipemu.models.NeuronModel.extra_cycles`).
    send : int
        What a neuron that fires costs more, until its packet is written (instruction count: 17 for
        the spiking branch; the rest is an estimate).
    write : int
        Set-up of the write-back (estimate).
    poisson : int
        A Poisson source in a step (published: 58).
    delayed : int
        A packet that a delay core stores (estimate).
    transfer_overhead : int
        Safety margin that the tool chain adds to the measured transfer (sPyNNaker,
        ``transfer_overhead_clocks``: 200).
    """

    packet: Cycles = 60
    lookup: Cycles = 94
    fetch: Cycles = 392
    row: Cycles = 53
    synapse: Cycles = 15
    step: Cycles = 3850
    tick: Cycles = 200
    drain: Cycles = 35
    read: Cycles = 50
    contribution: Cycles = 10
    neuron: Some = 171
    send: Some = 40
    write: Cycles = 50
    poisson: Cycles = 58
    delayed: Cycles = 60
    transfer_overhead: Cycles = 200
