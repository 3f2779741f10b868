"""SVG text: elements, numbers, and the colours that follow a light or a dark background.

The rules of style are the same for every picture, and every class begins with ``mp-``; so pictures
can stand in one HTML page without harm to each other or to the page. A page can set a colour of
its own through the variable that bears the name of the class, as in ``--mp-paper: none``.
"""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from host.pictures.colours import load_colours

__all__ = ["STYLE", "element", "number", "path", "points", "text", "title"]

LIGHT_AND_DARK = {
    "paper": ("fill", "#ffffff", "#14171a"),
    "ink": ("fill", "#1b1f24", "#e6e9ec"),
    "muted": ("fill", "#5b6570", "#9aa4ae"),
    "cell": ("fill", "#f1f3f5", "#20262b"),
    "unused": ("fill", "#fbfcfd", "#272d33"),
    "idle": ("fill", "#d3d9df", "#49525b"),
    "dead": ("fill", "#f7dcdc", "#4a2528"),
    "edge": ("stroke", "#d3d9df", "#3a4249"),
    "board": ("stroke", "#38424c", "#aab4be"),
    "quiet": ("stroke", "#d3d9df", "#3a4249"),
    "cut": ("stroke", "#d01c2a", "#ff5c66"),
    "mark": ("stroke", "#d6006c", "#ff5cab"),
    "halo": ("stroke", "#ffffff", "#14171a"),
    "backing": ("fill", "#ffffff", "#14171a"),
    "frame": ("stroke", "#38424c", "#aab4be"),
    "excitatory": ("stroke", "#1f66b0", "#6cb0ff"),
    "inhibitory": ("stroke", "#c2402a", "#ff8b73"),
    "excitatory-tip": ("fill", "#1f66b0", "#6cb0ff"),
    "inhibitory-tip": ("fill", "#c2402a", "#ff8b73"),
}
"""Property that each class sets, and its colour on a light and on a dark background."""

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def _rules() -> str:
    both = dict(LIGHT_AND_DARK)
    for level, pair in enumerate(zip(load_colours(), load_colours(dark=True), strict=True)):
        both[f"load{level}"] = ("stroke", *pair)
    light, dark = (
        "".join(
            f".mp-{name}{{{colours[0]}:var(--mp-{name},{colours[which]})}}"
            for name, colours in both.items()
        )
        for which in (1, 2)
    )
    fixed = (
        ".mp-picture text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}"
        ".mp-halo{paint-order:stroke;stroke-linejoin:round}"
        ".mp-chip:hover{opacity:.75}"
        ".mp-reach{stroke:transparent}"
        ".mp-line{opacity:.72}.mp-way:hover .mp-line{opacity:1}"
    )
    return f"{fixed}{light}@media (prefers-color-scheme:dark){{{dark}}}"


STYLE = _rules()
"""Rules of style of every picture."""

DEFAULTS = {name: (what, light) for name, (what, light, _) in LIGHT_AND_DARK.items()} | {
    f"load{level}": ("stroke", colour) for level, colour in enumerate(load_colours())
}
"""Attribute of each class for readers of SVG that know no variables."""


def number(value: float) -> str:
    """Write a coordinate with at most two digits after the point.

    >>> number(3.0), number(-0.001), number(1.256)
    ('3', '0', '1.26')
    """
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _clean(words: str) -> str:
    """Replace what XML cannot hold."""
    return NOT_XML.sub("\ufffd", words)


def element(name: str, *children: str, kind: str = "", **attributes: str | float | None) -> str:
    """Write an SVG element.

    Parameters
    ----------
    name : str
    *children : str
        SVG text.
    kind : str
        Names of classes without ``mp-``, separated by spaces.
    **attributes : str or float or None
        ``_`` stands for ``-``; None leaves the attribute out.

    Returns
    -------
    str
    """
    kinds = kind.split()
    found: dict[str, str | float | None] = {
        DEFAULTS[k][0]: DEFAULTS[k][1] for k in kinds if k in DEFAULTS
    }
    if kinds:
        found = {"class": " ".join(f"mp-{k}" for k in kinds), **found}
    found |= {key.replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(
        f" {key}={quoteattr(_clean(value) if isinstance(value, str) else number(value))}"
        for key, value in found.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def path(steps: Iterable[str] | str, kind: str = "", **attributes: str | float | None) -> str:
    """Write a path; an empty one is left out."""
    d = steps if isinstance(steps, str) else "".join(steps)
    return element("path", kind=kind, d=d, **attributes) if d else ""


def text(
    words: str, at: tuple[float, float], size: float, kind: str = "ink", **attributes: str | float
) -> str:
    """Write `words` with their base line from `at`."""
    x, y = at
    return element("text", escape(_clean(words)), kind=kind, x=x, y=y, font_size=size, **attributes)


def title(words: str) -> str:
    """Write a tooltip."""
    return element("title", escape(_clean(words)))


def points(corners: NDArray[np.float64]) -> str:
    """Write a closed polygon, shape (n, 2), as steps of a path."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners) + "z"
