"""What a picture of a machine shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.geometry import N_LINKS
from router.readonly import freeze_arrays

__all__ = ["MachinePicture"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MachinePicture:
    """Chips, what their cores do, and what their links carry.

    Attributes
    ----------
    width, height : int
        Size of the rectangle that holds every chip.
    wrap : bool
        Whether its opposite sides are joined.
    xy : ndarray of int, shape (n_chips, 2)
    neighbours : ndarray of int, shape (n_chips, 6)
        Chip over each link, -1 where there is none, -2 where it is not shown.
    board : ndarray of int, shape (n_chips,)
    idle_cores : ndarray of int, shape (n_chips,)
        Application cores of each chip that run nothing.
    dead_xy : ndarray of int, shape (n_dead, 2)
        Positions whose chip is dead.
    dead_board : ndarray of int, shape (n_dead,)
        Board that each of them lies on.
    shares : ndarray of int, shape (n_shares, 3)
        Chip, population, and number of cores of that population on that chip; by chip, then
        population.
    members : tuple of str
        The members that these cores hold or serve, in words; empty, or one for each share.
    population_names : tuple of str
    link_load : ndarray of float64, shape (n_chips, 6), or None
        Packets/s that each chip sends over each link.
    title : str
    captions : tuple of str
        Lines below the title.

    Raises
    ------
    ValueError
        If shapes do not agree.
    """

    width: int
    height: int
    wrap: bool
    xy: NDArray[np.integer]
    neighbours: NDArray[np.integer]
    board: NDArray[np.integer]
    idle_cores: NDArray[np.integer]
    dead_xy: NDArray[np.integer]
    dead_board: NDArray[np.integer]
    shares: NDArray[np.integer]
    members: tuple[str, ...] = ()
    population_names: tuple[str, ...] = ()
    link_load: NDArray[np.float64] | None = None
    title: str = ""
    captions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.xy)
        shapes = {
            "xy": (n, 2),
            "neighbours": (n, N_LINKS),
            "board": (n,),
            "idle_cores": (n,),
            "dead_xy": (len(self.dead_xy), 2),
            "dead_board": (len(self.dead_xy),),
            "shares": (len(self.shares), 3),
            "link_load": (n, N_LINKS),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                msg = f"{name} of a picture has shape {array.shape}, must be {shape}"
                raise ValueError(msg)
        if len(self.members) not in (0, len(self.shares)):
            msg = f"a picture has {len(self.members)} members for {len(self.shares)} shares"
            raise ValueError(msg)
        freeze_arrays(self)

    @property
    def n_chips(self) -> int:
        """Number of living chips."""
        return len(self.xy)

    @property
    def used_cores(self) -> NDArray[np.int64]:
        """Cores of each chip that run something, shape (n_chips,)."""
        counts = np.zeros(self.n_chips, np.int64)
        np.add.at(counts, self.shares[:, 0], self.shares[:, 2])
        return counts
