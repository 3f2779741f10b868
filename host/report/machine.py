"""The section of the machine: its chips as hexagons, to be coloured by what happened on them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from host.datatable import Cell, Table
from host.pictures.chips import draw_boards, draw_cells, draw_dead_chips, draw_shares
from host.pictures.colours import families, population_colours
from host.pictures.drawing import draw_mapping
from host.pictures.focus import focused
from host.pictures.ground import Ground, survey
from host.pictures.hexagons import HEXAGON
from host.pictures.links import draw_dead_links, draw_links
from host.pictures.picture import MachinePicture
from host.pictures.scale import LoadScale, load_scale, short
from host.pictures.svg import element, path, title
from host.pictures.tables import picture_of_tables
from host.report.layers import Layer, chip_words, layers_of
from host.report.markup import figure, legend, tag
from host.report.page import without_style
from host.report.section import Section
from host.report.tips import with_page_tips
from host.results import Results

__all__ = ["machine_script", "machine_section"]

STYLE = Path(__file__).with_name("machine.css")
SCRIPT = Path(__file__).with_name("machine.js")
TABLES = ("chips", "shares", "links")
LEGEND = 24
"""Populations that a legend names one by one."""
ACROSS = 900.0
"""Width of the picture in pixels, about, which the widths of lines are meant for."""


def machine_script() -> str:
    """What the section's layers and zoom need; to be put into the page."""
    return SCRIPT.read_text(encoding="utf-8")


def machine_section(results: Results) -> Section | None:
    """The machine of a run; None if the run has no tables of its chips."""
    if not all(name in results.tables for name in TABLES):
        return None
    names = _population_names(results)
    picture = focused(picture_of_tables(results.tables, names))
    ground = survey(_without_links(picture))
    if not ground.has_tooltips:
        return _large_machine(results, picture)
    chips = _focused_rows(results.tables["chips"], picture)
    layers = layers_of(chips)
    scale = load_scale(float(0 if picture.link_load is None else picture.link_load.max(initial=0)))
    parts = [
        tag("style", Markup(STYLE.read_text(encoding="utf-8"))),
        _bar(layers),
        tag("div", Markup(_svg(picture, ground, chips, scale)), class_="machine-view"),
        _population_legend(names),
        *(_legend(layer) for layer in layers),
        _traffic_legend(results.tables["links"], picture, scale),
    ]
    return Section(
        id="machine",
        title="Machine",
        html=str(tag("div", *parts, class_="machine", data_layer="populations")),
        lead=_lead(results, picture),
    )


def _large_machine(results: Results, picture: MachinePicture) -> Section:
    """The section of a machine with too many chips for each to tell of itself."""
    drawn = figure(
        without_style(draw_mapping(picture)),
        "More chips than a page can hold one by one: the tables chips and links of the run have "
        "the figures of each.",
        label="Populations on the chips of the machine",
    )
    return Section(id="machine", title="Machine", html=str(drawn), lead=_size(results, picture))


def _lead(results: Results, picture: MachinePicture) -> str:
    return (
        f"{_size(results, picture)} Point at a chip, tap it or walk there with the arrow keys to "
        "see its figures; Ctrl and wheel, pinching or the buttons zoom."
    )


def _size(results: Results, picture: MachinePicture) -> str:
    n_boards = len(set(picture.board.tolist()))
    return (
        f"{results.n_cores:,} cores in use on {results.n_chips:,} of {picture.n_chips:,} chips, "
        f"{n_boards:,} board{'' if n_boards == 1 else 's'}."
    )


def _population_names(results: Results) -> list[str]:
    if results.network is not None:
        return [population.name for population in results.network.populations]
    return list(dict.fromkeys(map(str, results.tables["shares"].columns["population"])))


def _without_links(picture: MachinePicture) -> MachinePicture:
    return replace(picture, link_load=None)


def _focused_rows(chips: Table, picture: MachinePicture) -> Table:
    """Rows of the living chips in the order of `picture`, which may leave some out."""
    rows = {(row[1], row[2]): row for row in chips.rows()}
    kept = [rows[x, y] for x, y in picture.xy.tolist()]
    return Table(dict(zip(chips.columns, zip(*kept, strict=True), strict=True)))


