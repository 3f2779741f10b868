"""Where everything in a picture of a machine lies, and how much of it is drawn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.pictures.hexagons import ACROSS, ROW, centres, unwrapped
from host.pictures.picture import MachinePicture

__all__ = ["Ground", "survey"]

MOST_DETAILED = 2_500
"""Chips of the largest machine whose chips are drawn in slices."""
MOST_TOOLTIPS = 1_500
"""Chips of the largest machine with tooltips."""
INNER_WITH_LINKS = 0.66
INNER = 0.95


class Ground(NamedTuple):
    """Lengths are those of `host.pictures.hexagons`; boards are in one piece.

    Attributes
    ----------
    places, dead_places : ndarray of int64, shape (n, 2)
        Position of each living or dead chip.
    at, dead_at : ndarray of int64, shape (n, 2)
        Centre of its hexagon.
    low, high : ndarray of int64, shape (2,)
        Corners of the picture, with a margin for what juts out.
    inner : float
        Size of what is drawn for a chip, as a part of its hexagon.
    is_detailed, has_tooltips : bool
    """

    places: NDArray[np.int64]
    dead_places: NDArray[np.int64]
    at: NDArray[np.int64]
    dead_at: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    inner: float
    is_detailed: bool
    has_tooltips: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.high - self.low
        return int(width), int(height)


def survey(picture: MachinePicture) -> Ground:
    """Find where each chip of `picture` lies."""
    xy = np.concatenate([picture.xy, picture.dead_xy]).astype(np.int64)
    board = np.concatenate([picture.board, picture.dead_board])
    if picture.wrap:
        xy = unwrapped(xy, board, picture.width, picture.height)
    at, n = centres(xy), picture.n_chips
    margin = np.array([ACROSS + 8, ROW + 8])
    corners = at if len(at) else np.zeros((1, 2), np.int64)
    return Ground(
        places=xy[:n],
        dead_places=xy[n:],
        at=at[:n],
        dead_at=at[n:],
        low=corners.min(axis=0) - margin,
        high=corners.max(axis=0) + margin,
        inner=INNER if picture.link_load is None else INNER_WITH_LINKS,
        is_detailed=n <= MOST_DETAILED,
        has_tooltips=n <= MOST_TOOLTIPS,
    )
