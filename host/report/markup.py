"""HTML text in which everything is escaped that is not marked as HTML already.

`tag` is to the page what `host.pictures.svg.element` is to pictures. Tables, figures and tiles are
made of it, so that they look and behave alike in every section.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

__all__ = ["Column", "details", "figure", "legend", "note", "table", "tag", "tile", "tiles"]

VOID = frozenset({"br", "hr", "input", "meta"})


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Write an element.

    Parameters
    ----------
    name : str
    *children : object
        Text, which is escaped, or `Markup`, which is not.
    **attributes : object
        ``_`` stands for ``-``, one at the end for nothing (``class_``); True writes the name
        alone, None and False leave the attribute out.

    Examples
    --------
    >>> print(tag("a", "<b>", href="#x", class_="link", hidden=False))
    <a href="#x" class="link">&lt;b&gt;</a>
    """
    written = Markup("").join(
        Markup(" {}").format(_name(key))
        if value is True
        else Markup(' {}="{}"').format(_name(key), value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    opening = Markup("<{}{}>").format(Markup(name), written)
    if name in VOID:
        return opening
    inside = Markup("").join(escape(child) for child in children)
    return opening + inside + Markup("</{}>").format(Markup(name))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


class Column(NamedTuple):
    """Head of a column of a table.

    Attributes
    ----------
    head : str
    is_number : bool
        Figures stand flush right.
    tip : str
        What the figure is; shown when the head is pointed at.
    """

    head: str
    is_number: bool = True
    tip: str = ""


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    caption: str,
    total: Sequence[object] | None = None,
    keys: Sequence[Sequence[object]] | None = None,
    kinds: Sequence[str] | None = None,
) -> Markup:
    """A table in a box of its own, which scrolls if the table is wider.

    Parameters
    ----------
    columns : sequence of Column
        The first one heads the rows.
    rows : iterable of sequence of object
        Text or `Markup`.
    caption : str
    total : sequence of object, optional
        Last row, apart from the others and never sorted among them.
    keys : sequence of sequence of object, optional
        Of each row what its cells are sorted by; with them a click on a head sorts.
    kinds : sequence of str, optional
        Class of each row.
    """
    heads = (
        tag(
            "th",
            tag("button", column.head, type="button") if keys is not None else column.head,
            scope="col",
            class_="number" if column.is_number else None,
            data_tip=column.tip or None,
        )
        for column in columns
    )
    body = [
        _row(columns, row, keys[k] if keys is not None else None, kinds[k] if kinds else "")
        for k, row in enumerate(rows)
    ]
    foot = [] if total is None else [tag("tfoot", _row(columns, total, None, ""))]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", tag("tr", *heads)),
            tag("tbody", *body),
            *foot,
            data_sortable=keys is not None,
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def _row(
    columns: Sequence[Column], row: Sequence[object], keys: Sequence[object] | None, kind: str
) -> Markup:
    cells = (
        tag(
            "td" if k else "th",
            cell,
            scope=None if k else "row",
            class_="number" if column.is_number else None,
            data_key=None if keys is None or keys[k] is None else keys[k],
        )
        for k, (column, cell) in enumerate(zip(columns, row, strict=True))
    )
    return tag("tr", *cells, class_=kind or None)


def figure(svg: str, caption: str, *, label: str, least_px: int = 0, kind: str = "") -> Markup:
    """A picture with its caption, in a box that scrolls if the picture may not shrink further.

    Parameters
    ----------
    svg : str
        Finished SVG.
    caption : str
        Text, or `Markup`.
    label : str
        What a reader who does not see it should know.
    least_px : int
        Narrowest width at which it can be read.
    kind : str
        Further class.
    """
    return tag(
        "figure",
        tag(
            "div",
            tag("div", Markup(svg), style=f"min-width:{least_px}px" if least_px else None),
            class_="scroll picture",
            tabindex="0",
            role="group",
            aria_label=label,
        ),
        tag("figcaption", caption),
        class_=kind or None,
    )


def legend(entries: Iterable[tuple[str, str]]) -> Markup:
    """Colours with what they stand for."""
    items = (
        tag("li", tag("span", class_="swatch", style=f"background:{colour}"), name)
        for name, colour in entries
    )
    return tag("ul", *items, class_="legend")


def tile(name: str, value: object, remark: object = "", tone: str = "") -> Markup:
    """A figure that stands out, with its name above and a remark below."""
    return tag(
        "div",
        tag("dt", name),
        tag("dd", value, class_="value"),
        tag("dd", remark, class_="remark") if remark else "",
        class_=f"tile {tone}".strip(),
    )


def tiles(*made: Markup) -> Markup:
    """A row of `tile`."""
    return tag("dl", *made, class_="tiles")


def note(*children: object) -> Markup:
    """A paragraph about how to read what stands before."""
    return tag("p", *children, class_="note")


def details(summary: str, *children: object) -> Markup:
    """What is shown only if it is asked for."""
    return tag("details", tag("summary", summary), *children)