def _bar(layers: Sequence[Layer]) -> Markup:
    names = {"populations": "Populations"} | {layer.key: layer.name for layer in layers[:3]}
    names |= {"traffic": "Traffic"} | {layer.key: layer.name for layer in layers[3:]}
    choices = (
        tag("button", name, type="button", data_set_layer=key, aria_pressed="false")
        for key, name in names.items()
    )
    zooms = (
        tag("button", sign, type="button", data_zoom=key, aria_label=words)
        for key, sign, words in (
            ("out", "\u2212", "zoom out"),
            ("all", "All", "show the whole machine"),
            ("in", "+", "zoom in"),
        )
    )
    return tag(
        "div",
        tag("div", *choices, class_="layers", role="group", aria_label="Colour chips by"),
        tag("div", *zooms, class_="zooms", role="group", aria_label="Zoom"),
        class_="machine-bar",
        hidden=True,
    )


def _svg(picture: MachinePicture, ground: Ground, chips: Table, scale: LoadScale) -> str:
    across, down = ground.size
    unit = min(1.0, ACROSS / max(across, 1))
    x, y = ground.low.tolist()
    return element(
        "svg",
        title("chips of the machine"),
        draw_cells(ground, unit),
        *_chips(picture, ground, chips),
        element("g", draw_links(picture, ground, scale), kind="traffic"),
        draw_boards(picture, ground, unit),
        with_page_tips(draw_dead_chips(picture, ground, unit)),
        draw_dead_links(picture, ground, unit),
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{x} {y} {across} {down}",
        role="group",
        tabindex="0",
        aria_label="Chips of the machine; arrow keys walk from chip to chip",
    )


def _chips(picture: MachinePicture, ground: Ground, chips: Table) -> list[str]:
    """Of each chip its hexagon, its populations and its words."""
    shares: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for (chip, population, cores), members in zip(
        picture.shares.tolist(), picture.members, strict=True
    ):
        shares[chip].append((picture.population_names[population], cores, members))
    drawn = draw_shares(picture, ground, population_colours(picture.population_names))
    rows = (dict(zip(chips.columns, row, strict=True)) for row in chips.rows())
    return [
        _chip((x, y), drawn[k], row, shares[k])
        for k, ((x, y), row) in enumerate(zip(ground.at.tolist(), rows, strict=True))
    ]


def _chip(
    at: tuple[int, int],
    drawn: str,
    row: Mapping[str, Cell],
    shares: Sequence[tuple[str, int, str]],
) -> str:
    x, y = at
    words = chip_words(row, shares)
    return element(
        "g",
        element("g", drawn, kind="shares"),
        path(f"M{x} {y}{HEXAGON}", kind="hex"),
        data_at=f"{x} {y}",
        data_tip=words,
        aria_label=words,
        role="img",
        tabindex="-1",
    )


def _population_legend(names: Sequence[str]) -> Markup:
    colours = population_colours(names)
    entries = list(zip(names, colours, strict=True))
    if len(entries) > LEGEND:
        of = families(names)
        entries = list({family: (family, colours[k]) for k, family in enumerate(of)}.values())
    shown = [(name, colour) for name, colour in entries[:LEGEND]]
    more = len(entries) - len(shown)
    remark = "Cores of each population as slices of their chip; idle cores are grey."
    if more > 0:
        remark += f" The legend leaves out {more:,}."
    return _legend_of("populations", "", legend(shown), remark)


def _legend(layer: Layer) -> Markup:
    entries = [(words, f"var(--mp-load{k})") for k, words in layer.legend]
    return _legend_of(layer.key, layer.levels, legend(entries), layer.remark, hidden=True)


def _traffic_legend(links: Table, picture: MachinePicture, scale: LoadScale) -> Markup:
    levels = [(scale.label(k), scale.load_class(k)) for k in range(scale.n_levels)]
    entries = [(f"{words} packets/s", f"var(--mp-load{k})") for words, k in levels]
    shares = [value for value in links.columns["share"] if isinstance(value, float)]
    hottest = max((v for v in links.columns["packets_hz"] if isinstance(v, float)), default=0.0)
    remark = "Packets per second of the machine's time; each half of a line is what its chip sends."
    if hottest:
        remark += f" The busiest link carries {short(hottest)} packets/s"
        remark += f", {100 * max(shares):.2g} % of what it could." if shares else "."
    return _legend_of("traffic", "-" * picture.n_chips, legend(entries), remark, hidden=True)


def _legend_of(key: str, levels: str, made: Markup, remark: str, *, hidden: bool = False) -> Markup:
    return tag(
        "div",
        made,
        tag("p", remark, class_="remark"),
        class_="machine-legend",
        data_legend=key,
        data_levels=levels or None,
        hidden=hidden,
    )
