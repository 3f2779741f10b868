"""Variants of a mapping as a table: a row for each figure, a column for each variant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from host.mapper import STAGES
from host.maptables import ENTRIES, count_text
from host.results import MapResults
from host.variants import Variant
from mapping.errors import DoesNotFitError

__all__ = ["compare_tables"]

BEST = "*"
"""Stands behind the best of a row."""
NARROWEST = 9
"""Columns of text that a variant takes at least."""


class Row(NamedTuple):
    """A figure of a mapping, of which less is better."""

    name: str
    figure: Callable[[MapResults], float | None]
    form: str = ",.0f"


def compare_tables(variants: Sequence[Variant], rest: Mapping[str, str]) -> RenderableType:
    """Show variants side by side, the best of each row marked, and why others failed.

    Parameters
    ----------
    variants : sequence of Variant
    rest : mapping of str to str
        Algorithms by stage that a variant has if its name does not say otherwise.
    """
    failures = [
        Text(f"{v.name}: {' '.join(str(v.error).split())}") for v in variants if v.error is not None
    ]
    if len(failures) == len(variants):
        return Group(*failures)
    return Group(_SideBySide(variants), *_about(variants, rest), *failures)


class _SideBySide:
    """As many variants beside one another as the terminal is wide, the rest below."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        self._variants = variants
        self._cells = [_cells(row, variants) for row in ROWS]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        heads = [_head(variant) for variant in self._variants]
        names = [" mapped", *(row.name for row in ROWS)]
        room = options.max_width - max(map(len, names)) - 1
        first = 0
        while first < len(heads):
            stop, left = first, room
            while stop < len(heads) and (stop == first or left >= self._width(stop, heads[stop])):
                left -= self._width(stop, heads[stop])
                stop += 1
            yield self._table(heads, range(first, stop))
            first = stop

    def _width(self, column: int, head: str) -> int:
        texts = (*head.split("\n"), *(cells[column] for cells in self._cells))
        return 2 + max(NARROWEST, *map(len, texts))

    def _table(self, heads: Sequence[str], columns: range) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        for column in columns:
            table.add_column(Text(heads[column]), justify="right", no_wrap=True)
        for row, cells in zip(ROWS, self._cells, strict=True):
            shown = (Text(cells[c], "bold" if cells[c].endswith(BEST) else "") for c in columns)
            table.add_row(row.name, *shown)
        return table


def _head(variant: Variant) -> str:
    """Name of a variant in short lines, and what became of it if it failed."""
    name = variant.name.replace("/", "/\n").replace("+", "\n+").replace(" ", "\n")
    if variant.error is None:
        return name
    if isinstance(variant.error, DoesNotFitError):
        error = variant.error
        return f"{name}\n{variant.stage}:\nneeds\n{error.need:,}\nof {error.limit:,}"
    return f"{name}\n{variant.stage}:\nfailed"


def _cells(row: Row, variants: Sequence[Variant]) -> list[str]:
    """One figure of all variants as text; the best are marked if there is a difference."""
    figures = [None if v.results is None else row.figure(v.results) for v in variants]
    texts = ["-" if figure is None else format(figure, row.form) for figure in figures]
    known = [
        (figure, text) for figure, text in zip(figures, texts, strict=True) if figure is not None
    ]
    best = min(known)[1] if len({text for _, text in known}) > 1 else None
    return [f"{text}{BEST if text == best else ' '}" for text in texts]


def _about(variants: Sequence[Variant], rest: Mapping[str, str]) -> Iterable[str]:
    """What all variants share."""
    results = next((v.results for v in variants if v.results is not None), None)
    if results is None:
        return
    limits, links = results.limits, results.links
    speed = "" if links["fullest_share"] is None else f"; slow-down {links['slowdown']:g}"
    where = f"{results.config.network.name} on {results.machine}"
    boards = count_text(limits["boards"], "board")
    entries = f"{limits['table_entries']:,} entries"
    named = ", ".join(f"{key} {name}" for key, name in rest.items())
    yield f"\n{BEST} best of a row; if not named otherwise: {named}"
    yield f"{where}: {boards}, routers of {entries}{speed}"


def _entry(key: str, place: str, results: MapResults) -> float:
    value: float = results.report[key][place]
    return value


def _report(key: str, results: MapResults) -> float | None:
    value: float | None = results.report[key]
    return value


def _per_chip(results: MapResults) -> float | None:
    others = results.report["reached_per_spike"] - 1
    return results.report["tree_links_per_spike"] / others if others > 0 else None


def _load(key: str, results: MapResults) -> float:
    value: float = results.report["link_load"][key]
    return value


def _fullest(results: MapResults) -> float | None:
    share = results.links["fullest_share"]
    return None if share is None else 100.0 * share


def _stage_s(name: str, results: MapResults) -> float | None:
    return results.stage_s.get(name)


def _rows() -> Iterable[Row]:
    yield Row("chips", partial(_report, "n_chips"))
    yield Row("boards", partial(_report, "n_boards"))
    yield Row("idle cores", partial(_report, "n_idle_cores"))
    for key, name in ENTRIES.items():
        yield Row(f"entries {name}, mean", partial(_entry, key, "mean"), ",.1f")
    yield Row("entries loaded, max", partial(_entry, "entries_after", "max"))
    yield Row("other chips to reach", lambda r: r.report["reached_per_spike"] - 1, ",.1f")
    yield Row("links per spike", partial(_report, "tree_links_per_spike"), ",.1f")
    yield Row("links per chip reached", _per_chip, ".3f")
    yield Row("hops to a target", partial(_report, "hops_per_target"), ",.2f")
    yield Row("depth per spike", partial(_report, "depth_per_spike"), ",.1f")
    yield Row("board links per spike", partial(_report, "board_crossings_per_spike"), ",.1f")
    yield Row("link load, mean (/s)", partial(_load, "mean_hz"))
    yield Row("link load, max (/s)", partial(_load, "max_hz"))
    yield Row("fullest link (%)", _fullest, ".2f")
    yield Row("SDRAM max (MiB)", lambda r: r.report["sdram_bytes"]["max"] / 2**20, ",.1f")
    for name in STAGES[1:]:
        yield Row(f"time of {name} (s)", partial(_stage_s, name), ",.3f")
    yield Row("partition to check (s)", lambda r: r.mapping_s, ",.3f")


ROWS = tuple(_rows())
