"""A sheet of square columns with periodic edges: from which columns comes what a neuron receives.

Neurons lie uniformly in columns of 1 mm2. The probability of a connection falls off with distance r
as ``exp(-r / beta)`` and is 0 beyond a radius. For a target anywhere in its column, the share that
each column has of the in-degree is the integral over all pairs of points, and so are the moments of
the distance of connected pairs. In polar coordinates about the target a source at (u, v) lies a
whole number of columns away, in each direction, with probabilities linear in the fraction of u or
v; between the lines where that number changes all is smooth, so that Gauss-Legendre quadrature
between these is exact to some 1e-13.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reach", "reaches"]

N_NODES = 24
"""Nodes of quadrature per piece and direction: with twice as many shares change by some 1e-14."""

Floats = NDArray[np.float64]


class Reach(NamedTuple):
    """What a column receives from the one that lies `dx`, `dy` columns away.

    Attributes
    ----------
    dx, dy : int
        In ``range(side)``.
    share : float
        Of the in-degree; the shares of all columns of the sheet add up to 1.
    mean_mm, sd_mm : float
        Mean and standard deviation of the distance (mm) of connected pairs.
    nearest_mm : float
        Smallest distance (mm) of points of the two columns.
    """

    dx: int
    dy: int
    share: float
    mean_mm: float
    sd_mm: float
    nearest_mm: float


def reaches(side: int, beta_mm: float, radius_mm: float, n_nodes: int = N_NODES) -> list[Reach]:
    """Shares of all columns of a sheet of ``side * side`` columns that have any.

    Parameters
    ----------
    side : int
        Columns along each edge. On a sheet smaller than the radius a column is met again and again
        around the edges, and has the sum.
    beta_mm : float
        Decay of the profile (mm).
    radius_mm : float
        Largest distance of a connection (mm).
    n_nodes : int
        Nodes of quadrature per piece and direction.
    """
    r, angle, weight = _quadrature(radius_mm, n_nodes)
    weight *= r * np.exp(-r / beta_mm)
    moments = np.zeros((3, side, side))
    for signs in np.ndindex(2, 2):
        u, v = (
            np.where(sign, -1, 1) * part
            for sign, part in zip(signs, (r * np.cos(angle), r * np.sin(angle)), strict=True)
        )
        for x, p_x in _columns_away(u):
            for y, p_y in _columns_away(v):
                for power in range(3):
                    values = weight * p_x * p_y * r**power
                    np.add.at(moments[power], (x % side, y % side), values)
    total, first, second = moments / moments[0].sum()
    found = []
    for dx, dy in np.argwhere(total > 0).tolist():
        # columns that are alike by symmetry have the same values, to the last bit
        away: list[int] = sorted(min(d, side - d) for d in (dx, dy))
        at = away[0], away[1]
        share, mean = float(total[at]), float(first[at] / total[at])
        sd = math.sqrt(float(second[at] / total[at]) - mean**2)
        found.append(Reach(dx, dy, share, mean, sd, math.hypot(*(max(0, d - 1) for d in away))))
    return found


def _columns_away(distance: Floats) -> list[tuple[NDArray[np.int64], Floats]]:
    """Whole columns that a point at `distance` from a uniform one may be away, and how likely."""
    whole = np.floor(distance)
    fraction = distance - whole
    fewer = whole.astype(np.int64)
    return [(fewer, 1 - fraction), (fewer + 1, fraction)]


def _quadrature(radius: float, n_nodes: int) -> tuple[Floats, Floats, Floats]:
    """Radii, angles and weights for a quarter of a disc, without the factor r of the area."""
    lines = range(math.floor(radius) + 1)
    crossings = {math.hypot(i, j) for i in lines for j in lines}
    knots = [*sorted(r for r in crossings if r < radius), radius]
    t, w = np.polynomial.legendre.leggauss(n_nodes)
    t, w = (t + 1) / 2, w / 2
    pieces = []
    for near, far in pairwise(knots):
        # the square takes out the root by which arcs grow beyond a line
        r = (near + (far - near) * t**2)[:, np.newaxis]
        weight = (w * 2 * (far - near) * t)[:, np.newaxis, np.newaxis]
        crossed, ends = np.arange(1, math.floor(near) + 1) / r, np.zeros_like(r)
        angles = np.concatenate([ends, np.arccos(crossed), np.arcsin(crossed), ends + np.pi / 2], 1)
        angles.sort(axis=1)
        spans = np.diff(angles)[:, :, np.newaxis]
        angle = angles[:, :-1, np.newaxis] + spans * t
        radii = np.broadcast_to(r[:, :, np.newaxis], angle.shape)
        pieces.append(np.stack([radii, angle, weight * spans * w]).reshape(3, -1))
    r, angle, weight = np.concatenate(pieces, axis=1)
    return r, angle, weight
