"""The packet ledger: what was sent, taken, worked on and lost, drawn and as a table."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from host.report.markup import Column, figure, legend, note, table, tag, tile, tiles
from host.report.numbers import NONE, count, plural, share
from host.report.packetaccount import LOSS_WORDS, WHOLE, Part, Stage, stages
from host.report.plot import picture, rectangle, words
from host.report.section import Section
from host.results import Results
from host.timing import Timing

__all__ = ["packets_section"]

WIDTH, BAR, ROW = 880.0, 22.0, 58.0
FILLS = {"good": "var(--accent)", "none": "var(--mp-idle)", "bad": "var(--bad)"}
FATES = {
    "unrouted": "sent by a core of the chip, and no entry of the table matches",
    "no_output": "the route of its entry is empty",
    "aged": "two time phases old",
    "dropped": "blocked until the router's time was up",
    "missed": "likewise, while the drop register was still full",
    "overflowed": "taken from the drop register while the queue of the reinjector was full",
}
"""Why routers drop copies (`router.events.Fate`)."""


def packets_section(results: Results) -> Section:
    """What was sent and what became of it."""
    found = stages(results)
    timing = results.timing
    if timing is None:
        html = _reckoned(results)
        lead = "With ideal timing every packet arrives in its step: nothing is lost on the way."
    else:
        parts = [_tiles(timing), _drawn(found), _ledger(found, list(timing.stretches))]
        parts += [_causes(results), _fates(timing)]
        html = Markup("").join(parts)
        lead = "What was sent equals what arrived, was dropped or is still under way."
    return Section("packets", "Packets", html, lead)


def _reckoned(results: Results) -> Markup:
    counters = results.counters
    tiles_ = [
        tile(name, count(counters[key]), "reckoned from the spikes")
        for key, name in (
            ("packets_sent", "packets sent"),
            ("packets_received", "taken by cores"),
            ("router_passes", "routers passed"),
            ("packets_received_max_per_core", "most on one core"),
        )
        if key in counters
    ]
    return Markup("").join((tiles(*tiles_), _causes(results)))


def _tiles(timing: Timing) -> Markup:
    run = timing.stretches["run"]
    return tiles(
        tile("packets sent", count(run.packets_sent), "in the time that counts"),
        tile("taken by cores", count(run.packets_received), "one copy for each core"),
        tile(
            "dropped by routers",
            count(run.losses.router_dropped),
            "copies, each for one core or more",
            "bad" if run.losses.router_dropped else "good",
        ),
        tile("under way at the end", count(timing.in_flight), "copies, of the whole run"),
    )


def _drawn(found: Sequence[Stage]) -> Markup:
    parts, label = [], "Where packets went, stage by stage"
    for k, stage in enumerate(found):
        y = 16 + k * ROW
        total = stage.total[WHOLE]
        parts.append(words(f"{stage.name}: {count(total)}", 0, y - 4, kind="plot-name"))
        parts += _bar(stage, y + 4)
    svg = picture(WIDTH, 8 + len(found) * ROW, parts, label=label)
    colours = [
        (FILLS["good"], "as meant"),
        (FILLS["none"], "neither"),
        (FILLS["bad"], "lost"),
    ]
    key = legend([(name, colour) for colour, name in colours])
    caption = "Whole run, warm-up included. A part too small to be seen is drawn two units wide."
    return figure(svg, caption, label=label, least_px=520) + key


def _bar(stage: Stage, y: float) -> list[Markup]:
    total, x = stage.total[WHOLE], 0.0
    drawn = [rectangle(0, y, WIDTH, BAR, "plot-idle", fill_opacity="0.4")]
    for part in stage.parts:
        n = part.counts[WHOLE]
        if n <= 0 or not total:
            continue
        width = min(WIDTH - x, max(2.0, WIDTH * n / total))
        start = min(x, WIDTH - width)
        tip = f"{part.name}: {count(n)} ({share(n, total)})"
        drawn.append(rectangle(start, y, width, BAR, fill=FILLS[part.tone], data_tip=tip))
        if width > 8 * len(part.name):
            drawn.append(
                tag("text", part.name, x=start + 8, y=y + 15, class_="plot-text plot-inside")
                if part.tone != "none"
                else words(part.name, start + 8, y + 15)
            )
        x += width
    return drawn


def _ledger(found: Sequence[Stage], stretches: Sequence[str]) -> Markup:
    names = {"warmup": "warm-up", "run": "time that counts"}
    keys = [*stretches, WHOLE]
    columns = [Column("", is_number=False), *(Column(names.get(key, key)) for key in keys)]
    columns.append(Column("share", tip="Of the whole run."))
    rows: list[list[object]] = []
    kinds = []
    for stage in found:
        rows.append([stage.name, *_cells(stage.total, keys), ""])
        kinds.append("head")
        for part in stage.parts:
            n, total = part.counts[WHOLE], stage.total[WHOLE]
            rows.append([part.name, *_cells(part.counts, keys), share(n, total)])
            kinds.append(_kind(part, n))
    return table(columns, rows, caption="Packet ledger", kinds=kinds)


def _cells(counts: Mapping[str, int], keys: Sequence[str]) -> list[str]:
    return [count(counts[key]) if key in counts else NONE for key in keys]


def _kind(part: Part, n: int) -> str:
    return "part bad" if part.tone == "bad" and n else "part"


def _causes(results: Results) -> Markup:
    """Losses of the whole run by cause."""
    shown = {name: n for name, n in results.losses.items() if n or results.timing is not None}
    if not any(shown.values()):
        return note("Nothing was lost, late or cut: all causes of loss count nothing.")
    columns = [Column("cause", is_number=False), Column("count"), Column("what", is_number=False)]
    rows = [
        [name.replace("_", " "), count(n), LOSS_WORDS.get(name, "")] for name, n in shown.items()
    ]
    kinds = ["bad" if n else "" for n in shown.values()]
    return table(columns, rows, caption="Losses by cause, whole run", kinds=kinds)


def _fates(timing: Timing) -> Markup:
    fates: dict[str, int] = {}
    for stretch in timing.stretches.values():
        for fate, n in stretch.dropped.items():
            fates[fate] = fates.get(fate, 0) + n
    if not any(fates.values()):
        return note("Routers dropped no packet.")
    columns = [Column("fate", is_number=False), Column("copies"), Column("why", is_number=False)]
    rows = [
        [fate.replace("_", " "), count(n), FATES.get(fate, "")] for fate, n in fates.items() if n
    ]
    caption = f"What routers dropped: {plural(sum(fates.values()), 'copy', 'copies')}"
    return table(columns, rows, caption=caption)
