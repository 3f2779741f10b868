"""The picture of a machine from the tables ``chips``, ``shares`` and ``links`` of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.datatable import Table
from host.pictures.picture import MachinePicture
from router.geometry import LINK_VECTORS, N_LINKS, Link

__all__ = ["picture_of_tables"]


def picture_of_tables(tables: Mapping[str, Table], names: Sequence[str]) -> MachinePicture:
    """Collect what a picture of a machine shows.

    Parameters
    ----------
    tables : mapping of str to Table
        As of `host.chips.machine_tables`.
    names : sequence of str
        Populations in the order in which colours are given.

    Returns
    -------
    MachinePicture
        Loads of links are packets/s of the machine's time.
    """
    chips, shares = tables["chips"].columns, tables["shares"].columns
    is_dead = np.array(chips["is_dead"], bool)
    xy = np.stack([np.array(chips[axis], np.int64) for axis in "xy"], axis=1)
    board = np.array(chips["board"], np.int64)
    number = {name: k for k, name in enumerate(names)}
    found = np.stack(
        [
            np.array(shares["chip"], np.int64),
            np.array([number[str(name)] for name in shares["population"]], np.int64),
            np.array(shares["cores"], np.int64),
        ],
        axis=1,
    )
    width, height = (int(side) for side in xy.max(axis=0) + 1)
    neighbours, load = _links(tables["links"].columns, int((~is_dead).sum()))
    return MachinePicture(
        width=width,
        height=height,
        wrap=_wraps(xy[~is_dead], neighbours),
        xy=xy[~is_dead],
        neighbours=neighbours,
        board=board[~is_dead],
        idle_cores=np.array([v for v in chips["cores_idle"] if v is not None], np.int64),
        dead_xy=xy[is_dead],
        dead_board=board[is_dead],
        shares=found,
        members=tuple(map(str, shares["members"])),
        population_names=tuple(names),
        link_load=load,
    )


def _links(
    columns: Mapping[str, Sequence[Any]], n_chips: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Neighbour over each link of each chip, -1 where there is none, and packets/s."""
    at = np.array(columns["chip"], np.int64), np.array([Link[k] for k in columns["link"]], np.int64)
    neighbours = np.full((n_chips, N_LINKS), -1, np.int64)
    load = np.zeros((n_chips, N_LINKS))
    neighbours[at], load[at] = columns["neighbour"], columns["packets_hz"]
    return neighbours, load


def _wraps(xy: NDArray[np.int64], neighbours: NDArray[np.int64]) -> bool:
    """Whether a link leads elsewhere than to the adjacent place."""
    there = xy[neighbours] - xy[:, np.newaxis]
    goes_round = np.any(there != LINK_VECTORS, axis=2) & (neighbours >= 0)
    return bool(goes_round.any())
