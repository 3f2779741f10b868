"""What the tables of a run and their columns are, in words; shown in ``about`` and the reference.

`docs/formats.md` lists the same, and a test holds the two together.
"""

from collections.abc import Mapping

from chipemu.counters import CoreCounter
from host.countertables import core_name, router_names
from router.counters import N_DELAY_BINS, RouterCounter

__all__ = ["COLUMNS", "TABLES", "UNITS", "column_unit", "column_words", "table_words"]

UNITS = {
    "ps": "ps",
    "ns": "ns",
    "us": "us",
    "ms": "ms",
    "s": "s",
    "hz": "Hz",
    "mv": "mV",
    "na": "nA",
    "nf": "nF",
    "mohm": "MOhm",
    "bytes": "B",
    "pj": "pJ",
    "nj": "nJ",
    "uj": "uJ",
    "j": "J",
    "mw": "mW",
    "w": "W",
}
"""Unit of each suffix of a name."""

TABLES = {
    "chips": "what each place of the machine did, in use or not",
    "shares": "populations on each chip",
    "links": "traffic of each living link, in each direction",
    "cores": "counters of each core, a row for each stretch (full timing)",
    "routers": "counters of each router, a row for each stretch (full timing)",
    "ledger": "what each action cost in each phase, priced with the machine's own energy table",
    "rates": "spikes of each population in the time that counts",
    "losses": "events lost in the whole run, warm-up included, by cause",
    "projections": "projections of the network, in its order",
}
"""What the tables are, in their order."""

_CORE = {
    CoreCounter.TICKS: "ticks handled",
    CoreCounter.OVERRUNS: "ticks handled, or updates begun, late",
    CoreCounter.MAX_OVERRUN_PS: "largest time by which a tick was handled late",
    CoreCounter.PACKETS: "packets taken",
    CoreCounter.MAX_RECEIVED: "most packets taken in a step",
    CoreCounter.BUFFER_LOST: "packets that found the spike buffer full",
    CoreCounter.MAX_BUFFERED: "most packets in the spike buffer",
    CoreCounter.PROCESSED: "packets looked up, or stored by a delay core",
    CoreCounter.MAX_PROCESSED: "most packets looked up in a step",
    CoreCounter.FILTERED: "packets without synapses on this core",
    CoreCounter.DMAS: "rows of synapses fetched",
    CoreCounter.EVENTS: "synapses of the rows processed",
    CoreCounter.SKIPPED: "synapses whose slot had passed when their late row was processed",
    CoreCounter.LATE: "rows processed in a later step than that of their packet",
    CoreCounter.MAX_LATE: "most steps that a row was late",
    CoreCounter.LEFT: "packets in the buffer at ticks",
    CoreCounter.MAX_LEFT: "most packets in the buffer at a tick",
    CoreCounter.FLUSHED: "packets dropped at ticks because they had not been looked at",
    CoreCounter.TRANSFERS_MISSED: "contributions to a neuron core that were not there in time",
    CoreCounter.MAX_TRANSFER_OVERRUN_PS: "largest time by which a contribution was late",
    CoreCounter.SKIPPED_STEPS: "steps that a synapse core had no time to begin",
    CoreCounter.SENT: "packets given to the transmit register",
    CoreCounter.EARLIEST_SEND_PS: "earliest time after its tick at which a packet was sent",
    CoreCounter.LATEST_SEND_PS: "latest time after its tick at which a packet was sent",
    CoreCounter.EARLIEST_RECEIVE_PS: "earliest time after its tick at which a packet was taken",
    CoreCounter.LATEST_RECEIVE_PS: "latest time after its tick at which a packet was taken",
    CoreCounter.BUSY_PS: "time in which the core worked",
    CoreCounter.MAX_BUSY_PS: "most work of one step",
    CoreCounter.MIN_SLACK_PS: "smallest time from the end of a step's work to its deadline",
    CoreCounter.SUM_SLACK_PS: "sum of these times",
    CoreCounter.N_SLACKS: "number of these times",
    CoreCounter.DMA_BYTES: "bytes of transfers between core and SDRAM that were started",
}
_ROUTER = {
    RouterCounter.LOCAL_MULTICAST: "packets taken from the chip's cores",
    RouterCounter.EXTERNAL_MULTICAST: "packets taken from links",
    RouterCounter.DROPPED_MULTICAST: "packets dropped because an output was blocked for too long",
    RouterCounter.DEFAULT_ROUTED_EXTERNAL_MULTICAST: "packets that no entry matched, straight on",
    RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION: (
        "packets of the chip's cores that no entry matched"
    ),
    RouterCounter.NO_OUTPUT: "packets whose route was empty",
    RouterCounter.TIME_PHASE_ERRORS: "packets two time phases old",
    RouterCounter.EMERGENCY_ROUTED: "copies sent around a blocked link",
    RouterCounter.DUMP_OVERFLOWS: "packets dropped while the drop register was full",
    RouterCounter.DUMPED_FROM_A_LINK: "links that had blocked dropped packets",
    RouterCounter.DUMPED_FROM_A_PROCESSOR: "cores that had blocked dropped packets",
    RouterCounter.RECEIVED_FOR_REINJECTION: "dropped packets that the reinjector took",
    RouterCounter.MISSED_FOR_REINJECTION: "times the reinjector found that packets were missed",
    RouterCounter.REINJECTION_OVERFLOWS: "packets lost because the reinjector's queue was full",
    RouterCounter.REINJECTED: "packets that the reinjector sent again",
    RouterCounter.BUSY_CYCLES: "router cycles: packets plus cycles stalled",
    RouterCounter.UNDELAYED: "packets that left at the first attempt",
}
_PLACE = {"x": "chip", "y": "chip", "stretch": "warmup or run"}

