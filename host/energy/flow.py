"""The picture of a ledger: where the energy of a run goes while the network runs.

From the total over what draws it to what it is for, widths in proportion to energy (a diagram
after Sankey 1898); below it the phases of the run.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from textwrap import wrap
from typing import NamedTuple

from host.energy.flowgraph import Flows, flows_of
from host.energy.flowlayout import Block, Layout, Ribbon, lay_out
from host.energy.flowphases import draw_phases
from host.energy.flowwords import Scale, column, event_scale, scale_of, seconds_text, short
from host.energy.ledger import Band, Ledger, is_measured
from host.energy.vocabulary import Kind, Phase
from host.pictures.colours import OKABE_ITO
from host.pictures.svg import STYLE, element, number, text, title

__all__ = ["draw_flow"]

WIDTH, MARGIN = 1200.0, 28.0
TOTAL_X, TOTAL_WIDTH = 206.0, 14.0
CONSUMERS_X, KINDS_X, BLOCK_WIDTH = 322.0, 820.0, 352.0
FIGURES = {"energy": 216.0, "share": 272.0, "event": 344.0}
"""Where the figures of a block end."""
SIZE, THIN = 13.0, 8.0
"""Size of words, and height of blocks from which on these need no halo."""
OF_BLOCKS, OF_RIBBONS = 0.65, 0.35
"""Opacity."""
LONGEST_NAME, CHARACTERS, TITLE_CHARACTERS = 20, 150, 98
COLOURS = {Kind.STANDING: OKABE_ITO[7], Kind.WAITING: OKABE_ITO[1], Kind.WORK: OKABE_ITO[0]}
MEANINGS = {
    Kind.STANDING: "drawn even if nothing happens",
    Kind.WAITING: "cores awake that look for work",
    Kind.WORK: "what the network asks for",
}


def draw_flow(ledger: Ledger, heading: str = "") -> str:
    """Draw where the energy of the phase *running* goes.

    Parameters
    ----------
    ledger : Ledger
    heading : str
        What the ledger is of: run, machine, table; its first line is the largest.

    Returns
    -------
    str
        An SVG element 1200 units wide, without a fixed size. The same ledger always gives the
        same text.
    """
    flows = flows_of(ledger)
    header, y = _header(heading or "Where the energy goes", ledger)
    if flows.total_j:
        middle, y = _flows(flows, ledger, y + 12.0)
    else:
        words = "the phase running draws no energy at nominal prices"
        middle, y = text(words, (MARGIN, y + 34.0), 16.0), y + 60.0
    notes, y = _lines(_notes(flows), y + 4.0)
    phases, y = draw_phases(ledger, MARGIN, y + 20.0, WIDTH - 2 * MARGIN)
    bottom = y + MARGIN
    return element(
        "svg",
        title("where the energy of a run goes"),
        element("style", STYLE),
        element("rect", kind="paper", width=WIDTH, height=bottom),
        header,
        middle,
        notes,
        phases,
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(WIDTH)} {number(bottom)}",
        role="img",
    )


def _header(heading: str, ledger: Ledger) -> tuple[str, float]:
    """Title, captions, and where they end."""
    first, *others = heading.splitlines()
    drawn, y = [], MARGIN - 8.0
    for line in wrap(first, TITLE_CHARACTERS, break_on_hyphens=False):
        y += 24.0
        drawn.append(text(line, (MARGIN, y), 17.0, font_weight="600"))
    boards = "1 board" if ledger.n_boards_on == 1 else f"{ledger.n_boards_on:,} boards"
    counted = "reckoned" if ledger.is_reckoned else "counted"
    told = (
        f"{boards}, slow-down {ledger.slowdown:g}, deadline {ledger.deadline}; "
        f"{ledger.synaptic_events:,} synaptic events, times and packets {counted}"
    )
    captions, y = _lines([*others, told], y + 2.0)
    return "".join(drawn) + captions, y


def _lines(words: Sequence[str], y: float) -> tuple[str, float]:
    drawn = []
    for line in (
        part for paragraph in words for part in wrap(paragraph, CHARACTERS, break_on_hyphens=False)
    ):
        y += 19.0
        drawn.append(text(line, (MARGIN, y), 13.5, "muted"))
    return "".join(drawn), y


def _notes(flows: Flows) -> list[str]:
    """What is not drawn."""
    found = []
    if flows.n_free:
        lines = "1 line" if flows.n_free == 1 else f"{flows.n_free} lines"
        found.append(f"not drawn: {lines} of the ledger without a cost at nominal prices")
    if flows.host_j:
        found.append(f"the host's {float(flows.host_j):.4g} J are not part of the machine's")
    return found


class _Figures(NamedTuple):
    """How energies of one column are written: in all three units, adding up."""

    rows: list[tuple[str, str, str]]
    heads: tuple[str, str, str]


def _figures(energies_j: Sequence[Fraction], flows: Flows, events: int) -> _Figures:
    scale, per_event = scale_of(flows.total_j), event_scale(flows.total_j / (events or 1))
    written = (
        column([energy / scale.unit for energy in energies_j], scale.decimals),
        column([100 * energy / flows.total_j for energy in energies_j], 1),
        column([energy / events / per_event.unit for energy in energies_j], per_event.decimals)
        if events
        else ["-"] * len(energies_j),
    )
    return _Figures(list(zip(*written, strict=True)), (scale.name, "%", f"{per_event.name}/event"))


def _flows(flows: Flows, ledger: Ledger, top: float) -> tuple[str, float]:
    layout, top = lay_out(flows), top + 30.0
    energies = [block.energy_j for block in layout.consumers]
    of_consumers = _figures(energies, flows, ledger.synaptic_events)
    of_kinds = _figures([b.energy_j for b in layout.kinds], flows, ledger.synaptic_events)
    tips = {c.name: [k.label for k in c.lines] for c in flows.consumers}
    drawn = [
        *(_ribbon(ribbon) for ribbon in layout.ribbons),
        _total(layout.total, flows, ledger),
        *_blocks(layout.consumers, of_consumers, CONSUMERS_X, lambda name: "; ".join(tips[name])),
        *_blocks(layout.kinds, of_kinds, KINDS_X, lambda name: MEANINGS[Kind(name)]),
        _heads("what draws it", of_consumers.heads, CONSUMERS_X),
        _heads("what it is for", of_kinds.heads, KINDS_X),
        _idle(layout, flows, ledger),
    ]
    moved = element("g", *drawn, transform=f"translate(0 {number(top)})")
    return moved, top + layout.height + 44.0


def _ribbon(ribbon: Ribbon) -> str:
    if ribbon.kind is None:
        begin, end = TOTAL_X + TOTAL_WIDTH, CONSUMERS_X
    else:
        begin, end = CONSUMERS_X + BLOCK_WIDTH, KINDS_X
    x0, x1, middle = number(begin), number(end), number((begin + end) / 2)
    y0, y1 = number(ribbon.top), number(ribbon.end_top)
    y2, y3 = number(ribbon.end_top + ribbon.height), number(ribbon.top + ribbon.height)
    steps = (
        f"M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}V{y2}"
        f"C{middle} {y2} {middle} {y3} {x0} {y3}z"
    )
    tip = title(f"{ribbon.begin} to {ribbon.end}")
    if ribbon.kind is None:
        return element("path", tip, kind="idle", d=steps, fill_opacity=OF_RIBBONS)
    return element("path", tip, d=steps, fill=COLOURS[ribbon.kind], fill_opacity=OF_RIBBONS)


def _total(block: Block, flows: Flows, ledger: Ledger) -> str:
    """Block of the total, and what there is to say of it, to the left."""
    wall_s, e_syn = ledger.wall_s.get(Phase.RUNNING, Fraction(0)), ledger.e_syn_j()
    lines = _level_lines(ledger.total_j(is_measured), scale_of(flows.total_j))
    if e_syn is not None:
        lines += _level_lines(e_syn, event_scale(e_syn.nominal), "/event")
    if wall_s:
        lines += [f"{float(flows.total_j / wall_s):,.4g} W", f"for {seconds_text(wall_s)}"]
    y = block.top + block.height / 2 - 11.0 * len(lines)
    words = [text("socket, without host", (MARGIN, y), SIZE, "muted")]
    for k, line in enumerate(lines):
        is_main = k % 2 == 0
        y += 24.0 if is_main else 19.0
        kind, weight = ("ink", "600") if is_main else ("muted", "400")
        words.append(text(line, (MARGIN, y), 15.0 if is_main else SIZE, kind, font_weight=weight))
    size = {"width": TOTAL_WIDTH, "height": block.height}
    return element("rect", kind="muted", x=TOTAL_X, y=block.top, **size) + "".join(words)


def _level_lines(band: Band, scale: Scale, per: str = "") -> list[str]:
    """An energy, and below it how far it may be off."""
    low, nominal, high = (float(level / scale.unit) for level in band)
    return [f"{nominal:,.{scale.decimals}f} {scale.name}{per}", f"{low:,.4g} to {high:,.4g}"]


def _blocks(
    blocks: Sequence[Block], figures: _Figures, x: float, tip: Callable[[str], str]
) -> list[str]:
    return [
        _block(block, row, x, tip(block.name))
        for block, row in zip(blocks, figures.rows, strict=True)
    ]


def _block(block: Block, row: tuple[str, str, str], x: float, tip: str) -> str:
    """A block with its line of words, which may be higher than the block."""
    y = block.top + block.height / 2 + 0.35 * SIZE
    name = short(block.name, LONGEST_NAME)
    kind = block.kind
    size = {"width": BLOCK_WIDTH, "height": block.height, "fill_opacity": OF_BLOCKS}
    return element(
        "g",
        title(f"{block.name}: {tip}"),
        element("rect", kind="", x=x, y=block.top, fill=COLOURS[kind], **size)
        if kind
        else element("rect", kind="idle", x=x, y=block.top, **size),
        _row(name, row, x, y, "ink" if block.height > THIN else "ink halo"),
    )


def _row(name: str, row: tuple[str, str, str], x: float, y: float, kind: str = "ink") -> str:
    figures = (
        text(words, (x + end, y), SIZE, kind, text_anchor="end", stroke_width=3.0)
        for words, end in zip(row, FIGURES.values(), strict=True)
    )
    name_at = (x + 8.0, y)
    return text(name, name_at, SIZE, kind, font_weight="600", stroke_width=3.0) + "".join(figures)


def _heads(words: str, heads: tuple[str, str, str], x: float) -> str:
    first = text(words, (x + 8.0, -12.0), SIZE, "muted")
    others = (
        text(head, (x + end, -12.0), SIZE, "muted", text_anchor="end")
        for head, end in zip(heads, FIGURES.values(), strict=True)
    )
    return first + "".join(others)


def _idle(layout: Layout, flows: Flows, ledger: Ledger) -> str:
    """The part that is due to idle, below the column of kinds."""
    idle = flows.of_kind(Kind.STANDING) + flows.of_kind(Kind.WAITING)
    (row,) = _figures([idle], flows, ledger.synaptic_events).rows
    last = layout.kinds[-1]
    y = max(last.top + last.height, last.top + last.height / 2 + 10.0) + 24.0
    return _row("of which idle", row, KINDS_X, y)
