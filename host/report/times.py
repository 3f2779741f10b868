"""How long it took: the emulator on this computer, and the phases of the emulated machine."""

from collections.abc import Mapping

from markupsafe import Markup

from host.report.markup import figure, tag, tile, tiles
from host.report.numbers import bytes_text, percent, seconds
from host.report.plot import Axis, picture, rectangle, words
from host.report.section import Section
from host.results import Results

__all__ = ["times_section"]

WIDTH, LEFT, BAR, ROW = 880.0, 108.0, 15.0, 24.0
SMALLEST = 0.002
"""Share of the time below which phases are drawn as one."""


def times_section(results: Results, machine_s: Mapping[str, float]) -> Section:
    """Wall times.

    Parameters
    ----------
    results : Results
    machine_s : mapping of str to float
        Time of each phase of the emulated machine (s); empty if it is not known.
    """
    total = sum(results.wall_s.values())
    made = tiles(
        tile("emulation", seconds(total), "all phases, on this computer"),
        tile("simulation", seconds(results.wall_s.get("simulate")), "of it"),
        tile("real-time factor", f"{results.rtf:.3g}", "of the emulator: wall over biological"),
        tile("peak memory", bytes_text(results.peak_rss_bytes), "resident"),
    )
    parts = [made, tag("h3", "The emulator, on this computer"), _bars(results.wall_s, "emulator")]
    if machine_s:
        parts += [
            tag("h3", "The emulated machine, as reckoned"),
            _bars(machine_s, "emulated machine"),
        ]
    lead = (
        "Two clocks: that of the computer that emulates, and that of the machine that is emulated, "
        "loading of the network included."
    )
    return Section("times", "Times", Markup("").join(parts), lead)


def _bars(times_s: Mapping[str, float], whose: str) -> Markup:
    """A bar for each phase; those too short to see make one."""
    total = sum(times_s.values())
    long = {name: s for name, s in times_s.items() if s >= SMALLEST * total and s > 0}
    short = {name: s for name, s in times_s.items() if name not in long and s > 0}
    if len(short) == 1:
        long, short = long | short, {}
    rows = [(name, s, f"{name}: {seconds(s, 4)}") for name, s in long.items()]
    if short:
        told = ", ".join(f"{name} {seconds(s)}" for name, s in short.items())
        rows.append(("others", sum(short.values()), told))
    x_axis = Axis(0.0, max(times_s.values(), default=0.0) or 1.0, LEFT, WIDTH - 150)
    parts = []
    for k, (name, s, tip) in enumerate(rows):
        y = 4 + k * ROW
        x = x_axis.at(s)
        text = f"{seconds(s)}  ·  {percent(s / total)}"
        parts.append(words(name, LEFT - 10, y + 12, anchor="end", kind="plot-name"))
        parts.append(rectangle(LEFT, y, max(1.0, x - LEFT), BAR, "plot-bar", data_tip=tip))
        parts.append(words(text, max(LEFT + 1, x) + 8, y + 12))
    label = f"Time of each phase of the {whose}"
    svg = picture(WIDTH, 8 + len(rows) * ROW, parts, label=label)
    return figure(svg, "", label=label, least_px=480)
