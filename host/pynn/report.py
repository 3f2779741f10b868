"""What only the emulator knows, for a script to ask after a run.

``sim.report()`` is text for people; ``sim.results()`` has everything (`host.results.Results`), and
``sim.losses()``, ``sim.energy()``, ``sim.mapping()``, ``sim.deadlines()`` are its parts.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType

from host.errors import ConfigError
from host.jsonforms import form
from host.machines import MachineSpec, load_machine
from host.pynn import simulator
from host.pynn.notices import NOTICES
from host.results import Results, plain, summary
from host.tables import run_tables
from host.timing import Timing

__all__ = [
    "account",
    "deadlines",
    "energy",
    "get_machine",
    "losses",
    "mapping",
    "notices",
    "report",
    "results",
    "tables",
    "write_report",
]

WIDTH = 100
"""Columns of the text of `report`."""


def results() -> Results:
    """All that the emulator knows of the run so far, or of the last one if there was a reset.

    Raises
    ------
    ConfigError
        If nothing has run.
    """
    found = _results()
    if found is None:
        msg = "there are no results: nothing has run yet; call run(...) first"
        raise ConfigError(msg)
    return found


def _results() -> Results | None:
    return simulator.state.results()


def losses() -> Mapping[str, int]:
    """Events lost, by cause."""
    return results().losses


def energy() -> Mapping[str, Any]:
    """What the run cost: ``e_syn_uj``, energy per synaptic event (uJ), and what it is made of."""
    return results().energy


def mapping() -> Mapping[str, Any]:
    """Where the network went: cores, chips, table entries, traffic (`mapping.cost`)."""
    return results().mapping


def deadlines() -> Timing | None:
    """Losses and margins of each step; None with ideal timing, where nothing can be late."""
    return results().timing


def get_machine() -> MachineSpec:
    """The emulated machine as its file describes it, as far as it is known before mapping."""
    return load_machine(simulator.state.config.machine)


def notices() -> tuple[str, ...]:
    """What the script asked for and got in another way."""
    return NOTICES.sentences


def tables() -> RenderableType:
    """The account as tables for a terminal."""
    found = _results()
    ran: tuple[RenderableType, ...] = (
        ("nothing has run",) if found is None else (run_tables(found),)
    )
    told = [f"notice: {sentence}" for sentence in notices()]
    return Group(*ran, *told)


def report() -> str:
    """The account as text: rates, losses, margins, costs, and what was taken differently."""
    stream = io.StringIO()
    Console(file=stream, width=WIDTH, markup=False).print(tables())
    return stream.getvalue()


def account() -> dict[str, Any]:
    """The account, ready for JSON: `host.results.summary` and ``notices``."""
    found = _results()
    return ({} if found is None else summary(found)) | {"notices": plain(notices())}


def write_report(path: Path | str) -> None:
    """Write `account` to the file `path`, as ``chipemu pynn run --json`` prints it.

    If its name ends in ``.html``, the report of the run as a page (`host.report`).

    Raises
    ------
    ConfigError
        If a page is asked for and nothing has run.
    """
    path = Path(path)
    if path.suffix.lower() in (".html", ".htm"):
        from host.report import render_run  # noqa: PLC0415 - seldom asked for

        text = render_run(results(), notices=notices())
    else:
        text = json.dumps(form("pynn", account()), indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
