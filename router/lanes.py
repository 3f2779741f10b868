"""Serial lanes between boards: the eight links that cross one side of a board share one.

The three kinds of boards of a triad tile the plane with a period of 12 chips, so the position of a
chip tells where on its board it lies, and a link that leaves the board leads into one of the six
hexagons around it. Source: SpiNNaker 5 board link diagram ("spin5-links"); spiNNlink.
"""

import numpy as np
from numpy.typing import NDArray

from router.geometry import LINK_VECTORS, N_LINKS
from router.topology import BOARD_ROWS, TRIAD_OFFSETS, TRIAD_SIDE, Topology

__all__ = ["N_SIDES", "lanes"]

N_SIDES = 6
SIDES = ((8, 4), (4, 8), (-4, 4), (-8, -4), (-4, -8), (4, -4))
"""From the origin of a board to those of the boards around it."""


def lanes(topology: Topology) -> NDArray[np.int32]:
    """Lane that the packets of each link take to the next board.

    Returns
    -------
    ndarray of int32, shape (n_chips, 6)
        ``6 * board + side`` for living links to another board, else -1.
    """
    local = _on_board(topology.xy)
    found = np.full((topology.n_chips, N_LINKS), -1, np.int32)
    for chip, link in np.argwhere(topology.is_board_crossing):
        x, y = local[chip] + LINK_VECTORS[link]
        side = next(s for s, (x0, y0) in enumerate(SIDES) if _is_on_board(x - x0, y - y0))
        found[chip, link] = N_SIDES * topology.board[chip] + side
    return found


def _is_on_board(x: int, y: int) -> bool:
    return 0 <= y < len(BOARD_ROWS) and BOARD_ROWS[y][0] <= x <= BOARD_ROWS[y][1]


def _on_board(xy: NDArray[np.int32]) -> NDArray[np.int32]:
    """Positions on the board of 48 chips that each position of the plane belongs to."""
    period = np.full((TRIAD_SIDE, TRIAD_SIDE, 2), -1, np.int32)
    for x0, y0 in TRIAD_OFFSETS:
        for y, (first, last) in enumerate(BOARD_ROWS):
            for x in range(first, last + 1):
                period[(x0 + x) % TRIAD_SIDE, (y0 + y) % TRIAD_SIDE] = x, y
    return period[xy[:, 0] % TRIAD_SIDE, xy[:, 1] % TRIAD_SIDE]
