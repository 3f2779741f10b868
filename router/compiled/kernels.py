"""The fabric of `docs/fabric.md`, compiled; `router.fabric` is its readable twin.

What differs is bookkeeping, not behaviour. A packet is a word, not an object. No event marks that a
core takes a packet, since the time is known when the register is filled, nor that a link becomes
idle while no packet waits for it. A router that is free takes a packet in the event in which it
arrives, so a hop over an idle machine is one event.
"""

from fixedpoint.jit import borrowed, inlined_kernel, kernel
from router.compiled.cores.kernels import receive_coming, send_next
from router.compiled.drops.kernels import empty_dump, reinject
from router.compiled.links.kernels import finish, reach_lane
from router.compiled.routers.kernels import arrive, submit, turn
from router.compiled.state import (
    ARRIVE,
    CLASS_SHIFT,
    DUMP,
    EMPTY,
    INPUT_SHIFT,
    LINK,
    LOCAL,
    PACKET_SHIFT,
    REINJECT,
    ROUTE,
    SLACK,
    SUBMIT,
    Memory,
    Number,
    Packets,
    Send,
    Status,
)
from router.wheel.kernels import next_event


@kernel
def run_fabric(
    memory: Memory,
    packets: Packets,
    until_ps: int,
) -> int:
    """Let everything happen that happens before `until_ps`.

    Returns
    -------
    int
        A `Status`; call again with emptied records if it is FULL.
    """
    memory = borrowed(memory)
    packets = Packets(borrowed(packets.routes), borrowed(packets.copies), borrowed(packets.sends))
    n_sends = len(packets.sends)
    room = memory[Number.RECORDS] - SLACK
    memory[Number.UNTIL] = until_ps
    receive_coming(memory)
    while True:
        if (
            memory[Number.N_DELIVERED] > room
            or memory[Number.N_LOST] > room
            or memory[Number.N_TRACED] > room
        ):
            return Status.FULL
        limit = until_ps - 1
        sends_next = False
        if memory[Number.NEXT_SEND] < n_sends:
            send_at = packets.sends[memory[Number.NEXT_SEND], Send.TIME]
            if send_at < until_ps:
                limit = send_at
                sends_next = True
        event, now = next_event(memory, limit)
        if event != EMPTY:
            happen(memory, packets, event, now)
        elif sends_next:
            send_next(memory, packets, limit)
        else:
            return Status.DONE


@inlined_kernel
def give_packet(
    packets: Packets, place: int, packet: int, time_ps: int, core: int, key_class: int
) -> None:
    """Write row `place` of the packets to be sent: 40 bits that `core` sends at `time_ps`."""
    row = packets.sends[place]
    row[Send.TIME] = time_ps
    row[Send.CORE] = core
    row[Send.WORD] = (packet << PACKET_SHIFT) | (key_class << CLASS_SHIFT) | (LOCAL << INPUT_SHIFT)
    row[Send.AFTER] = EMPTY


@inlined_kernel
def happen(
    memory: Memory,
    packets: Packets,
    event: int,
    now: int,
) -> None:
    """Let one event happen."""
    n_chips = memory[Number.N_CHIPS]
    if event < SUBMIT * n_chips:
        if event >= ARRIVE * n_chips:
            arrive(memory, packets, event - ARRIVE * n_chips, now)
        elif event >= LINK * n_chips:
            finish(memory, event - LINK * n_chips, now)
        else:
            reach_lane(memory, event, now)
    elif event < ROUTE * n_chips:
        submit(memory, packets, event - SUBMIT * n_chips, now)
    elif event < DUMP * n_chips:
        turn(memory, packets, event - ROUTE * n_chips, now)
    elif event < REINJECT * n_chips:
        empty_dump(memory, event - DUMP * n_chips, now)
    else:
        reinject(memory, event - REINJECT * n_chips, now)
