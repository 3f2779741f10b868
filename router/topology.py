"""Which chips there are, how they are joined, and how many of their cores work.

A `Topology` numbers the living chips densely, along x and then y, and tells for each of them the
neighbour over each link. A SpiNN-5 board is a hexagon of 48 chips; three boards form a triad that
tiles 12 x 12 chips, and a rectangle of triads closes to a torus.

Geometry of board and triad: SpiNNaker 5 board link diagram ("spin5-links"), and Heathcote
2016 (PhD thesis, Manchester), chapter 2. Chips with 17 cores: SpiNNMachine, `CHIPS_PER_BOARD`.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.errors import TopologyError
from router.geometry import LINK_VECTORS, N_LINKS, distance, opposite, shortest_vector
from router.readonly import freeze_arrays

__all__ = [
    "CHIPS_PER_BOARD",
    "MOST_CORES",
    "Topology",
    "damaged",
    "listed_chips",
    "mesh",
    "spinn5_boards",
]

CHIPS_PER_BOARD = 48
SPINNAKER1_CORES = 18
MOST_CORES = 255
"""Most cores of a chip; those of SpiNNaker 2 have 153 (SpiNNMachine, `version_spin2.py`)."""
BOARD_ROWS = ((0, 4), (0, 5), (0, 6), (0, 7), (1, 7), (2, 7), (3, 7), (4, 7))
"""First and last x of each row y of a board."""
SHORT_OF_ONE_CORE = frozenset([(1, 1), (1, 3), (3, 1), (3, 3), (3, 5), (5, 2), (5, 4), (5, 6)])
"""Chips of a board that have 17 cores instead of 18."""
TRIAD_OFFSETS = ((0, 0), (4, 8), (8, 4))
TRIAD_SIDE = 12


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """Living chips and links of a machine.

    Attributes
    ----------
    width, height : int
        Size of the rectangle that holds every chip.
    wrap : bool
        Whether opposite sides of the rectangle are joined.
    xy : ndarray of int32, shape (n_chips, 2)
        Position of each chip, sorted by x, then y; the row is the chip's number.
    chip_id : ndarray of int32, shape (width, height)
        Number of the chip at (x, y), -1 where there is none.
    neighbours : ndarray of int32, shape (n_chips, 6)
        Chip over each link, -1 where the link is dead or leads nowhere.
    board : ndarray of int32, shape (n_chips,)
        Board that each chip lies on.
    is_ethernet : ndarray of bool, shape (n_chips,)
        Chips joined to the host's network.
    cores : ndarray of int16, shape (n_chips,)
        Working cores of each chip, the monitor's included.
    """

    width: int
    height: int
    wrap: bool
    xy: NDArray[np.int32]
    chip_id: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    board: NDArray[np.int32]
    is_ethernet: NDArray[np.bool_]
    cores: NDArray[np.int16]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_chips(self) -> int:
        """Number of living chips."""
        return len(self.xy)

    @property
    def n_boards(self) -> int:
        """Number of boards with a living chip."""
        return len(np.unique(self.board))

    @property
    def n_cores(self) -> int:
        """Number of working cores."""
        return int(self.cores.sum())

    @property
    def n_links(self) -> int:
        """Number of living links, each direction counted."""
        return int(np.count_nonzero(self.is_link_alive))

    @property
    def is_link_alive(self) -> NDArray[np.bool_]:
        """Which links live, shape (n_chips, 6)."""
        alive: NDArray[np.bool_] = self.neighbours >= 0
        return alive

    @property
    def is_board_crossing(self) -> NDArray[np.bool_]:
        """Which living links lead to another board, shape (n_chips, 6)."""
        crosses: NDArray[np.bool_] = self.board[self.neighbours] != self.board[:, np.newaxis]
        return crosses & self.is_link_alive

    def chip(self, x: int, y: int) -> int:
        """Number of the chip at (`x`, `y`).

        Raises
        ------
        TopologyError
            If there is no living chip.
        """
        inside = 0 <= x < self.width and 0 <= y < self.height
        found = int(self.chip_id[x, y]) if inside else -1
        if found < 0:
            msg = f"no living chip at ({x}, {y}) of a machine of {self.width} x {self.height}"
            raise TopologyError(msg)
        return found

    def distance(self, source: int, targets: NDArray[np.int32]) -> NDArray[np.int64]:
        """Links from chip `source` to each of the chips `targets` if no link were dead."""
        x, y = (self.xy[targets] - self.xy[source]).T.astype(np.int64)
        if self.wrap:
            x, y = shortest_vector(x, y, self.width, self.height)
        return distance(x, y)


def mesh(
    width: int,
    height: int,
    *,
    wrap: bool = False,
    cores: int = SPINNAKER1_CORES,
    dead_chips: Collection[tuple[int, int]] = (),
    dead_links: Collection[tuple[int, int, int]] = (),
    dead_cores: Collection[tuple[int, int, int]] = (),
) -> Topology:
    """Build a plain rectangle of chips, all on one board.

    Parameters
    ----------
    width, height : int
        Chips along each axis.
    wrap : bool
        Whether opposite sides are joined.
    cores : int
        Cores per chip, at most `MOST_CORES`.
    dead_chips, dead_links, dead_cores
        As for `spinn5_boards`.

    Raises
    ------
    TopologyError
    """
    _check_size(width, height)
    if not 0 <= cores <= MOST_CORES:
        msg = f"a chip has 0 to {MOST_CORES} cores, got {cores}"
        raise TopologyError(msg)
    frame = _Frame.empty(width, height, wrap=wrap)
    frame.board[:] = 0
    frame.cores[:] = frame.most_cores = cores
    frame.is_ethernet[0, 0] = True
    return frame.finish(dead_chips, dead_links, dead_cores)


def listed_chips(
    width: int,
    height: int,
    xy: NDArray[np.int64],
    *,
    wrap: bool,
    cores: NDArray[np.int64],
    board: NDArray[np.int64],
    is_ethernet: NDArray[np.bool_],
    dead_links: Collection[tuple[int, int, int]] = (),
) -> Topology:
    """Build a machine of the chips listed, in any order.

    Parameters
    ----------
    width, height : int
        Size of the rectangle that holds every chip.
    xy : ndarray of int64, shape (n_chips, 2)
        Position of each chip.
    wrap : bool
        Whether opposite sides are joined.
    cores, board : ndarray of int64, shape (n_chips,)
        Working cores of each chip, and the board that it lies on.
    is_ethernet : ndarray of bool, shape (n_chips,)
    dead_links : collection of (x, y, link)
        Dead in both directions.

    Raises
    ------
    TopologyError
        If there is no chip, a chip lies outside, is listed twice or has too many cores, or a dead
        link is none of a chip.
    """
    _check_size(width, height)
    _check_listed(width, height, xy, cores)
    frame = _Frame.empty(width, height, wrap=wrap)
    at = xy[:, 0], xy[:, 1]
    frame.board[at], frame.cores[at], frame.is_ethernet[at] = board, cores, is_ethernet
    return frame.finish((), dead_links, ())


def damaged(
    topology: Topology,
    *,
    dead_chips: Collection[tuple[int, int]] = (),
    dead_links: Collection[tuple[int, int, int]] = (),
    dead_cores: Collection[tuple[int, int, int]] = (),
) -> Topology:
    """Build `topology` without some of its parts; parameters and errors as of `spinn5_boards`."""
    frame = _Frame.empty(topology.width, topology.height, wrap=topology.wrap)
    at = topology.xy[:, 0], topology.xy[:, 1]
    frame.board[at], frame.cores[at] = topology.board, topology.cores
    frame.is_ethernet[at] = topology.is_ethernet
    frame.most_cores = int(topology.cores.max(initial=0))
    chip, link = np.nonzero(~topology.is_link_alive)
    dead = zip(*topology.xy[chip].T.tolist(), link.tolist(), strict=True)
    return frame.finish(dead_chips, [*dead, *dead_links], dead_cores)


def spinn5_boards(
    n_boards: int,
    *,
    dead_chips: Collection[tuple[int, int]] = (),
    dead_links: Collection[tuple[int, int, int]] = (),
    dead_cores: Collection[tuple[int, int, int]] = (),
) -> Topology:
    """Build a machine of SpiNN-5 boards.

    Multiples of three boards make the most nearly square rectangle of triads, closed to a torus.
    Any other number fills such a rectangle triad by triad, leaves the last boards out and does
    not wrap.

    Parameters
    ----------
    n_boards : int
        Number of boards, at least 1.
    dead_chips : collection of (x, y)
    dead_links : collection of (x, y, link)
        Dead in both directions.
    dead_cores : collection of (x, y, core)
        Each takes one from the chip's working cores, which are numbered anew without gaps.

    Raises
    ------
    TopologyError
        If there is no board, or a dead part does not exist.
    """
    if n_boards < 1:
        msg = f"a machine needs at least 1 board, got {n_boards}"
        raise TopologyError(msg)
    frame = _board_frame(n_boards)
    origins = _board_origins(n_boards)
    for board, (x0, y0) in enumerate(origins):
        frame.add_board(board, x0, y0)
    return frame.finish(dead_chips, dead_links, dead_cores)


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        msg = f"a machine needs at least 1 x 1 chips, got {width} x {height}"
        raise TopologyError(msg)


def _check_listed(width: int, height: int, xy: NDArray[np.int64], cores: NDArray[np.int64]) -> None:
    if not len(xy):
        msg = "a machine needs at least 1 chip, got none"
        raise TopologyError(msg)
    outside = np.any((xy < 0) | (xy >= (width, height)), axis=1)
    again = np.ones(len(xy), bool)
    again[np.unique(xy, axis=0, return_index=True)[1]] = False
    wrong = (cores < 0) | (cores > MOST_CORES)
    for is_wrong, why in (
        (outside, f"lies outside of {width} x {height}"),
        (again, "is listed twice"),
        (wrong, f"should have 0 to {MOST_CORES} cores"),
    ):
        if is_wrong.any():
            at = int(np.argmax(is_wrong))
            x, y = xy[at].tolist()
            msg = f"chip ({x}, {y}) with {cores[at]} cores {why}"
            raise TopologyError(msg)


def _triads(n_boards: int) -> tuple[int, int]:
    """Columns and rows of the most nearly square rectangle of triads."""
    n_triads = math.ceil(n_boards / 3)
    rows = next(r for r in range(math.isqrt(n_triads), 0, -1) if n_triads % r == 0)
    return n_triads // rows, rows


def _board_origins(n_boards: int) -> list[tuple[int, int]]:
    columns, rows = _triads(n_boards)
    origins = [
        (TRIAD_SIDE * column + x, TRIAD_SIDE * row + y)
        for column in range(columns)
        for row in range(rows)
        for x, y in TRIAD_OFFSETS
    ]
    return origins[:n_boards]


def _board_frame(n_boards: int) -> "_Frame":
    columns, rows = _triads(n_boards)
    if n_boards % 3 == 0:
        return _Frame.empty(TRIAD_SIDE * columns, TRIAD_SIDE * rows, wrap=True)
    origins = np.array(_board_origins(n_boards))
    width, height = (origins.max(axis=0) + len(BOARD_ROWS)).tolist()
    return _Frame.empty(width, height, wrap=False)


@dataclass(slots=True)
class _Frame:
    """A rectangle of positions that is being filled with chips; arrays of shape (width, height)."""

    wrap: bool
    board: NDArray[np.int32]  # -1: no chip
    cores: NDArray[np.int16]
    is_ethernet: NDArray[np.bool_]
    most_cores: int = SPINNAKER1_CORES

    @classmethod
    def empty(cls, width: int, height: int, *, wrap: bool) -> "_Frame":
        shape = (width, height)
        return cls(
            wrap, np.full(shape, -1, np.int32), np.zeros(shape, np.int16), np.zeros(shape, bool)
        )

    def add_board(self, board: int, x0: int, y0: int) -> None:
        width, height = self.board.shape
        self.is_ethernet[x0 % width, y0 % height] = True
        for y, (first, last) in enumerate(BOARD_ROWS):
            for x in range(first, last + 1):
                at = (x0 + x) % width, (y0 + y) % height
                self.board[at] = board
                self.cores[at] = SPINNAKER1_CORES - ((x, y) in SHORT_OF_ONE_CORE)

    def finish(
        self,
        dead_chips: Collection[tuple[int, int]],
        dead_links: Collection[tuple[int, int, int]],
        dead_cores: Collection[tuple[int, int, int]],
    ) -> Topology:
        for part in (*dead_chips, *dead_links, *dead_cores):
            self._check_part(part)
        for x, y, core in set(dead_cores):
            if not 0 <= core < self.most_cores:
                last = self.most_cores - 1
                msg = f"dead core {core} of chip ({x}, {y}): a chip has cores 0 to {last}"
                raise TopologyError(msg)
            self.cores[x, y] = max(0, self.cores[x, y] - 1)
        for x, y in dead_chips:
            self.board[x, y] = -1
        exists = self.board >= 0
        xy = np.argwhere(exists).astype(np.int32, order="C")  # kernels are compiled per order
        chip_id = np.full(exists.shape, -1, np.int32)
        chip_id[exists] = np.arange(len(xy), dtype=np.int32)
        neighbours = _neighbours(xy, chip_id, wrap=self.wrap)
        _cut(neighbours, chip_id, dead_links)
        return Topology(
            width=exists.shape[0],
            height=exists.shape[1],
            wrap=self.wrap,
            xy=xy,
            chip_id=chip_id,
            neighbours=neighbours,
            board=self.board[exists],
            is_ethernet=self.is_ethernet[exists],
            cores=self.cores[exists],
        )

    def _check_part(self, part: tuple[int, ...]) -> None:
        x, y = part[:2]
        width, height = self.board.shape
        if not (0 <= x < width and 0 <= y < height and self.board[x, y] >= 0):
            msg = f"cannot be dead: no chip at ({x}, {y}) of a machine of {width} x {height}"
            raise TopologyError(msg)


def _neighbours(
    xy: NDArray[np.int32], chip_id: NDArray[np.int32], *, wrap: bool
) -> NDArray[np.int32]:
    size = np.array(chip_id.shape, np.int32)
    there = xy[:, np.newaxis] + LINK_VECTORS
    inside = np.ones(there.shape[:2], bool)
    if not wrap:
        inside = np.all((there >= 0) & (there < size), axis=2)
    there %= size
    found = np.where(inside, chip_id[there[..., 0], there[..., 1]], -1)
    itself = found == np.arange(len(xy))[:, np.newaxis]  # a torus one chip wide
    return np.where(itself, -1, found).astype(np.int32, order="C")


def _cut(
    neighbours: NDArray[np.int32],
    chip_id: NDArray[np.int32],
    dead_links: Collection[tuple[int, int, int]],
) -> None:
    ends = []
    for x, y, link in dead_links:
        if not 0 <= link < N_LINKS:
            msg = f"dead link {link} of chip ({x}, {y}): links are 0 to {N_LINKS - 1}"
            raise TopologyError(msg)
        chip = int(chip_id[x, y])
        if chip >= 0 and neighbours[chip, link] >= 0:
            ends += [(chip, link), (int(neighbours[chip, link]), opposite(link))]
    for chip, link in ends:
        neighbours[chip, link] = -1
