"""How long packets take over the host link, and boards one after the other or side by side."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.loading.params import LoadingParams

__all__ = ["Lane", "lane_us", "longest_lane", "packet_us"]

Floats = NDArray[np.float64]
BITS_PER_BYTE = 8


class Lane(NamedTuple):
    """The boards that are written to one after the other, while others are in other lanes."""

    boards: tuple[int, ...]
    packets: float
    packets_us: float
    cores: int


def packet_us(params: LoadingParams, *, is_forwarded: bool) -> float:
    """Time per full packet of a stream to one chip.

    Parameters
    ----------
    params : LoadingParams
    is_forwarded : bool
        Whether the chip is another than that with the Ethernet.

    Returns
    -------
    float
        With a window of w, a packet takes at least a w-th of the whole way there and back, and at
        least as long as the slowest part of the way. With w = 1 the parts add up.
    """
    bit_us = 1e6 / params.link_hz
    wire_us = BITS_PER_BYTE * (params.packet_bytes + params.header_bytes) * bit_us
    reply_us = BITS_PER_BYTE * params.reply_bytes * bit_us
    forward_us = params.packet_bytes * params.forward_byte_us if is_forwarded else 0.0
    way_us = wire_us + params.turnaround_us + forward_us + reply_us
    return max(way_us / params.window, wire_us, params.packet_us, forward_us)


def longest_lane(
    n_bytes: Floats,
    board: NDArray[np.int64],
    is_ethernet: NDArray[np.bool_],
    params: LoadingParams,
) -> Lane:
    """Lane of boards that takes longest.

    Parameters
    ----------
    n_bytes : ndarray of float64, shape (n_vertices,)
        Sent to each vertex.
    board : ndarray of int64, shape (n_vertices,)
    is_ethernet : ndarray of bool, shape (n_vertices,)
        Whether it lies on the chip with the Ethernet of its board.
    params : LoadingParams

    Notes
    -----
    Boards are taken in order, each by the lane that is free first.
    """
    each_us = np.where(
        is_ethernet, packet_us(params, is_forwarded=False), packet_us(params, is_forwarded=True)
    )
    packets = np.ceil(n_bytes / params.packet_bytes)
    boards, at = np.unique(board, return_inverse=True)
    of_board = [
        np.bincount(at, weights, minlength=len(boards))
        for weights in (packets, packets * each_us, np.ones(len(at)))
    ]
    lanes = [Lane((), 0.0, 0.0, 0) for _ in range(min(params.parallel_boards, max(1, len(boards))))]
    for number, n_packets, us, n_cores in zip(boards, *of_board, strict=True):
        free = min(range(len(lanes)), key=lambda k: lane_us(lanes[k], params))
        lane = lanes[free]
        lanes[free] = Lane(
            (*lane.boards, int(number)),
            lane.packets + float(n_packets),
            lane.packets_us + float(us),
            lane.cores + int(n_cores),
        )
    return max(lanes, key=lambda lane: lane_us(lane, params))


def lane_us(lane: Lane, params: LoadingParams) -> float:
    """Time of a lane: its packets, and the exchanges with its cores."""
    return lane.packets_us + lane.cores * params.core_us
