"""What all cores have in common: pieces of work, interrupts by packets, transfers, ticks.

`row` is the row of a core, `chip` that of its chip.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.timed.state import Chip, Core, Delivery, Piece, Rule
from fixedpoint.jit import inlined_kernel

Longs = NDArray[np.int64]

PPB = 10**9


@inlined_kernel
def tick_ps(chip: Longs, rules: Longs, step: int) -> int:
    """Time of tick `step` of a chip."""
    nominal = step * rules[Rule.PERIOD]
    drift = chip[Chip.DRIFT]
    return chip[Chip.OFFSET] + nominal + nominal // PPB * drift + nominal % PPB * drift // PPB


@inlined_kernel
def count(row: Longs, counter: int, value: int) -> None:
    """Add `value` to `counter`."""
    row[Core.COUNTS + counter] += value


@inlined_kernel
def most(row: Longs, counter: int, value: int) -> None:
    """Let `counter`, a maximum, take `value` in."""
    row[Core.COUNTS + counter] = max(row[Core.COUNTS + counter], value)


@inlined_kernel
def least(row: Longs, counter: int, value: int) -> None:
    """Let `counter`, a minimum, take `value` in."""
    row[Core.COUNTS + counter] = min(row[Core.COUNTS + counter], value)


@inlined_kernel
def be_busy(row: Longs, work: int) -> None:
    """Count `work`."""
    count(row, CoreCounter.BUSY_PS, work)
    row[Core.STEP_BUSY] += work
    if work != 0:
        most(row, CoreCounter.MAX_BUSY_PS, row[Core.STEP_BUSY])


@inlined_kernel
def begin(row: Longs, piece: int, now: int, work: int) -> None:
    """Begin a piece of `work`."""
    row[Core.PIECE] = piece
    row[Core.BEGUN] = now
    row[Core.END] = now + work
    be_busy(row, work)


@inlined_kernel
def has_packet(row: Longs, inbox: Longs, until: int) -> bool:
    """Whether the core takes its next packet at `until` or before."""
    first = row[Core.INBOX]
    return first >= 0 and inbox[first, Delivery.TIME] <= until


@inlined_kernel
def take(row: Longs, inbox: Longs, buffers: Longs, rules: Longs) -> int:
    """Take the next packet into the spike buffer; returns when that was."""
    place = row[Core.INBOX]
    row[Core.INBOX] = inbox[place, Delivery.AFTER]
    at = inbox[place, Delivery.TIME]
    count(row, CoreCounter.PACKETS, 1)
    row[Core.STEP_RECEIVED] += 1
    most(row, CoreCounter.MAX_RECEIVED, row[Core.STEP_RECEIVED])
    be_busy(row, rules[Rule.PACKET])
    if row[Core.STEP] >= 0:
        least(row, CoreCounter.EARLIEST_RECEIVE_PS, at - row[Core.THIS_TICK])
        most(row, CoreCounter.LATEST_RECEIVE_PS, at - row[Core.THIS_TICK])
    n = row[Core.N_BUFFERED]
    if n >= rules[Rule.USABLE_BUFFER]:
        count(row, CoreCounter.BUFFER_LOST, 1)
        return at
    n_entries = buffers.shape[1]
    free = row[Core.FIRST] + n
    if free >= n_entries:
        free -= n_entries
    buffers[row[Core.BUFFER], free] = inbox[place, Delivery.PACKET]
    row[Core.N_BUFFERED] = n + 1
    most(row, CoreCounter.MAX_BUFFERED, n + 1)
    return at


@inlined_kernel
def stretch_piece(row: Longs, inbox: Longs, buffers: Longs, rules: Longs) -> None:
    """Let the packets taken before the end of the piece put it off."""
    while has_packet(row, inbox, row[Core.END] - 1):
        take(row, inbox, buffers, rules)
        row[Core.END] += rules[Rule.PACKET]


@inlined_kernel
def stretch_interrupt(row: Longs, inbox: Longs, buffers: Longs, rules: Longs) -> None:
    """Let the packets taken by the end of the interrupt prolong it."""
    while has_packet(row, inbox, row[Core.END]):
        row[Core.END] = max(row[Core.END], take(row, inbox, buffers, rules)) + rules[Rule.PACKET]


@inlined_kernel
def interrupt(row: Longs, inbox: Longs, buffers: Longs, rules: Longs) -> None:
    """Begin to take the next packet."""
    row[Core.PIECE] = Piece.INTERRUPT
    row[Core.END] = take(row, inbox, buffers, rules) + rules[Rule.PACKET]


@inlined_kernel
def transfer(row: Longs, chip: Longs, rules: Longs, now: int, n_bytes: int) -> int:
    """Start a transfer between the core and SDRAM; returns when it ends."""
    count(row, CoreCounter.DMA_BYTES, n_bytes)
    data = max(now + rules[Rule.DMA_LATENCY], chip[Chip.FREE])
    chip[Chip.FREE] = data + n_bytes * rules[Rule.SDRAM_BYTE]
    return data + n_bytes * rules[Rule.DMA_BYTE]


@inlined_kernel
def next_step(row: Longs, chip: Longs, rules: Longs) -> None:
    """Count a tick as handled."""
    row[Core.STEP] += 1
    row[Core.THIS_TICK] = row[Core.NEXT_TICK]
    row[Core.NEXT_TICK] = tick_ps(chip, rules, row[Core.STEP] + 1)
    row[Core.STEP_RECEIVED] = 0
    row[Core.STEP_PROCESSED] = 0
    row[Core.STEP_BUSY] = 0
    count(row, CoreCounter.TICKS, 1)


@inlined_kernel
def count_overrun(row: Longs, now: int) -> None:
    """Count a tick that is handled late."""
    late = now - row[Core.NEXT_TICK]
    if late > 0:
        count(row, CoreCounter.OVERRUNS, 1)
        most(row, CoreCounter.MAX_OVERRUN_PS, late)


@inlined_kernel
def count_left(row: Longs, rules: Longs) -> None:
    """Count the packets in the buffer at a tick, and drop them if they are not wanted."""
    n = row[Core.N_BUFFERED]
    count(row, CoreCounter.LEFT, n)
    most(row, CoreCounter.MAX_LEFT, n)
    if rules[Rule.DROPS_LATE]:
        count(row, CoreCounter.FLUSHED, n)
        row[Core.N_BUFFERED] = 0


@inlined_kernel
def count_slack(row: Longs, slack: int) -> None:
    """Count how long before its deadline the core was done."""
    least(row, CoreCounter.MIN_SLACK_PS, slack)
    count(row, CoreCounter.SUM_SLACK_PS, slack)
    count(row, CoreCounter.N_SLACKS, 1)


@inlined_kernel
def oldest(row: Longs, buffers: Longs) -> int:
    """Take the oldest packet out of the buffer."""
    packet = buffers[row[Core.BUFFER], row[Core.FIRST]]
    row[Core.FIRST] += 1
    row[Core.N_BUFFERED] -= 1
    # a buffer that is seldom filled keeps to its first cache line
    if row[Core.FIRST] == buffers.shape[1] or row[Core.N_BUFFERED] == 0:
        row[Core.FIRST] = 0
    return packet


@inlined_kernel
def put_back(row: Longs, buffers: Longs, packet: int) -> None:
    """Make `packet` the oldest one in the buffer."""
    row[Core.FIRST] -= 1
    if row[Core.FIRST] < 0:
        row[Core.FIRST] = buffers.shape[1] - 1
    buffers[row[Core.BUFFER], row[Core.FIRST]] = packet
    row[Core.N_BUFFERED] += 1
    most(row, CoreCounter.MAX_BUFFERED, row[Core.N_BUFFERED])
