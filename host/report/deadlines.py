"""How far cores were from their deadlines; with ideal timing, how busy they are reckoned to be."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from host.datatable import Table
from host.report.histogram import Scale, histogram
from host.report.markup import Column, note, table, tag, tile, tiles
from host.report.numbers import NONE, count, percent, plural, quantity, seconds
from host.report.plot import plain_number
from host.report.section import Section
from host.results import Results
from host.timing import Margins, Timing

__all__ = ["deadlines_section"]

N_WORST = 12
PS_PER_US = 1e6
ROLES = {
    "combined": "combined cores",
    "neuron": "neuron cores",
    "synapse": "synapse cores",
    "poisson": "Poisson cores",
    "source": "source cores",
    "delay": "delay cores",
}


class Core(NamedTuple):
    """A core in the time that counts."""

    place: str
    role: str
    serves: str
    smallest_us: float
    mean_us: float
    busy: float


def deadlines_section(results: Results) -> Section:
    """Margins of full timing, or the load of ideal timing."""
    timing = results.timing
    if timing is None:
        return Section("deadlines", "Deadlines", _reckoned(results), _LEAD_IDEAL)
    found = cores_of(results.tables.get("cores"))
    parts = [_tiles(timing), _histograms(found, timing.step_us), _roles(timing), _worst(found)]
    return Section("deadlines", "Deadlines", Markup("").join(parts), _LEAD)


_LEAD = (
    "The margin of a core in a step is the time from the end of its work to its deadline: the next "
    "tick, and on synapse cores the beginning of the write-back. Below zero it was missed."
)
_LEAD_IDEAL = (
    "With ideal timing every spike arrives in its step and no deadline can be missed; how busy the "
    "cores would be is reckoned from the spikes and the costs of the machine's file."
)


def _reckoned(results: Results) -> Markup:
    load = results.energy.get("load")
    if load is None:
        return note("The load of the cores was not reckoned.")
    tone = "bad" if load > 1 else "good"
    step = results.config.run.dt_ms * results.config.slowdown / 1000.0
    made = tiles(
        tile("load of the busiest cores", percent(load), "reckoned; limit 100 %", tone),
        tile("wall time of a step", seconds(step), f"slow-down {results.config.slowdown:g}"),
    )
    told = (
        "It is a mean over the steps of the time that counts: single steps with more spikes may "
        "need more. Run with --timing full to see every core against every deadline."
    )
    return made + _loads(results.tables.get("chips")) + note(told)


def _loads(chips: Table | None) -> Markup:
    """Chips by the load of their busiest core."""
    cells = () if chips is None else chips.columns.get("load_max", ())
    loads = [float(cell) for cell in cells if isinstance(cell, int | float)]
    if not loads:
        return Markup("")
    scale = Scale(0.0, 1.2, 1.0, "load of the busiest core", percent, is_bad_below=False)
    panel = histogram(plural(len(loads), "chip in use", "chips in use"), loads, scale, "chip")
    return tag("h3", "Busiest core of each chip") + tag("div", panel, class_="panels")


def cores_of(cores: Table | None) -> list[Core]:
    """Cores with a margin, of the table ``cores``, the smallest margin first."""
    if cores is None:
        return []
    names = ("stretch", "x", "y", "processor", "role", "population", "lo", "hi")
    figures = ("min_slack_ps", "sum_slack_ps", "n_slacks", "busy_ps", "wall_ps")
    rows = zip(*(cores.columns[name] for name in (*names, *figures)), strict=True)
    found = []
    for stretch, x, y, processor, role, population, lo, hi, *numbers in rows:
        smallest, total, n, busy, wall = (
            float(value) if isinstance(value, int | float) else 0.0 for value in numbers
        )
        if stretch == "run" and n and wall:
            place, serves = f"({x}, {y}) core {processor}", f"{population}[{lo}:{hi}]"
            margins = smallest / PS_PER_US, total / n / PS_PER_US
            found.append(Core(place, str(role), serves, *margins, busy / wall))
    return sorted(found, key=lambda core: core.smallest_us)


def _tiles(timing: Timing) -> Markup:
    run = timing.stretches["run"]
    known = [m for m in run.margins.values() if m.smallest_us is not None]
    worst = min(known, key=lambda m: m.smallest_us or 0.0, default=None)
    busiest = max((m.busy_max for m in run.margins.values()), default=0.0)
    smallest = None if worst is None else worst.smallest_us
    is_late = smallest is not None and smallest < 0
    return tiles(
        tile("smallest margin", _us(smallest), worst.worst_core if worst else "",
             "bad" if is_late else "good"),
        tile("wall time of a step", _us(timing.step_us)),
        tile("ticks or updates begun late", count(run.losses.overruns), "no loss by itself",
             "warn" if run.losses.overruns else ""),
        tile("busiest core", percent(busiest), "of its time at work"),
    )  # fmt: skip


def _us(value: float | None) -> str:
    if value is None:
        return NONE
    return quantity(value * 1e-6, "s").replace("-", "\u2212")


def _histograms(found: Sequence[Core], step_us: float) -> Markup:
    """The smallest margin of each core, a panel for each role."""
    roles = [role for role in ROLES if any(core.role == role for core in found)]
    if not roles:
        return note("The counters of single cores are not in this run folder.")
    panels = (_panel(role, [c for c in found if c.role == role], step_us) for role in roles)
    caption = (
        "Cores by the smallest of their margins in the time that counts. The red line is the "
        "deadline; margins beyond a whole step are in the outermost bar."
    )
    return (
        tag("h3", "Smallest margin of each core")
        + tag("div", *panels, class_="panels")
        + note(caption)
    )


def _panel(role: str, own: Sequence[Core], step_us: float) -> Markup:
    margins = [core.smallest_us for core in own]
    n_late = sum(margin < 0 for margin in margins)
    low = -step_us if n_late else 0.0
    head = f"{ROLES[role]}: {count(len(own))}" + (f", {count(n_late)} late" if n_late else "")
    name = "smallest margin (\u00b5s)"
    scale = Scale(low, step_us, 0.0, name, plain_number, is_bad_below=True)
    return histogram(head, margins, scale, "core")


def _roles(timing: Timing) -> Markup:
    columns = [
        Column("role", is_number=False),
        Column("cores"),
        Column("smallest"),
        Column("5 % of cores below", tip="5th percentile over cores of each one's smallest margin"),
        Column("median of means", tip="Median over cores of each one's mean margin"),
        Column("busy, mean", tip="Share of the time that cores worked"),
        Column("busy, most"),
        Column("most work in a step"),
    ]
    margins = timing.stretches["run"].margins
    rows = [[ROLES.get(role, role), *_role_cells(one)] for role, one in margins.items()]
    return table(columns, rows, caption="Margins by role, in the time that counts")


def _role_cells(one: Margins) -> list[str]:
    return [
        count(one.n_cores),
        _us(one.smallest_us),
        _us(one.smallest_of_core_us.get("p5")),
        _us(one.mean_of_core_us.get("p50")),
        percent(one.busy_mean),
        percent(one.busy_max),
        _us(one.busiest_step_us),
    ]


def _worst(found: Sequence[Core]) -> Markup:
    if not found:
        return Markup("")
    columns = [
        Column("chip and core", is_number=False),
        Column("role", is_number=False),
        Column("serves", is_number=False),
        Column("smallest margin"),
        Column("mean margin"),
        Column("busy"),
    ]
    chosen = found[:N_WORST]
    rows = [
        [c.place, c.role, c.serves, _us(c.smallest_us), _us(c.mean_us), percent(c.busy)]
        for c in chosen
    ]
    keys = [[c.place, c.role, c.serves, c.smallest_us, c.mean_us, c.busy] for c in chosen]
    kinds = ["bad" if c.smallest_us < 0 else "" for c in chosen]
    caption = f"The {plural(len(chosen), 'core')} with the smallest margins"
    return table(columns, rows, caption=caption, keys=keys, kinds=kinds)
