"""What all cores have in common: pieces of work, interrupts by packets, transfers, ticks."""

from chipemu.counters import CoreCounter
from chipemu.timed.state import Core, Cores, Costs, Piece, Switches
from fixedpoint.jit import inlined_kernel

PPB = 10**9


@inlined_kernel
def tick_ps(cores: Cores, switches: Switches, chip: int, step: int) -> int:
    """Time of tick `step` of `chip`."""
    nominal = step * switches.period
    drift = cores.drift[chip]
    return cores.offset[chip] + nominal + nominal // PPB * drift + nominal % PPB * drift // PPB


@inlined_kernel
def most(cores: Cores, v: int, counter: int, value: int) -> None:
    """Let `counter`, a maximum, take `value` in."""
    cores.counts[v, counter] = max(cores.counts[v, counter], value)


@inlined_kernel
def least(cores: Cores, v: int, counter: int, value: int) -> None:
    """Let `counter`, a minimum, take `value` in."""
    cores.counts[v, counter] = min(cores.counts[v, counter], value)


@inlined_kernel
def be_busy(cores: Cores, v: int, work: int) -> None:
    """Count `work`."""
    cores.counts[v, CoreCounter.BUSY_PS] += work
    cores.state[v, Core.STEP_BUSY] += work
    most(cores, v, CoreCounter.MAX_BUSY_PS, cores.state[v, Core.STEP_BUSY])


@inlined_kernel
def begin(cores: Cores, v: int, piece: int, now: int, work: int) -> None:
    """Begin a piece of `work`."""
    row = cores.state[v]
    row[Core.PIECE] = piece
    row[Core.BEGUN] = now
    row[Core.END] = now + work
    be_busy(cores, v, work)


@inlined_kernel
def has_packet(cores: Cores, v: int, until: int) -> bool:
    """Whether the core takes its next packet at `until` or before."""
    first = cores.state[v, Core.INBOX]
    return first >= 0 and cores.inbox_time[first] <= until


@inlined_kernel
def take(cores: Cores, costs: Costs, switches: Switches, v: int) -> int:
    """Take the next packet into the spike buffer; returns when that was."""
    row = cores.state[v]
    place = row[Core.INBOX]
    row[Core.INBOX] = cores.inbox_after[place]
    at = cores.inbox_time[place]
    cores.counts[v, CoreCounter.PACKETS] += 1
    row[Core.STEP_RECEIVED] += 1
    most(cores, v, CoreCounter.MAX_RECEIVED, row[Core.STEP_RECEIVED])
    be_busy(cores, v, costs.packet)
    if row[Core.STEP] >= 0:
        least(cores, v, CoreCounter.EARLIEST_RECEIVE_PS, at - row[Core.THIS_TICK])
        most(cores, v, CoreCounter.LATEST_RECEIVE_PS, at - row[Core.THIS_TICK])
    n = row[Core.N_BUFFERED]
    if n >= switches.usable_buffer:
        cores.counts[v, CoreCounter.BUFFER_LOST] += 1
        return at
    n_entries = cores.buffers.shape[1]
    free = row[Core.FIRST] + n
    if free >= n_entries:
        free -= n_entries
    cores.buffers[row[Core.BUFFER], free] = cores.inbox_packet[place]
    row[Core.N_BUFFERED] = n + 1
    most(cores, v, CoreCounter.MAX_BUFFERED, n + 1)
    return at


@inlined_kernel
def stretch_piece(cores: Cores, costs: Costs, switches: Switches, v: int) -> None:
    """Let the packets taken before the end of the piece put it off."""
    row = cores.state[v]
    while has_packet(cores, v, row[Core.END] - 1):
        take(cores, costs, switches, v)
        row[Core.END] += costs.packet


@inlined_kernel
def stretch_interrupt(cores: Cores, costs: Costs, switches: Switches, v: int) -> None:
    """Let the packets taken by the end of the interrupt prolong it."""
    row = cores.state[v]
    while has_packet(cores, v, row[Core.END]):
        row[Core.END] = max(row[Core.END], take(cores, costs, switches, v)) + costs.packet


@inlined_kernel
def interrupt(cores: Cores, costs: Costs, switches: Switches, v: int) -> None:
    """Begin to take the next packet."""
    cores.state[v, Core.PIECE] = Piece.INTERRUPT
    cores.state[v, Core.END] = take(cores, costs, switches, v) + costs.packet


@inlined_kernel
def transfer(cores: Cores, costs: Costs, v: int, now: int, n_bytes: int) -> int:
    """Start a transfer between the core and SDRAM; returns when it ends."""
    chip = cores.state[v, Core.CHIP]
    data = max(now + costs.dma_latency, cores.sdram_free[chip])
    cores.sdram_free[chip] = data + n_bytes * costs.sdram_byte
    return data + n_bytes * max(costs.dma_byte, costs.sdram_byte)


@inlined_kernel
def next_step(cores: Cores, switches: Switches, v: int) -> None:
    """Count a tick as handled."""
    row = cores.state[v]
    row[Core.STEP] += 1
    row[Core.THIS_TICK] = row[Core.NEXT_TICK]
    row[Core.NEXT_TICK] = tick_ps(cores, switches, row[Core.CHIP], row[Core.STEP] + 1)
    row[Core.STEP_RECEIVED] = 0
    row[Core.STEP_PROCESSED] = 0
    row[Core.STEP_BUSY] = 0
    cores.counts[v, CoreCounter.TICKS] += 1


@inlined_kernel
def count_overrun(cores: Cores, v: int, now: int) -> None:
    """Count a tick that is handled late."""
    late = now - cores.state[v, Core.NEXT_TICK]
    if late > 0:
        cores.counts[v, CoreCounter.OVERRUNS] += 1
        most(cores, v, CoreCounter.MAX_OVERRUN_PS, late)


@inlined_kernel
def count_left(cores: Cores, switches: Switches, v: int) -> None:
    """Count the packets in the buffer at a tick, and drop them if they are not wanted."""
    row = cores.state[v]
    n = row[Core.N_BUFFERED]
    cores.counts[v, CoreCounter.LEFT] += n
    most(cores, v, CoreCounter.MAX_LEFT, n)
    if switches.drops_late:
        cores.counts[v, CoreCounter.FLUSHED] += n
        row[Core.N_BUFFERED] = 0


@inlined_kernel
def count_slack(cores: Cores, v: int, slack: int) -> None:
    """Count how long before its deadline the core was done."""
    least(cores, v, CoreCounter.MIN_SLACK_PS, slack)
    cores.counts[v, CoreCounter.SUM_SLACK_PS] += slack
    cores.counts[v, CoreCounter.N_SLACKS] += 1


@inlined_kernel
def oldest(cores: Cores, v: int) -> int:
    """Take the oldest packet out of the buffer."""
    row = cores.state[v]
    packet = cores.buffers[row[Core.BUFFER], row[Core.FIRST]]
    row[Core.FIRST] += 1
    if row[Core.FIRST] == cores.buffers.shape[1]:
        row[Core.FIRST] = 0
    row[Core.N_BUFFERED] -= 1
    return packet


@inlined_kernel
def put_back(cores: Cores, v: int, packet: int) -> None:
    """Make `packet` the oldest one in the buffer."""
    row = cores.state[v]
    row[Core.FIRST] -= 1
    if row[Core.FIRST] < 0:
        row[Core.FIRST] = cores.buffers.shape[1] - 1
    cores.buffers[row[Core.BUFFER], row[Core.FIRST]] = packet
    row[Core.N_BUFFERED] += 1
