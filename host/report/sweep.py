"""The report of a sweep: its points, and how results depend on what was varied."""

import os
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from host.config import to_yaml
from host.datatable import Cell
from host.errors import OutputError
from host.report.markup import Column, details, legend, note, table, tag, tile, tiles
from host.report.numbers import NONE, count, plural
from host.report.page import render_page
from host.report.provenance import copyable
from host.report.section import Section
from host.report.sweepplots import MOST_SERIES, cells_of, heat_map, line_panel, series_colours
from host.report.sweepvalues import (
    Metric,
    distinct,
    metrics_of,
    series_of,
    text_of,
    varied_keys,
    varies_with,
    written,
)
from host.sweep import SweepPoint, SweepResults
from host.sweep.folder import read_state
from host.sweep.rows import key_cell

__all__ = ["render_sweep"]

MOST_MAPS, MOST_PAIRS = 4, 6
"""Results that are mapped, over so many pairs of keys at most."""
MOST_VALUES = 14
"""Values of a key that the table of keys lists, and cells of a map in a direction."""
STATUS = {
    "done": ("done", ""),
    "does_not_fit": ("does not fit", "warn"),
    "failed": ("failed", "bad"),
    "missing": ("not run yet", "warn"),
}


def render_sweep(swept: SweepResults, *, place: Path | None = None) -> str:
    """Report of a sweep as one HTML text that needs nothing beside it.

    Parameters
    ----------
    swept : SweepResults
        As `host.sweep.load_sweep` gives it; it need not be finished.
    place : Path, optional
        Folder where the page will lie, for the links to the points; default: that of the sweep.

    Returns
    -------
    str
    """
    found = metrics_of(swept.table)
    place = place or swept.folder
    sections = (
        _summary(swept),
        _lines(swept, found),
        _maps(swept, found),
        _points(swept, found, place),
        _errors(swept, place),
        _provenance(swept),
    )
    keys = ", ".join(swept.keys)
    return render_page(
        tuple(section for section in sections if section is not None),
        kind="sweep",
        heading=swept.name,
        subtitle=f"{plural(len(swept.points), 'point')} over {keys}" if keys else "one point",
        footer="Made by chipemu report. This page holds all that it shows and asks for nothing.",
    )


def _summary(swept: SweepResults) -> Section:
    n, n_done = len(swept.points), swept.n("done")
    n_failed, n_unfit, n_missing = (swept.n(s) for s in ("failed", "does_not_fit", "missing"))
    tone = "bad" if n_failed else "warn" if n_missing else "good"
    told = [f"{count(n_done)} of {plural(n, 'point')} ran to their end"]
    told += [f"{count(k)} {words}" for k, words in (
        (n_unfit, "did not fit the machine"), (n_failed, "failed"), (n_missing, "not run yet"),
    ) if k]  # fmt: skip
    free = [cell for cell in swept.table.columns.get("is_loss_free", ()) if cell is not None]
    made = [
        tile("points", count(n), f"{plural(len(swept.keys), 'key')} varied"),
        tile("done", count(n_done), "", "good" if n_done == n else ""),
        tile("failed", count(n_failed), "with their error below" if n_failed else "",
             "bad" if n_failed else ""),
    ]  # fmt: skip
    if free:
        n_free = sum(1 for cell in free if cell)
        made.append(
            tile("free of losses", count(n_free), f"of {count(len(free))} with full timing")
        )
    parts = [
        tag("div", tag("p", f"{', '.join(told)}."), class_=f"verdict {tone}"),
        tiles(*made),
        _keys(swept),
    ]
    return Section("summary", "Summary", Markup("").join(parts))


def _keys(swept: SweepResults) -> Markup:
    columns = [Column("key", is_number=False), Column("values", is_number=False)]
    rows = []
    for key in swept.keys:
        values = distinct(swept.table.columns[key])
        told = ", ".join(text_of(value) for value in values[:MOST_VALUES])
        if len(values) > MOST_VALUES:
            told += f" and {count(len(values) - MOST_VALUES)} more"
        rows.append([tag("code", key), f"{plural(len(values), 'value')}: {told}"])
    if not rows:
        return Markup("")
    return tag("div", table(columns, rows, caption="What was varied"), class_="pairs")


def _lines(swept: SweepResults, found: Mapping[Metric, list[float | None]]) -> Section | None:
    varied = varied_keys(swept)
    if not varied or not found:
        return None
    parts: list[Markup] = []
    for key in varied:
        panels = []
        names: list[tuple[str, str]] = []
        for metric, values in found.items():
            series = series_of(swept, key, values)
            panels.append(line_panel(key, metric, series))
            if 1 < len(series) <= MOST_SERIES:
                colours = series_colours(series)
                names = [(one.name, c) for one, c in zip(series, colours, strict=True)]
        parts += [tag("h3", tag("code", key)), tag("div", *panels, class_="panels")]
        parts.append(legend(names) if names else Markup(""))
    lead = (
        "Each result that differs between points, against each key: a line joins the points that "
        "differ in that key alone; means are over seeds, and over keys that vary with it. "
        "Values of a key stand at equal distances."
    )
    return Section("results", "Results", Markup("").join(parts), lead)


