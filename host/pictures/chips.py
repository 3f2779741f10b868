"""Chips: their hexagons, what runs on them, and the outlines of boards."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.pictures.ground import Ground
from host.pictures.hexagons import HEXAGON, board_borders, edge, share_polygons
from host.pictures.picture import MachinePicture
from host.pictures.scale import short
from host.pictures.svg import element, path, points, title
from router.geometry import Link

__all__ = [
    "draw_boards",
    "draw_cells",
    "draw_chips",
    "draw_dead_chips",
    "draw_shares",
    "share_starts",
]

IDLE, UNUSED = "idle", "unused"
"""Classes that stand for a colour where no population does."""


class Slice(NamedTuple):
    """What a colour, or a class, covers of a chip: steps of a path."""

    fill: str
    steps: str


def draw_cells(ground: Ground, unit: float) -> str:
    """Draw the hexagon of every living chip.

    Parameters
    ----------
    ground : Ground
    unit : float
        Pixels of a length of one, here and below.
    """
    return path(_hexagons(ground.at), "cell edge cells", stroke_width=min(3.0, 0.8 / unit))


def draw_boards(picture: MachinePicture, ground: Ground, unit: float) -> str:
    """Draw a line around every board."""
    places = np.concatenate([ground.places, ground.dead_places])
    at = np.concatenate([ground.at, ground.dead_at])
    borders = board_borders(places, np.concatenate([picture.board, picture.dead_board]))
    steps = []
    for chip, link in borders:
        (x0, y0), (x1, y1) = (at[chip] + edge(link)).tolist()
        steps.append(f"M{x0} {y0}l{x1 - x0} {y1 - y0}")
    width = min(16.0, max(2.4, 1.5 / unit)) if ground.is_detailed else 0.7 / unit
    return path(steps, "board", fill="none", stroke_width=width, stroke_linecap="round")


def draw_dead_chips(picture: MachinePicture, ground: Ground, unit: float) -> str:
    """Cross out the positions of dead chips."""
    crosses = (
        f"M{x - 11} {y - 11}l22 22M{x + 11} {y - 11}l-22 22" for x, y in ground.dead_at.tolist()
    )
    marks = path(_hexagons(ground.dead_at), "dead") + path(
        crosses, "cut", fill="none", stroke_width=max(4.0, 0.8 / unit), stroke_linecap="round"
    )
    if not ground.has_tooltips or not marks:
        return marks
    areas = (
        element("g", title(f"dead chip ({x}, {y})"), _hexagon(*at))
        for (x, y), at in zip(picture.dead_xy.tolist(), ground.dead_at.tolist(), strict=True)
    )
    return marks + "".join(areas)


def draw_chips(picture: MachinePicture, ground: Ground, colours: Sequence[str]) -> str:
    """Draw what runs on every chip.

    Parameters
    ----------
    picture : MachinePicture
    ground : Ground
    colours : sequence of str
        Of each population.
    """
    if not ground.has_tooltips:
        return _by_fill([part for chip in _slices(picture, ground, colours) for part in chip])
    words = _tooltips(picture)
    return "".join(
        element("g", title(words[chip]), _hexagon(x, y), drawn, kind="chip")
        for chip, (drawn, (x, y)) in enumerate(
            zip(draw_shares(picture, ground, colours), ground.at.tolist(), strict=True)
        )
    )


def draw_shares(picture: MachinePicture, ground: Ground, colours: Sequence[str]) -> list[str]:
    """Draw the populations of each chip for itself; parameters as of `draw_chips`."""
    return [_by_fill(parts) for parts in _slices(picture, ground, colours)]


def _slices(picture: MachinePicture, ground: Ground, colours: Sequence[str]) -> list[list[Slice]]:
    return (_sliced if ground.is_detailed else _dominant)(picture, ground, colours)


def _by_fill(slices: Sequence[Slice]) -> str:
    """One path for each colour."""
    steps = defaultdict(list)
    for part in slices:
        steps[part.fill].append(part.steps)
    return "".join(
        path(found, fill=fill) if fill.startswith("#") else path(found, fill)
        for fill, found in steps.items()
    )


def _hexagon(x: int, y: int) -> str:
    """A hexagon that is not seen, but where the pointer calls the tooltip."""
    return path(f"M{x} {y}{HEXAGON}", fill="none", pointer_events="all")


def _hexagons(at: NDArray[np.int64]) -> str:
    return "".join(f"M{x} {y}{HEXAGON}" for x, y in at.tolist())


def share_starts(picture: MachinePicture) -> NDArray[np.int64]:
    """First share of each chip, and the number of shares."""
    return np.searchsorted(picture.shares[:, 0], np.arange(picture.n_chips + 1))


def _sliced(picture: MachinePicture, ground: Ground, colours: Sequence[str]) -> list[list[Slice]]:
    found, starts = [], share_starts(picture)
    for chip in range(picture.n_chips):
        shares = picture.shares[starts[chip] : starts[chip + 1]]
        idle = int(picture.idle_cores[chip])
        fills = [colours[population] for population in shares[:, 1]]
        cores = shares[:, 2].tolist()
        if not fills:
            fills, cores = [UNUSED], [1]
        elif idle > 0:
            fills, cores = [*fills, IDLE], [*cores, idle]
        polygons = share_polygons(np.array(cores))
        drawn = (points(ground.at[chip] + ground.inner * polygon) for polygon in polygons)
        found.append([Slice(*part) for part in zip(fills, drawn, strict=True)])
    return found


def _dominant(picture: MachinePicture, ground: Ground, colours: Sequence[str]) -> list[list[Slice]]:
    fills = [UNUSED] * picture.n_chips
    order = np.argsort(picture.shares[:, 2], kind="stable")
    for chip, population, _ in picture.shares[order].tolist():
        fills[chip] = colours[population]
    return [
        [Slice(fill, f"M{x} {y}{HEXAGON}")]
        for fill, (x, y) in zip(fills, ground.at.tolist(), strict=True)
    ]


def _tooltips(picture: MachinePicture) -> list[str]:
    starts, used = share_starts(picture), picture.used_cores
    found = []
    for chip, (x, y) in enumerate(picture.xy.tolist()):
        idle = int(picture.idle_cores[chip])
        lines = [f"chip ({x}, {y}) of board {picture.board[chip]}"]
        lines += [_share(picture, share) for share in range(starts[chip], starts[chip + 1])]
        lines.append(f"{used[chip]} of {used[chip] + idle} cores used, {idle} idle")
        if picture.link_load is not None:
            loads = picture.link_load[chip]
            sent = (f"{link.name} {short(loads[link])}" for link in Link if loads[link] > 0)
            lines.append(f"sends {', '.join(sent) or 'no'} packets/s")
        found.append("\n".join(lines))
    return found


def _share(picture: MachinePicture, share: int) -> str:
    _, population, cores = picture.shares[share].tolist()
    name = picture.population_names[population]
    members = f", members {picture.members[share]}" if picture.members else ""
    return f"{name}: {cores} core{'' if cores == 1 else 's'}{members}"
