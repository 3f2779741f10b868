"""How results show themselves: in a line or two where Python prints them, as HTML in notebooks."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from host.networks.description import NetworkDescription, describe_network
from host.pictures.builder import picture_of
from host.pictures.network import draw_network, gather
from host.pictures.scale import short
from host.pictures.tables import picture_of_tables
from host.pictures.thumbnail import draw_thumbnail
from host.timing import LOSSES

if TYPE_CHECKING:
    from host.results import MapResults, Recording, Results, Spikes

__all__ = [
    "map_html",
    "map_words",
    "recording_words",
    "results_html",
    "results_words",
    "spikes_words",
]

MOST_POPULATIONS = 12
"""Rates that are told one by one."""
MOST_NODES = 24
"""Nodes of the largest network that is drawn."""
CARD = "font:13px/1.5 system-ui,sans-serif;max-width:960px"
PICTURES = "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;margin-top:8px"
PICTURE = "flex:1 1 320px;max-width:460px;min-width:0"
HEAD = "text-align:left;font-weight:500;padding:1px 16px 1px 0;vertical-align:top;opacity:.72"
CELL = "text-align:left;padding:1px 0"


def spikes_words(spikes: "Spikes") -> str:
    """Spikes in a line."""
    n, populations = spikes.steps.size, len(spikes.populations)
    time_ms = (int(spikes.steps[-1]) + 1) * spikes.dt_ms if n else 0.0
    return (
        f"<Spikes: {n:,} of {sum(spikes.sizes):,} neurons in {populations} "
        f"population{'' if populations == 1 else 's'}, the last before {time_ms:g} ms>"
    )


def recording_words(recording: "Recording") -> str:
    """Samples in a line."""
    return (
        f"<Recording: {recording.variable} ({recording.unit}) of {recording.members.size:,} "
        f"neurons of {recording.population}, {recording.steps.size:,} samples>"
    )


def results_words(results: "Results") -> str:
    """A run in a few lines."""
    rows = _run_rows(results)
    head = f"<Results: {rows.pop('network')} on {rows.pop('machine')}"
    return "\n".join([head, *(f"  {name}: {words}" for name, words in rows.items())]) + ">"


def map_words(results: "MapResults") -> str:
    """A mapping in a few lines."""
    rows = _map_rows(results)
    head = f"<MapResults: {rows.pop('network')} on {rows.pop('machine')}"
    return "\n".join([head, *(f"  {name}: {words}" for name, words in rows.items())]) + ">"


def results_html(results: "Results") -> str:
    """A run as a table and two small pictures: its network and its machine."""
    pictures = [_network_picture(results.network)]
    if {"chips", "shares", "links"} <= results.tables.keys():
        columns = results.tables["shares"].columns
        names = [p.name for p in results.network.populations] if results.network else []
        known = names or list(dict.fromkeys(map(str, columns["population"])))
        pictures.append(draw_thumbnail(picture_of_tables(results.tables, known)))
    return _card("Run", _run_rows(results), pictures)


def map_html(results: "MapResults") -> str:
    """A mapping as a table and two small pictures: its network and its machine."""
    pictures = []
    if results.mapped is not None:
        task, mapping = results.mapped
        pictures = [
            _network_picture(describe_network(task.spec)),
            draw_thumbnail(picture_of(mapping, task.machine, task.spec)),
        ]
    return _card("Mapping", _map_rows(results), pictures)


def _network_picture(network: NetworkDescription | None) -> str:
    if network is None:
        return ""
    picture = gather(network)
    return draw_network(picture) if len(picture.nodes) <= MOST_NODES else ""


def _card(kind: str, rows: Mapping[str, str], pictures: Iterable[str]) -> str:
    body = "".join(
        f'<tr><th style="{HEAD}">{escape(name)}</th><td style="{CELL}">{escape(words)}</td></tr>'
        for name, words in rows.items()
    )
    drawn = "".join(f'<div style="{PICTURE}">{svg}</div>' for svg in pictures if svg)
    return (
        f'<div style="{CARD}"><strong>{kind}</strong><table>{body}</table>'
        f'<div style="{PICTURES}">{drawn}</div></div>'
    )


def _run_rows(results: "Results") -> dict[str, str]:
    run, config = results.config.run, results.config
    timing = "ideal" if results.timing is None else "full"
    rows = {
        "network": _network_words(results),
        "machine": (
            f"{results.machine}: {results.n_cores:,} cores, {results.n_chips:,} chips, "
            f"{results.n_boards:,} board{'' if results.n_boards == 1 else 's'}"
        ),
        "run": f"{run.time_ms:g} ms at slow-down {config.slowdown:g}, {timing} timing, "
        f"seed {run.seed}, real-time factor {results.rtf:.3g}",
        "rates": _rates(results.rates_hz),
        "lost": _lost(results),
    }
    if results.energy.get("e_syn_uj") is not None:
        rows["energy"] = (
            f"{results.energy['e_syn_uj']:.3g} \u00b5J per synaptic event, "
            f"{results.energy['mean_power_w']:.3g} W"
        )
    if results.run_dir is not None:
        rows["folder"] = str(results.run_dir)
    return rows


def _network_words(results: "Results | MapResults") -> str:
    network = results.config.network
    name = getattr(getattr(results, "network", None), "name", network.name)
    return f"{name}, {results.n_neurons:,} neurons, {short(results.n_synapses)} synapses"


def _rates(rates_hz: Mapping[str, float]) -> str:
    shown = list(rates_hz.items())[:MOST_POPULATIONS]
    words = ", ".join(f"{name} {rate:.3g}" for name, rate in shown)
    more = len(rates_hz) - len(shown)
    return f"{words} Hz" + (f" and {more:,} more" if more > 0 else "") if shown else "none"


def _lost(results: "Results") -> str:
    found = {name.replace("_", " "): n for name, n in results.losses.items() if n}
    words = ", ".join(f"{n:,} {name}" for name, n in found.items())
    if results.timing is None:
        return words or "nothing: ideal timing assumes that deadlines are met"
    is_lossy = any(results.losses.get(cause) for cause in LOSSES)
    return words if is_lossy else (f"nothing in time; {words}" if words else "nothing")


def _map_rows(results: "MapResults") -> dict[str, str]:
    report: Mapping[str, Any] = results.report
    limits, entries = results.limits, report["entries_after"]
    rows = {
        "network": _network_words(results),
        "machine": (
            f"{results.machine}: {report['n_cores']:,} cores on {report['n_chips']:,} of "
            f"{limits['chips']:,} chips"
        ),
        "routing": f"{entries['max']:,} entries at most, of {limits['table_entries']:,}; "
        f"{report['tree_links_per_spike']:.1f} links per spike",
        "memory": f"SDRAM of a chip {_used(results, 'sdram_bytes')}, DTCM of a core "
        f"{_used(results, 'dtcm_bytes')} at most",
        "check": "every key reaches exactly its targets",
    }
    if results.mapping_s is not None:
        rows["time"] = f"{results.mapping_s:.3g} s"
    return rows


def _used(results: "MapResults", name: str) -> str:
    """Share of a memory that is used where most of it is."""
    return f"{results.report[name]['max'] / max(1, results.limits[name]):.0%}"