_WHOLE = "in the whole run, warm-up included"
_UNKNOWN = "; none: ideal timing does not know"
_LOST = {
    "router_dropped": "copies of packets that the router dropped",
    "buffer_overflow": "packets that found the spike buffer of a core full",
    "flushed": "packets dropped at ticks because they had not been looked at",
    "late": "rows processed in a later step than that of their packet",
    "skipped_synapses": "their synapses whose slot had passed",
    "missed_transfers": "contributions that did not reach a neuron core in time",
    "skipped_steps": "steps that a synapse core had no time to begin",
}

COLUMNS: dict[str, Mapping[str, str]] = {
    "chips": {
        "chip": "number of the chip; none: it is dead",
        "x": "place along x",
        "y": "place along y",
        "board": "number of its board",
        "is_dead": "1: no chip is there that works",
        "cores_used": "application cores in use",
        "cores_idle": "application cores not in use",
        "load": (
            "work of the cores in use over their time, in the time that counts; above 1 if ideal "
            "timing reckons with more work than time"
        ),
        "load_max": "the same of the busiest core",
        "packets": "packets through the router in the time that counts",
        "packets_hz": "the same per second of the machine's time",
        "energy_j": (
            "energy of the time that counts, its share of the board included; frames, box and host "
            "belong to no chip"
        ),
        "standing_j": "of this, drawn whether or not anything happens",
        "waiting_j": "of this, by cores awake without work",
        "work_j": "of this, for what the network asked for",
    }
    | {cause: f"{words}, {_WHOLE}{_UNKNOWN}" for cause, words in _LOST.items()}
    | {"ring_buffer_saturations": f"slots of ring buffers that were full, {_WHOLE}"},
    "shares": {
        "chip": "number of the chip",
        "population": "population that is on it, or whose input is",
        "cores": "cores of it there",
        "members": "its members that these cores hold or serve, in words",
    },
    "links": {
        "chip": "number of the chip that sends",
        "link": "direction: E, NE, N, W, SW or S",
        "neighbour": "number of the chip that receives",
        "is_board_link": "1: it leads to another board",
        "packets_hz": "packets per second of the machine's time, in the time that counts",
        "capacity_hz": "packets per second that it can carry; none: not known",
        "share": "what is used of that",
    },
    "cores": _PLACE
    | {
        "processor": "core of the chip, from 0",
        "role": "combined, neuron, synapse, poisson, source or delay",
        "population": "population that it serves",
        "lo": "first neuron or source that it serves",
        "hi": "the one after the last",
        "wall_ps": "time that the core had",
    }
    | {core_name(counter): words for counter, words in _CORE.items()},
    "routers": _PLACE
    | {router_names()[counter]: words for counter, words in _ROUTER.items()}
    | {
        name: f"packets that waited, bin {k} of {N_DELAY_BINS} (register r{16 + k})"
        for k, name in enumerate(router_names()[RouterCounter.DELAYED :])
    },
    "ledger": {
        "phase": "mapping, generation, loading, warmup, running or extraction",
        "action": "entry of the energy table",
        "what": "which ones, such as chips in use",
        "amount": "how much of it, in units of per",
        "per": "what the price is for: s, cycle, bit, byte, event or update",
        "kind": "standing, waiting or work",
        "price": "nominal price, in price_unit",
        "price_low": "low end of the band of the price",
        "price_high": "high end of the band of the price",
        "price_unit": "unit of the price",
        "basis": "measured, derived or estimated",
        "energy_j": "amount times price",
        "energy_low_j": "with the low price",
        "energy_high_j": "with the high price",
        "is_measured": "1: counts for the energy per synaptic event",
    },
    "rates": {
        "population": "neuron population",
        "n_neurons": "its size",
        "n_spikes": "its spikes after the warm-up",
        "rate_hz": "mean rate of a neuron after the warm-up",
    },
    "losses": {
        "cause": "cause of the loss (docs/timing.md)",
        "n": "events lost in the whole run",
        "n_warmup": "of these in the warm-up (full timing)",
        "n_run": "of these in the time that counts (full timing)",
    },
    "projections": {
        "pre": "population that sends",
        "post": "population that receives",
        "receptor": "excitatory or inhibitory",
        "rule": "rule of connection (Senk et al. 2022)",
        "p": "probability of a pair, of pairwise_bernoulli",
        "n_syn": "number of synapses, of fixed_total_number",
        "k_in": "synapses of a target, of fixed_in_degree",
        "k_out": "synapses of a source, of fixed_out_degree",
        "allow_autapses": "1: neurons may connect to themselves",
        "allow_multapses": "1: a pair may have several synapses",
        "weight": "weights in words",
        "weight_mean": "mean weight, in weight_unit",
        "weight_sd": "standard deviation of the weights, in weight_unit",
        "weight_unit": "unit of the weights",
        "delay": "delays in words",
        "delay_mean_ms": "mean delay",
        "delay_sd_ms": "standard deviation of the delays",
        "plasticity": "how plasticity depends on the weight; none: weights do not change",
        "expected_synapses": (
            "expected number of synapses, those of Poisson sources that go through memory "
            "included, which n_synapses of the summary leaves out"
        ),
        "in_degree": "synapses of a target, mean",
        "out_degree": "synapses of a source, mean",
    },
}
"""What the columns of each table are."""

_PICOSECONDS = {core_name(counter) for counter in CoreCounter if counter.name.endswith("_PS")}


def table_words(table: str) -> str | None:
    """What a table is; None: it is not known here."""
    return TABLES.get(table)


def column_words(table: str, column: str) -> str | None:
    """What a column is; None: it is not known here."""
    return COLUMNS.get(table, {}).get(column)


def column_unit(column: str) -> str | None:
    """Unit of a column by its name; None: it has none, or another column tells it.

    Examples
    --------
    >>> column_unit("energy_j"), column_unit("Earliest_send_time"), column_unit("population")
    ('J', 'ps', None)
    """
    if column in _PICOSECONDS:
        return "ps"
    head, _, suffix = column.rpartition("_")
    return UNITS.get(suffix) if head else None
