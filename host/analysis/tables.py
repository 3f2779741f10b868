"""What was found as tables for people: of statistics one for each measure, and known answers."""

from collections.abc import Iterable, Sequence
from math import isnan

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from host.analysis.account import mean_over_seeds
from host.analysis.known_answers import Answer
from host.analysis.measures import MEASURES
from host.analysis.verdict import ALL, Cell, Comparison

__all__ = ["answers_table", "comparison_tables"]

SHOWN = ("ks", "kl", "emd")
"""Distances with a column; that of means can be seen from the means."""


def comparison_tables(found: Comparison) -> RenderableType:
    """Distances of each population and measure, with the reference's own spread."""
    tables = [_table(found, measure) for measure in MEASURES]
    return Group(*_spaced(tables), "", *_legend(found))


def answers_table(answers: Sequence[Answer]) -> RenderableType:
    """Known answers beside those that were found."""
    title = Text("known answers of single cells", "bold")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for head in ("expected", "found", "tolerance"):
        table.add_column(head, justify="right")
    table.add_column("")
    table.add_column("")
    for answer in answers:
        numbers = (answer.expected, answer.found, answer.tolerance)
        verdict = Text("met") if answer.is_met else Text("NOT MET", "bold red")
        table.add_row(answer.name, *(f"{x:.5g}" for x in numbers), answer.unit, verdict)
    return table


def _spaced(tables: Iterable[Table]) -> Iterable[RenderableType]:
    for k, table in enumerate(tables):
        if k:
            yield ""
        yield table


def _table(found: Comparison, measure: str) -> Table:
    about = MEASURES[measure]
    unit = f" ({about.unit})" if about.unit else ""
    title = Text(f"{about.title}{unit}", "bold")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for head in ("mean", "reference", *(name.upper() for name in SHOWN), "p", ""):
        table.add_column(head, justify="right")
    for population in found.tests[0].populations:
        cells = found.cells_of(measure, population)
        here = mean_over_seeds(found.tests, measure, population)
        reference = mean_over_seeds(found.references, measure, population)
        distances = (_distance_text(cells.get(name)) for name in SHOWN)
        mean = "-" if isnan(here.mean) else f"{here.mean:.4f}"
        table.add_row(
            population, mean, str(reference), *distances, *_result(found, measure, population)
        )
    table.add_row(ALL, "", "", *("" for _ in SHOWN), *_result(found, measure, ALL))
    return table


def _distance_text(cell: Cell | None) -> str:
    """Distance, and in brackets what 95 of 100 choices of the reference's seeds stay below."""
    if cell is None:
        return "-"
    if cell.spread is None:
        return f"{cell.value:.2g} (?)"
    return f"{cell.value:.2g} ({cell.spread.high:.2g})"


def _legend(found: Comparison) -> Iterable[str]:
    if len(found.references) > 1:
        yield (
            "reference: mean (SD) over its seeds; distances: in brackets the 95th percentile of "
            "those between its own seeds"
        )
    else:
        yield "(?): the reference has one seed, its spread is unknown"
    if found.verdict != "undecided":
        kind = "all" if found.is_exhaustive else "a random part of the"
        yield (
            f"p: permutation test over {kind} {found.n_groupings:,} groupings of the seeds, for "
            "all distances together, those of the means and the sums over all populations included"
        )


def _result(found: Comparison, measure: str, population: str) -> tuple[str, Text]:
    """The smallest p of all distances, and whether it tells the two apart."""
    p = min((cell.p for cell in found.cells_of(measure, population).values()), default=None)
    is_apart = (measure, population) in found.apart
    text = "-" if p is None or found.verdict == "undecided" else f"{p:.3f}"
    return text, Text("apart", "bold red") if is_apart else Text("")
