"""A machine in small: chips and boards, without legend and words."""

from dataclasses import replace

from host.pictures.chips import draw_boards, draw_cells, draw_chips, draw_dead_chips
from host.pictures.colours import population_colours
from host.pictures.focus import focused
from host.pictures.ground import survey
from host.pictures.picture import MachinePicture
from host.pictures.svg import STYLE, element, title

__all__ = ["draw_thumbnail"]

WIDTH = 400.0
"""Pixels that the picture is meant to be wide."""


def draw_thumbnail(picture: MachinePicture) -> str:
    """Draw the populations on the chips of `picture`.

    Parameters
    ----------
    picture : MachinePicture

    Returns
    -------
    str
        An SVG element.
    """
    bare = replace(focused(picture), link_load=None)
    ground = survey(bare)
    across, down = ground.size
    x, y = ground.low.tolist()
    unit = WIDTH / max(across, 1)
    return element(
        "svg",
        title(picture.title or "machine"),
        element("style", STYLE),
        element("rect", kind="paper", x=x, y=y, width=across, height=down),
        draw_cells(ground, unit),
        draw_chips(bare, ground, population_colours(bare.population_names)),
        draw_boards(bare, ground, unit),
        draw_dead_chips(bare, ground, unit),
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{x} {y} {across} {down}",
        role="img",
    )
