"""The frame of a report: head, contents, style and script around its sections.

The page is one text that asks for nothing else: its policy of contents (a ``meta`` element) forbids
the browser any request. Its colours are variables, a set for light and a set for dark, that
pictures use too; which set holds is what the system prefers, or what the reader chooses.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from host.pictures.colours import load_colours
from host.pictures.svg import LIGHT_AND_DARK, STYLE, element
from host.report.section import Section

__all__ = ["render_page", "without_style"]

FOLDER = Path(__file__).parent
DARK = {
    "paper": "#101316",
    "card": "#171b1f",
    "raised": "#20262b",
    "ink": "#e6e9ec",
    "soft": "#c3cad1",
    "muted": "#9aa4ae",
    "line": "#2e353c",
    "faint": "#242a30",
    "accent": "#7cb8ff",
    "good": "#63cf9a",
    "warn": "#e6b450",
    "bad": "#ff8a80",
    "good-wash": "#14281f",
    "warn-wash": "#2b2314",
    "bad-wash": "#301a19",
    "heat-low": "#ffffff",
    "heat-high": "#14171a",
    "lift": "brightness(1.35)",
    "shadow": "none",
}
"""Colours of the page on a dark background; those on a light one stand in ``page.css``."""
HEXAGON = "M12 2 20.7 7v10L12 22 3.3 17V7z"


def render_page(
    sections: Sequence[Section],
    *,
    kind: str,
    heading: str,
    subtitle: str,
    footer: str,
    script: str = "",
) -> str:
    """Put `sections` into one page.

    Parameters
    ----------
    sections : sequence of Section
        In this order; no two with the same ``id``.
    kind : str
        Of what the report is: ``"run"``, ``"sweep"``.
    heading, subtitle, footer : str
        Plain text.
    script : str
        What sections need besides ``page.js``.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ValueError
        If two sections have the same ``id``.
    """
    ids = [section.id for section in sections]
    if len(set(ids)) < len(ids):
        msg = f"sections of a report with the same id: {', '.join(ids)}"
        raise ValueError(msg)
    return (
        _environment()
        .get_template("page.html")
        .render(
            sections=sections,
            kind=kind,
            heading=heading,
            subtitle=subtitle,
            footer=footer,
            title=f"{heading} \u2013 chipemu {kind}",
            generator=f"chipemu {version('chipemu')}",
            style=Markup(_style()),
            script=Markup((FOLDER / "page.js").read_text(encoding="utf-8") + script),
            mark=Markup(_mark("currentColor")),
            icon=f"data:image/svg+xml,{quote(_mark('#0a58a8'))}",
        )
    )


def without_style(svg: str) -> str:
    """`svg` without the rules of style that every picture has; the page has them once."""
    return svg.replace(element("style", STYLE), "")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _mark(colour: str) -> str:
    lines = element("path", d=f"{HEXAGON}M12 8v8M8.5 10l7 4M15.5 10l-7 4")
    return element(
        "svg",
        lines,
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 24 24",
        fill="none",
        stroke=colour,
        stroke_width=1.8,
        stroke_linejoin="round",
    )


@cache
def _style() -> str:
    """Style of the page, and the variables of pictures in both sets of colours."""
    light, dark = _picture_variables(dark=False), _picture_variables(dark=True)
    dark = "".join(f"--{name}:{value};" for name, value in DARK.items()) + dark
    dark += "color-scheme:dark;"
    rules = (
        f":root{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}"
    )
    page = (FOLDER / "page.css").read_text(encoding="utf-8")
    return STYLE + page.replace("/* dark */", rules)


def _picture_variables(*, dark: bool) -> str:
    """Colours of the classes of pictures (`host.pictures.svg`), whatever the system prefers."""
    both = {name: pair[1 + dark] for name, pair in LIGHT_AND_DARK.items()}
    both |= {f"load{level}": colour for level, colour in enumerate(load_colours(dark=dark))}
    both["paper"] = "transparent"
    both["halo"] = DARK["card"] if dark else "#ffffff"
    return "".join(f"--mp-{name}:{colour};" for name, colour in both.items())
