"""Leave out the boards of a large machine on which nothing happens."""

from dataclasses import replace

import numpy as np

from host.pictures.picture import MachinePicture

__all__ = ["BEYOND", "focused"]

BEYOND = -2
"""Neighbour over a living link to a chip that is left out."""
WHOLE_UP_TO = 1_500
"""Chips of the largest machine that is shown with its empty boards."""


def focused(picture: MachinePicture) -> MachinePicture:
    """Leave out boards without work and without packets, if these are most of a large machine.

    Parameters
    ----------
    picture : MachinePicture

    Returns
    -------
    MachinePicture
        `picture` itself, or one of the other boards, with a caption that says so. Links to boards
        that are left out lead to the neighbour `BEYOND`.
    """
    is_busy = picture.used_cores > 0
    if picture.link_load is not None:
        sends = picture.link_load.sum(axis=1) > 0
        is_busy = is_busy | sends
    boards, all_boards = np.unique(picture.board[is_busy]), np.unique(picture.board)
    if picture.n_chips <= WHOLE_UP_TO or not 0 < len(boards) <= len(all_boards) // 2:
        return picture
    kept = np.isin(picture.board, boards)
    number = np.append(np.where(kept, np.cumsum(kept) - 1, BEYOND), -1)
    is_dead_kept = np.isin(picture.dead_board, boards)
    left_out = len(all_boards) - len(boards)
    shares = picture.shares.copy()
    shares[:, 0] = number[shares[:, 0]]
    return replace(
        picture,
        xy=picture.xy[kept],
        neighbours=number[picture.neighbours[kept]],
        board=picture.board[kept],
        idle_cores=picture.idle_cores[kept],
        dead_xy=picture.dead_xy[is_dead_kept],
        dead_board=picture.dead_board[is_dead_kept],
        shares=shares,
        link_load=None if picture.link_load is None else picture.link_load[kept],
        captions=(
            *picture.captions,
            f"Left out: {left_out:,} boards that run nothing and pass on nothing.",
        ),
    )
