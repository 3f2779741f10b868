"""Runs as entries of the race."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from host.errors import OutputError
from host.networks.pd14 import SIZES, synapse_numbers
from host.race.entry import Energy, Entry
from host.results import Results
from host.runfolder import load_run
from host.sections import VariantConfig

__all__ = ["entry_of", "run_entries"]

RACED = "pd14"
LEAST_TIME_MS, LEAST_WARMUP_MS = 10_000.0, 500.0
"""Biological time that the recipe of Senk et al. 2026 asks for, and what to leave out before."""
STEP_MS = 0.1
"""Time step of the model as it was published (`sim_resolution` of Senk et al. 2026)."""
NEEDED = (
    *("e_syn_uj", "e_syn_low_uj", "e_syn_high_uj"),
    *("slowdown", "load", "deadline", "n_boards_on"),
)


def run_entries(folders: Sequence[Path]) -> list[Entry]:
    """Entries of the runs that were written to `folders`.

    Each is called by the name of its folder, or by the whole path if two have one name. A folder
    that is given twice counts once.

    Raises
    ------
    OutputError
        If one is no run folder, or an older version wrote it without what energy needs.
    """
    given: dict[Path, Path] = {}
    for folder in folders:
        given.setdefault(folder.resolve(), folder)
    n_called = Counter(path.name for path in given)
    return [
        entry_of(load_run(folder), path.name if n_called[path.name] == 1 else str(folder))
        for path, folder in given.items()
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
    return Entry(
        name=name,
        simulator="chipemu",
        system=_system(results.machine, energy["n_boards_on"]),
        family=None,
        process_nm=None,
        q_rtf=None if deadline == "missed" else slowdown,
        slowdown=slowdown,
        e_syn=_energy(energy),
        drive=config.network.drive,
        deadline=deadline,
        timing=config.run.timing,
        differs=_differs(results),
        notes=tuple(_notes(results)),
    )


def _system(machine: str, n_boards: int) -> str:
    """Machine and its boards, if it is made of boards."""
    if n_boards == 0:
        return machine
    return f"{machine}, 1 board" if n_boards == 1 else f"{machine}, {n_boards} boards"


def _energy(energy: Mapping[str, Any]) -> Energy | None:
    found = [energy[key] for key in ("e_syn_low_uj", "e_syn_uj", "e_syn_high_uj")]
    return None if None in found else Energy(*map(float, found))


def _differs(results: Results) -> str:
    """In what the network is not that of the race.

    `host.run` may have been given a network of one's own, whatever the configuration names.
    """
    network = results.config.network
    name = [network.name] if network.name != RACED else []
    scale = [f"scale {network.scale:g}"] if network.scale != 1 else []
    variant = ["a variant"] if network.variant != VariantConfig() else []
    if differs := name + scale + variant:
        return ", ".join(differs)
    if (results.n_neurons, results.n_synapses) == (sum(SIZES), int(synapse_numbers().sum())):
        return ""
    return f"another network, of {results.n_neurons:,} neurons and {results.n_synapses:,} synapses"


def _notes(results: Results) -> Iterator[str]:
    energy, config, differs = results.energy, results.config, _differs(results)
    run = config.run
    if differs:
        yield f"{differs}: not in the race, which full-scale {RACED} runs alone"
    if energy["deadline"] == "missed":
        why = _why_missed(run.timing, energy["load"])
        yield f"deadline missed at slow-down {energy['slowdown']:g} ({why}): no valid q_RTF"
    if energy["e_syn_uj"] is None:
        yield "no synaptic events: no energy per event"
    if run.time_ms < LEAST_TIME_MS:
        yield f"{run.time_ms:g} ms of biological time; the recipe asks for {LEAST_TIME_MS:g} ms"
    if run.warmup_ms < LEAST_WARMUP_MS:
        yield f"{run.warmup_ms:g} ms of warm-up; the recipe asks for {LEAST_WARMUP_MS:g} ms"
    if run.dt_ms != STEP_MS:
        yield f"time step of {run.dt_ms:g} ms; the published model has {STEP_MS:g} ms"
    if config.mapping.delays == "clip":
        yield "mapping.delays: clip, so delays longer than a ring buffer holds are cut"


def _why_missed(timing: str, load: float) -> str:
    """Ideal timing loses no spikes, but can tell that cores have more work than time."""
    if timing == "full":
        return "spikes lost or late"
    return f"more work than time, {load:.3g} times as much on the busiest cores"
