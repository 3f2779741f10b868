"""Directions and distances on the hexagonal mesh of chips.

Each chip has six links. East and north are the axes; north-east is one step along both, so a
vector (x, y) can be written with three coordinates (x, y, z) where one step of z leads south-west
and (1, 1, 1) is no move at all. The shortest form of a vector has a zero among its three.

Link numbers and directions: SpiNNaker datasheet v2.02, 10.4 (bits 0 to 5 of a route).
"""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LINK_VECTORS",
    "N_LINKS",
    "Link",
    "distance",
    "opposite",
    "shortest_vector",
    "three_coordinates",
]

N_LINKS = 6


class Link(IntEnum):
    """The six links of a chip; the value is the bit in a route."""

    E = 0
    NE = 1
    N = 2
    W = 3
    SW = 4
    S = 5


LINK_VECTORS: NDArray[np.int32] = np.array(
    [[1, 0], [1, 1], [0, 1], [-1, 0], [-1, -1], [0, -1]], dtype=np.int32
)
"""Step (x, y) over each link, shape (6, 2)."""
LINK_VECTORS.setflags(write=False)


def opposite(link: int) -> int:
    """Link that leads back, which is also the name of `link` at the chip it leads to.

    >>> opposite(Link.NE) == Link.SW
    True
    """
    return (link + 3) % N_LINKS


def three_coordinates(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Shortest three-coordinate form of the vectors (`x`, `y`).

    Parameters
    ----------
    x, y : array_like of int
        Steps east and north, shapes that broadcast to `shape`.

    Returns
    -------
    ndarray of int64, shape (*shape, 3)
        Steps along east, north and south-west; the middle one of the three is 0.

    Notes
    -----
    ``(x, y, 0) - median(x, y, 0)``, since (1, 1, 1) is no move.
    """
    xyz = np.stack(np.broadcast_arrays(x, y, 0), axis=-1).astype(np.int64)
    return xyz - np.sort(xyz, axis=-1)[..., 1:2]


def distance(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Links on a shortest path along the vectors (`x`, `y`), without wrap.

    Returns
    -------
    ndarray of int64
        ``max(x, y, 0) - min(x, y, 0)``.

    Examples
    --------
    >>> distance([2, 2], [3, -3]).tolist()
    [3, 5]
    """
    x, y = np.asarray(x, dtype=np.int64), np.asarray(y, dtype=np.int64)
    longest: NDArray[np.int64] = np.maximum(np.maximum(x, y), 0) - np.minimum(np.minimum(x, y), 0)
    return longest


def shortest_vector(
    x: ArrayLike, y: ArrayLike, width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Shortest vectors that lead where (`x`, `y`) lead on a torus.

    Parameters
    ----------
    x, y : array_like of int
        Steps east and north.
    width, height : int
        Chips along each axis of the torus.

    Returns
    -------
    x, y : ndarray of int64
        Of the four ways around the torus the shortest; of equally short ones the first in the
        order: no wrap, west, south, both.

    Examples
    --------
    >>> [int(v) for v in shortest_vector(11, 1, 12, 12)]
    [-1, 1]
    """
    east = np.mod(np.asarray(x, dtype=np.int64), width)
    north = np.mod(np.asarray(y, dtype=np.int64), height)
    xs = np.stack([east, east - width, east, east - width])
    ys = np.stack([north, north, north - height, north - height])
    best = np.argmin(distance(xs, ys), axis=0)[np.newaxis]
    return np.take_along_axis(xs, best, 0)[0], np.take_along_axis(ys, best, 0)[0]
