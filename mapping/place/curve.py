"""An order of chips in which neighbours in the order are mostly neighbours on the mesh."""

import numpy as np
from numpy.typing import NDArray

from router import Topology

__all__ = ["hilbert_order"]


def hilbert_order(topology: Topology) -> NDArray[np.int64]:
    """Chips board by board, both along a Hilbert curve.

    The curve fills the smallest enclosing square of a power of two. A board comes where the curve
    first meets it, and its chips follow in the order of the curve, so that a network leaves as few
    boards as it can.

    Returns
    -------
    ndarray of int64, shape (n_chips,)
        Chip numbers.

    Notes
    -----
    From the largest quadrants to the smallest, the curve visits lower left, upper left, upper
    right, lower right; the first is mirrored at the diagonal and the last at the other diagonal.
    """
    x, y = topology.xy.T.astype(np.int64)
    along = np.zeros(topology.n_chips, np.int64)
    side = 1 << (max(topology.width, topology.height) - 1).bit_length()
    half = side // 2
    while half:
        right, upper = x >= half, y >= half
        along = 4 * along + np.where(right, 3 - upper, upper)
        x, y = x % half, y % half
        swap_back, swap = right & ~upper, ~right & ~upper
        x, y = (
            np.where(swap_back, half - 1 - y, np.where(swap, y, x)),
            np.where(swap_back, half - 1 - x, np.where(swap, x, y)),
        )
        half //= 2
    first = np.full(int(topology.board.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, topology.board, along)
    return np.lexsort((along, first[topology.board]))
