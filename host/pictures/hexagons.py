"""Where hexagons lie, how they are cut into shares, and where boards end.

Chips are hexagons with a corner on top. The axes of a machine are oblique: a step north is half a
hexagon to the left and a row up, so that the six neighbours over E, NE, N, W, SW and S are the six
adjacent hexagons. Positions are whole numbers: 52 across a hexagon and 45 between rows, which is
regular within 0.1 % (26 / 15 = 1.733 for the square root of 3). As in SVG, y runs downwards.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from router.geometry import LINK_VECTORS, N_LINKS

__all__ = [
    "ACROSS",
    "CORNERS",
    "HEXAGON",
    "LINK_STEPS",
    "board_borders",
    "centres",
    "edge",
    "share_polygons",
    "unwrapped",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACROSS = 52
ROW = 45
CORNERS: Ints = np.array([[0, -30], [26, -15], [26, 15], [0, 30], [-26, 15], [-26, -15]], np.int64)
"""Corners of a hexagon around its centre, from the top clockwise."""
CORNERS.setflags(write=False)
HEXAGON = "m0-30l26 15v30l-26 15-26-15v-30z"
"""Steps of a path around a hexagon, from its centre."""


def centres(places: NDArray[np.integer]) -> Ints:
    """Centres of the hexagons at `places`, shape (n, 2) both.

    >>> centres(np.array([[1, 0], [1, 1], [0, 1]])).tolist()
    [[52, 0], [26, -45], [-26, -45]]
    """
    x, y = np.asarray(places, np.int64).T
    return np.stack([ACROSS * x - ACROSS // 2 * y, -ROW * y], axis=1)


LINK_STEPS: Ints = centres(LINK_VECTORS)
"""Step from centre to centre over each link, shape (6, 2)."""
LINK_STEPS.setflags(write=False)


def edge(link: int) -> Ints:
    """Ends of the edge that a hexagon shares with its neighbour over `link`, shape (2, 2)."""
    return CORNERS[[(1 - link) % N_LINKS, (2 - link) % N_LINKS]]


def unwrapped(xy: NDArray[np.integer], board: NDArray[np.integer], width: int, height: int) -> Ints:
    """Move chips of a torus by whole turns, so that every board is in one piece.

    Parameters
    ----------
    xy : ndarray of int, shape (n_chips, 2)
        Within `width` and `height`.
    board : ndarray of int, shape (n_chips,)
    width, height : int

    Returns
    -------
    ndarray of int64, shape (n_chips, 2)
        Where a board goes over the seam, the chips before the widest gap among its columns are one
        turn on; likewise for rows.
    """
    found = np.array(xy, np.int64)
    order = np.argsort(board, kind="stable")
    starts = np.flatnonzero(np.diff(board[order], prepend=-2))
    for chips in np.split(order, starts[1:]):
        for axis, size in enumerate((width, height)):
            taken = np.unique(found[chips, axis])
            gaps = np.diff(taken, append=taken[:1] + size)
            widest = int(np.argmax(gaps)) if len(gaps) else 0
            if len(gaps) and gaps[widest] > max(1, gaps[-1]):
                found[chips, axis] += size * (found[chips, axis] <= taken[widest])
    return found


def board_borders(places: Ints, board: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Chips and links at whose edge a board ends, each edge once.

    Parameters
    ----------
    places : ndarray of int64, shape (n_chips, 2)
    board : ndarray of int, shape (n_chips,)

    Returns
    -------
    list of (chip, link)
    """
    if not len(places):
        return []
    at = places - places.min(axis=0) + 1
    grid = np.full(tuple(at.max(axis=0) + 2), -1, np.int64)
    grid[at[:, 0], at[:, 1]] = board
    beyond = at[:, np.newaxis] + LINK_VECTORS
    other = grid[beyond[..., 0], beyond[..., 1]]
    ends = other != board[:, np.newaxis]
    ends[:, N_LINKS // 2 :] &= other[:, N_LINKS // 2 :] < 0
    return [(int(chip), int(link)) for chip, link in np.argwhere(ends)]


def share_polygons(shares: NDArray[np.integer]) -> list[Floats]:
    """Cut a hexagon into slices of the areas `shares`, clockwise from the top.

    Parameters
    ----------
    shares : ndarray of int, shape (n_shares,)
        Positive.

    Returns
    -------
    list of ndarray of float64, shape (n_corners, 2)
        Corners of each slice; of a single one, those of the hexagon.

    Notes
    -----
    A slice's area is in proportion to its part of the perimeter, since every edge is as far from
    the centre.
    """
    if len(shares) == 1:
        return [CORNERS.astype(np.float64)]
    ends = np.concatenate([[0], np.cumsum(shares)]) * (N_LINKS / np.sum(shares))
    return [_slice(start, stop) for start, stop in pairwise(ends)]


def _slice(start: float, stop: float) -> Floats:
    whole = np.arange(np.floor(start) + 1, np.ceil(stop))
    return np.concatenate([[[0.0, 0.0]], _perimeter(np.array([start, *whole, stop]))])


def _perimeter(at: Floats) -> Floats:
    first = np.floor(at).astype(np.int64)
    part = (at - first)[:, np.newaxis]
    return CORNERS[first % N_LINKS] * (1.0 - part) + CORNERS[(first + 1) % N_LINKS] * part
