"""Runs as entries of the race."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from host.config import Config
from host.errors import OutputError
from host.race.entry import Energy, Entry
from host.results import Results
from host.runfolder import load_run

__all__ = ["entry_of", "run_entries"]

RACED = "pd14"
LEAST_TIME_MS, LEAST_WARMUP_MS = 10_000.0, 500.0
"""Biological time that the recipe of Senk et al. 2026 asks for, and what to leave out before."""
NEEDED = ("e_syn_uj", "e_syn_low_uj", "e_syn_high_uj", "slowdown", "deadline", "n_boards_on")


def run_entries(folders: Sequence[Path]) -> list[Entry]:
    """Entries of the runs that were written to `folders`.

    Each is called by the name of its folder, or by the whole path if two have one name.

    Raises
    ------
    OutputError
        If one is no run folder, or an older version wrote it without what energy needs.
    """
    names = [folder.resolve().name or str(folder) for folder in folders]
    return [
        entry_of(load_run(folder), str(folder) if names.count(name) > 1 else name)
        for name, folder in zip(names, folders, strict=True)
    ]


def entry_of(results: Results, name: str) -> Entry:
    """Entry of a run; errors as of `run_entries`."""
    energy, config = results.energy, results.config
    missing = [key for key in NEEDED if key not in energy]
    if missing:
        msg = (
            f"run {name} tells no energy that can be compared (no {missing[0]}): an older version "
            "wrote it; run it again"
        )
        raise OutputError(msg)
    deadline, slowdown = energy["deadline"], float(energy["slowdown"])
    n_boards = energy["n_boards_on"]
    boards = "1 board" if n_boards == 1 else f"{n_boards} boards"
    return Entry(
        name=name,
        simulator="chipemu",
        system=f"{results.machine}, {boards}",
        family=None,
        process_nm=None,
        q_rtf=None if deadline == "missed" else slowdown,
        slowdown=slowdown,
        e_syn=_energy(energy),
        drive=config.network.drive,
        deadline=deadline,
        timing=config.run.timing,
        differs=_differs(config),
        notes=tuple(_notes(config, energy)),
    )


def _energy(energy: Mapping[str, Any]) -> Energy | None:
    found = [energy[key] for key in ("e_syn_low_uj", "e_syn_uj", "e_syn_high_uj")]
    return None if None in found else Energy(*map(float, found))


def _differs(config: Config) -> str:
    """In what the network is not that of the race."""
    network = config.network
    name = [network.name] if network.name != RACED else []
    scale = [f"scale {network.scale:g}"] if network.scale != 1 else []
    return ", ".join(name + scale)


def _notes(config: Config, energy: Mapping[str, Any]) -> Iterator[str]:
    run, differs = config.run, _differs(config)
    if differs:
        yield f"{differs}: not in the race, which full-scale {RACED} runs alone"
    if energy["deadline"] == "missed":
        yield f"deadline missed at slow-down {energy['slowdown']:g}: no valid q_RTF"
    if energy["e_syn_uj"] is None:
        yield "no synaptic events: no energy per event"
    if run.time_ms < LEAST_TIME_MS:
        yield f"{run.time_ms:g} ms of biological time; the recipe asks for {LEAST_TIME_MS:g} ms"
    if run.warmup_ms < LEAST_WARMUP_MS:
        yield f"{run.warmup_ms:g} ms of warm-up; the recipe asks for {LEAST_WARMUP_MS:g} ms"
