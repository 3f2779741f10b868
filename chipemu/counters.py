"""What is counted of each core, and under which names users of SpiNNaker know it."""

from enum import IntEnum

__all__ = ["NONE_PS", "PROVENANCE_NAMES", "CoreCounter"]

NONE_PS = (1 << 63) - 1
"""Value of a smallest time that was never taken."""


class CoreCounter(IntEnum):
    """Column of the counters of cores; `docs/cores.md` tells when each one counts.

    Those that begin with EARLIEST or MIN hold the smallest value, `NONE_PS` if there was none;
    LATEST and MAX the largest, at first 0 (LATEST: -1); the others are sums.
    """

    TICKS = 0
    """Ticks handled."""
    OVERRUNS = 1
    """Ticks handled, or updates begun, late, because the step before was not done."""
    MAX_OVERRUN_PS = 2
    """Largest time by which a tick was handled late (not on combined and synapse cores)."""
    PACKETS = 3
    """Packets taken."""
    MAX_RECEIVED = 4
    BUFFER_LOST = 5
    """Packets that found the spike buffer full."""
    MAX_BUFFERED = 6
    PROCESSED = 7
    """Packets looked up, or stored by a delay core."""
    MAX_PROCESSED = 8
    FILTERED = 9
    """Packets without synapses on this core."""
    DMAS = 10
    """Rows fetched."""
    EVENTS = 11
    """Synapses of the rows processed."""
    SKIPPED = 12
    """Synapses whose slot had passed when their late row was processed."""
    LATE = 13
    """Rows processed in a later step than that of their packet."""
    MAX_LATE = 14
    LEFT = 15
    """Packets in the buffer at ticks."""
    MAX_LEFT = 16
    FLUSHED = 17
    """Of these, those that were dropped."""
    TRANSFERS_MISSED = 18
    """Contributions that were not there in time."""
    MAX_TRANSFER_OVERRUN_PS = 19
    SKIPPED_STEPS = 20
    SENT = 21
    """Packets given to the transmit register."""
    EARLIEST_SEND_PS = 22
    LATEST_SEND_PS = 23
    EARLIEST_RECEIVE_PS = 24
    LATEST_RECEIVE_PS = 25
    BUSY_PS = 26
    """Time in which the core worked: at most `Stretch.wall_ps`, what is missing to that is idle."""
    MAX_BUSY_PS = 27
    """Most work of one step, pieces counted in full when they are begun."""
    MIN_SLACK_PS = 28
    SUM_SLACK_PS = 29
    """Sum of the slacks; with the next counter, their mean."""
    N_SLACKS = 30
    DMA_BYTES = 31
    """Bytes of the transfers between core and SDRAM that were started."""


PROVENANCE_NAMES = {
    CoreCounter.TICKS: "Last_timer_tic_the_core_ran_to",
    CoreCounter.OVERRUNS: "Timer_tick_overruns",
    CoreCounter.MAX_RECEIVED: "Max_spikes_received_in_time_step",
    CoreCounter.BUFFER_LOST: "Times_the_input_buffer_lost_packets",
    CoreCounter.MAX_BUFFERED: "Max_filled_size_input_buffer",
    CoreCounter.PROCESSED: "How_many_spikes_were_processed",
    CoreCounter.MAX_PROCESSED: "Max_spikes_processed_in_time_step",
    CoreCounter.FILTERED: "How_many_packets_were_filtered_by_the_bitfield_filterer",
    CoreCounter.DMAS: "DMA's_that_were_completed",
    CoreCounter.EVENTS: "Total_pre_synaptic_events",
    CoreCounter.SKIPPED: "Skipped_synapses",
    CoreCounter.LATE: "Late_spikes",
    CoreCounter.MAX_LATE: "Max_late_spike",
    CoreCounter.LEFT: "Number_of_late_spikes",
    CoreCounter.MAX_LEFT: "Max_spike_overflow_in_time_step",
    CoreCounter.TRANSFERS_MISSED: "Times_the_transfer_did_not_complete_in_time",
    CoreCounter.MAX_TRANSFER_OVERRUN_PS: "Max_transfer_overrun",
    CoreCounter.SKIPPED_STEPS: "Times_a_time_step_was_skipped",
    CoreCounter.EARLIEST_SEND_PS: "Earliest_send_time",
    CoreCounter.LATEST_SEND_PS: "Latest_Send_time",
    CoreCounter.EARLIEST_RECEIVE_PS: "Earliest_receive_time",
    CoreCounter.LATEST_RECEIVE_PS: "Latest_receive_time",
}
"""Names that the SpiNNaker tool chain gives to what it counts of a core."""