def _maps(swept: SweepResults, found: Mapping[Metric, list[float | None]]) -> Section | None:
    columns = swept.table.columns
    varied = [k for k in varied_keys(swept) if len(distinct(columns[k])) <= MOST_VALUES]
    parts: list[Markup] = []
    pairs = [pair for pair in combinations(varied, 2) if not varies_with(swept, *pair)]
    for first, second in pairs[:MOST_PAIRS]:
        across, down = columns[first], columns[second]
        head = (tag("code", first), " to the right, ", tag("code", second), " downwards")
        parts.append(tag("h3", *head))
        maps = [
            heat_map((first, second), metric, cells_of(across, down, values))
            for metric, values in list(found.items())[:MOST_MAPS]
        ]
        parts.append(tag("div", *maps, class_="maps"))
    if not parts:
        return None
    lead = "Results over two keys at once; a dash is a pair without a run."
    return Section("maps", "Maps", Markup("").join(parts), lead)


def _points(
    swept: SweepResults, found: Mapping[Metric, list[float | None]], place: Path
) -> Section:
    shown = {m: v for m, v in found.items() if any(value is not None for value in v)}
    columns = [Column("point"), Column("status", is_number=False)]
    columns += [Column(key, is_number=_is_number(swept.table.columns[key])) for key in swept.keys]
    columns += [Column(metric.title) for metric in shown]
    rows, keys = [], []
    for k, point in enumerate(swept.points):
        cells = [swept.table.columns[key][k] for key in swept.keys]
        results = [values[k] for values in shown.values()]
        status, tone = STATUS[point.status]
        link = tag("a", str(point.number), href=_link(point, place))
        row = [link, tag("b", status, class_=tone or None) if tone else status]
        row += [text_of(cell) for cell in cells]
        row += [
            NONE if value is None else written(value, metric.unit).replace("-", "\u2212")
            for metric, value in zip(shown, results, strict=True)
        ]
        rows.append(row)
        keys.append([point.number, status, *cells, *results])
    html = table(columns, rows, caption="All points", keys=keys)
    html += note(
        "The number of a point leads to its folder; sweep.csv in the folder of the sweep has all "
        "columns."
    )
    lead = "A click on the head of a column sorts by it, a second one the other way round."
    return Section("points", "Points", html, lead)


def _is_number(cells: tuple[Cell, ...] | list[Cell] | object) -> bool:
    values = cells if isinstance(cells, tuple | list) else ()
    return all(cell is None or isinstance(cell, int | float) for cell in values)


def _link(point: SweepPoint, place: Path) -> str:
    """Address of a point's folder, or of its report if there is one, as seen from the page."""
    report = point.folder / "report.html"
    target = report if report.is_file() else point.folder
    return quote(Path(os.path.relpath(target, place)).as_posix())


def _errors(swept: SweepResults, place: Path) -> Section | None:
    wrong = [point for point in swept.points if point.error is not None]
    if not wrong:
        return None
    parts = []
    for point in wrong:
        error = point.error
        if error is None:
            continue
        status, _ = STATUS[point.status]
        values = ", ".join(f"{k} {text_of(key_cell(v))}" for k, v in point.values.items())
        link = tag("a", f"point {point.number}", href=_link(point, place))
        parts.append(tag("h3", link, f": {status}; {values}"))
        parts.append(tag("p", tag("b", f"{error.type}: ", class_="bad"), error.message))
        if error.trace:
            name = f"trace-{point.number}"
            parts.append(details("Trace", copyable(name, error.trace)))
    parts.append(note("Points that failed run again with: chipemu sweep FILE.yaml --retry"))
    lead = "Why points have no run; the others do not depend on them."
    return Section("errors", "Errors", Markup("").join(parts), lead)


def _provenance(swept: SweepResults) -> Section:
    columns = [Column("fact", is_number=False), Column("value", is_number=False)]
    rows: list[list[object]] = [["folder", tag("code", swept.folder)]]
    try:
        state = read_state(swept.folder)
        versions = ", ".join(f"{name} {v}" for name, v in state.versions.items() if v)
        rows += [["versions", versions], ["command", tag("code", " ".join(state.command))]]
    except OutputError:  # results that were made by hand
        pass
    facts = tag("div", table(columns, rows, caption="This sweep"), class_="pairs")
    base = copyable("configuration", to_yaml(swept.base))
    html = facts + tag("h3", "Base configuration") + base
    lead = "The configuration that all points start from; each point's folder has its own in full."
    return Section("provenance", "Provenance", html, lead)
