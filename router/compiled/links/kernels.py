"""Links: buffers, serialisation, lanes between boards, and the inputs they lead to."""

from fixedpoint.jit import inlined_kernel, prefetch
from router.compiled.rows.kernels import input_at, link_at, router_at, trace
from router.compiled.state import (
    ARRIVE,
    EMPTY,
    INPUT_SHIFT,
    LANE,
    LINK,
    N_LINKS,
    PAYLOAD,
    ROUTE,
    Input,
    LinkState,
    Memory,
    Number,
    Router,
)
from router.events import TraceKind
from router.packets import CORES_PER_CHIP
from router.wheel.kernels import hasten, place, schedule

WORDS_PER_LINE = 8


@inlined_kernel
def begin(memory: Memory, link: int, now: int) -> None:
    """Let an idle link with a waiting packet and room ahead begin to send it."""
    row = link_at(memory, link)
    n_chips = memory[Number.N_CHIPS]
    first = memory[row + LinkState.FIRST]
    word = memory[place(row + LinkState.RING + first)]
    first += 1
    memory[row + LinkState.FIRST] = 0 if first == memory[Number.OUTPUT_PACKETS] else first
    memory[row + LinkState.N_WAITING] -= 1
    transmit(memory, link, word, now)
    if memory[row + LinkState.N_WAITING] > 0:
        schedule(memory, LINK * n_chips + link, memory[row + LinkState.IDLE_AT])
    chip = place(link) // N_LINKS
    if memory[router_at(memory, chip) + Router.WORD] != EMPTY:
        retry_after(memory, chip, now)


@inlined_kernel
def transmit(memory: Memory, link: int, word: int, now: int) -> None:
    """Send `word` on a link that is idle and has room ahead."""
    row = link_at(memory, link)
    n_chips = memory[Number.N_CHIPS]
    is_long = word & PAYLOAD
    end = now + memory[row + LinkState.SHORT_PS + is_long]
    memory[row + LinkState.IDLE_AT] = end
    memory[row + LinkState.SHORT_SENT + is_long] += 1
    memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] -= 1
    if memory[row + LinkState.LANE] == EMPTY:
        come(memory, memory[row + LinkState.FAR], word, end + memory[row + LinkState.FLIGHT_PS])
    else:
        memory[row + LinkState.ON_THE_WAY] = word
        schedule(memory, LANE * n_chips + link, end)
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.LINK, link // N_LINKS, link, word, now, end)


@inlined_kernel
def reach_lane(memory: Memory, link: int, now: int) -> None:
    """Let the packet of `link` take its turn on the lane between the boards."""
    row = link_at(memory, link)
    word = memory[row + LinkState.ON_THE_WAY]
    memory[row + LinkState.ON_THE_WAY] = EMPTY
    lane = memory[row + LinkState.LANE]
    end = (
        max(now, memory[memory[Number.LANES] + lane])
        + memory[Number.SHORT_LANE_PS + (word & PAYLOAD)]
    )
    memory[memory[Number.LANES] + lane] = end
    come(memory, memory[row + LinkState.FAR], word, end + memory[row + LinkState.FLIGHT_PS])


@inlined_kernel
def come(memory: Memory, port: int, word: int, time_ps: int) -> None:
    """Put a packet on its way to the input `port`, where it arrives at `time_ps`."""
    row = input_at(memory, port)
    size = memory[Number.RING_SIZE]
    at = memory[row + Input.FIRST] + memory[row + Input.N_READY] + memory[row + Input.N_COMING]
    if at >= size:
        at -= size
    memory[place(row + Input.RING + 2 * at)] = word
    memory[place(row + Input.RING + 2 * at + 1)] = time_ps
    if memory[row + Input.N_COMING] == 0:
        schedule(memory, ARRIVE * memory[Number.N_CHIPS] + port, time_ps)
    memory[row + Input.N_COMING] += 1
    expect(memory, place(port) // N_LINKS)


@inlined_kernel
def expect(memory: Memory, chip: int) -> None:
    """Ask for the memory that a packet will need on `chip`, where it is to arrive."""
    prefetch(memory, router_at(memory, chip))
    cores = memory[Number.RECEIVING] + 2 * CORES_PER_CHIP * chip
    for line in range(0, 2 * CORES_PER_CHIP, WORDS_PER_LINE):
        prefetch(memory, cores + line)
    for link in range(N_LINKS):
        prefetch(memory, link_at(memory, N_LINKS * chip + link))


@inlined_kernel
def put(memory: Memory, link: int, word: int, now: int) -> None:
    """Put a copy into the buffer of a link, which begins to send it if it can."""
    row = link_at(memory, link)
    waiting = memory[row + LinkState.N_WAITING]
    idle_at = memory[row + LinkState.IDLE_AT]
    if (
        waiting == 0
        and now >= idle_at
        and memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] > 0
    ):
        transmit(memory, link, word, now)
        return
    at = memory[row + LinkState.FIRST] + waiting
    depth = memory[Number.OUTPUT_PACKETS]
    memory[row + LinkState.RING + (at - depth if at >= depth else at)] = word
    memory[row + LinkState.N_WAITING] = waiting + 1
    if waiting == 0 and now < idle_at:
        schedule(memory, LINK * memory[Number.N_CHIPS] + link, idle_at)


@inlined_kernel
def finish(memory: Memory, link: int, now: int) -> None:
    """Let a link that has finished a packet begin the next one, if there is room ahead."""
    row = link_at(memory, link)
    if (
        memory[row + LinkState.N_WAITING] > 0
        and memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] > 0
    ):
        begin(memory, link, now)


@inlined_kernel
def take_from_link(memory: Memory, chip: int, port: int, now: int) -> int:
    """Take the first packet of a link's input, and let the link fill its place."""
    row = input_at(memory, N_LINKS * chip + port)
    first = memory[row + Input.FIRST]
    word = memory[place(row + Input.RING + 2 * first)]
    memory[row + Input.ROOM] += 1
    memory[row + Input.N_READY] -= 1
    first += 1
    if memory[row + Input.N_READY] + memory[row + Input.N_COMING] == 0:
        first = 0  # an input that is seldom used keeps to its first cache line
    memory[row + Input.FIRST] = 0 if first == memory[Number.RING_SIZE] else first
    if memory[row + Input.N_READY] == 0:
        memory[router_at(memory, chip) + Router.READY_PORTS] &= ~(1 << port)
    near = memory[row + Input.NEAR]
    if memory[row + Input.ROOM] == 1:  # else the link lacks no room
        link = link_at(memory, near)
        if memory[link + LinkState.N_WAITING] > 0 and now >= memory[link + LinkState.IDLE_AT]:
            begin(memory, near, now)
    return (word & ~(7 << INPUT_SHIFT)) | (port << INPUT_SHIFT)


@inlined_kernel
def retry_after(memory: Memory, chip: int, time_ps: int) -> None:
    """Let a stalled router try again in its first cycle after `time_ps`."""
    since = memory[router_at(memory, chip) + Router.SINCE]
    cycle = memory[Number.CYCLE_PS]
    at = since + ((time_ps - since) // cycle + 1) * cycle
    hasten(memory, ROUTE * memory[Number.N_CHIPS] + chip, at)
