"""Where the energy went: the flow, the energy per synaptic event, and the ledger with its bands."""

import re
from collections.abc import Sequence
from fractions import Fraction

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from host.energy import EnergyTable, Ledger, price
from host.energy.flow import draw_flow
from host.energy.ledger import Band, Line, is_idle, is_measured, total_j
from host.energy.vocabulary import Phase
from host.report.markup import Column, details, figure, note, table, tile, tiles
from host.report.numbers import NONE, percent, quantity, seconds
from host.report.page import without_style
from host.report.section import Section
from host.report.tips import with_page_tips
from host.results import Results

__all__ = ["energy_section", "ledger_of"]

LEAD = (
    "What the emulated machine draws at the socket while the network runs, counts times prices; "
    "bands are all prices low and all high, wider than what is likely."
)
MICROJOULES = re.compile(r"(?<=[ >])uJ(?=[/<])")
PHASES = {
    Phase.MAPPING: "mapping",
    Phase.GENERATION: "generation",
    Phase.LOADING: "loading",
    Phase.WARMUP: "warm-up",
    Phase.RUNNING: "running",
    Phase.EXTRACTION: "extraction",
}


def ledger_of(results: Results) -> Ledger | None:
    """What a run did, priced with its own machine's table; None: its folder tells too little."""
    if results.actions is None or "energy" not in results.machine_description:
        return None
    try:
        prices = TypeAdapter(EnergyTable).validate_python(results.machine_description["energy"])
    except ValidationError:
        return None
    return price(results.actions, prices)


def energy_section(ledger: Ledger | None, heading: str) -> Section:
    """Flow, figures and ledger.

    Parameters
    ----------
    ledger : Ledger or None
    heading : str
        What the flow is of.
    """
    if ledger is None:
        html: Markup = note("This run folder does not tell what was done, or at which prices.")
        return Section("energy", "Energy", html, LEAD)
    label = "Where the energy goes while the network runs"
    caption = "Widths are in proportion to energy; point at a part to see what it is made of."
    drawn = with_page_tips(without_style(draw_flow(ledger, heading)))
    svg = MICROJOULES.sub("\u00b5J", drawn)  # as everywhere on the page
    parts = [
        _tiles(ledger),
        figure(svg, caption, label=label, least_px=900),
        _phases(ledger),
        details("The ledger, line by line", *(_lines(ledger, phase) for phase in ledger.wall_s)),
    ]
    return Section("energy", "Energy", Markup("").join(parts), LEAD)


def _tiles(ledger: Ledger) -> Markup:
    e_syn, idle = ledger.e_syn_j(), ledger.e_syn_j(is_idle)
    running = ledger.total_j(is_measured)
    wall_s = ledger.wall_s.get(Phase.RUNNING, Fraction(0))
    power = running.scaled(1 / wall_s) if wall_s else Band()
    made = [
        tile("while it ran", joules(running.nominal), band_text(running, "J")),
        tile("mean power", quantity(float(power.nominal), "W"), band_text(power, "W")),
    ]
    if e_syn is not None:
        share = percent(float(idle.nominal / e_syn.nominal)) if idle and e_syn.nominal else NONE
        per_event = tile("per synaptic event", joules(e_syn.nominal), band_text(e_syn, "J"))
        made = [per_event, tile("of it idle", share, "standing by and waiting"), *made]
    return tiles(*made)


def joules(energy_j: Fraction) -> str:
    """An energy with its unit."""
    return quantity(float(energy_j), "J")


def band_text(band: Band, unit: str) -> str:
    """From low to high."""
    return f"{quantity(float(band.low), unit)} to {quantity(float(band.high), unit)}"


def _phases(ledger: Ledger) -> Markup:
    columns = [
        Column("phase", is_number=False),
        Column("time", tip="Wall time of the emulated machine"),
        Column("energy", tip="With the host's"),
        Column("low to high"),
        Column("mean power"),
        Column("host's part"),
    ]
    rows = [_phase_row(ledger, phase) for phase in ledger.wall_s]
    total, wall_s = ledger.total_j(), sum(ledger.wall_s.values(), start=Fraction(0))
    of_all = [joules(total.nominal), band_text(total, "J"), "", ""]
    last = ["all", seconds(float(wall_s)), *of_all]
    return table(columns, rows, caption="Phases of the run, host included", total=last)


def _phase_row(ledger: Ledger, phase: Phase) -> list[str]:
    lines = [line for line in ledger.lines if line.phase is phase]
    total, wall_s = total_j(lines), ledger.wall_s[phase]
    host = total_j(line for line in lines if line.action == "host").nominal
    return [
        PHASES.get(phase, phase.value),
        seconds(float(wall_s)),
        joules(total.nominal),
        band_text(total, "J"),
        quantity(float(total.nominal / wall_s), "W") if wall_s else NONE,
        percent(float(host / total.nominal)) if total.nominal else NONE,
    ]


def _lines(ledger: Ledger, phase: Phase) -> Markup:
    columns = [
        Column("what", is_number=False),
        Column("amount"),
        Column("price"),
        Column("energy"),
        Column("share"),
        Column("low to high"),
        Column("basis", is_number=False, tip="Where the price comes from"),
    ]
    lines = [line for line in ledger.lines if line.phase is phase and line.energy_j.high]
    total = total_j(lines)
    rows = [_line_row(line, total) for line in lines]
    last = ["all", "", "", joules(total.nominal), "", band_text(total, "J"), ""]
    name = PHASES.get(phase, phase.value)
    caption = f"{name.capitalize()}, {seconds(float(ledger.wall_s[phase]))}"
    return table(columns, rows, caption=caption, total=last, keys=_keys(lines))


def _line_row(line: Line, total: Band) -> list[str]:
    share = percent(float(line.energy_j.nominal / total.nominal)) if total.nominal else NONE
    return [
        line.label,
        quantity(float(line.amount), line.per.value, 4),
        f"{line.price.nominal:.4g} {line.price.unit}",
        joules(line.energy_j.nominal),
        share,
        band_text(line.energy_j, "J"),
        line.price.basis,
    ]


def _keys(lines: Sequence[Line]) -> list[list[object]]:
    found: list[list[object]] = []
    for line in lines:
        energy, amount = float(line.energy_j.nominal), float(line.amount)
        low = float(line.energy_j.low)
        basis = line.price.basis
        found.append([line.label, amount, line.price.nominal, energy, energy, low, basis])
    return found
