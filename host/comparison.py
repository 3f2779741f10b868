"""What two or more finished runs have in common and where they differ, figure by figure.

The first run is the one that others are held against. Each figure is a row with a value of every
run; a run that has no such figure has None. What cannot be compared is told in words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from host.analysis.measures import MEASURES
from host.errors import ConfigError
from host.manifest import read_manifest
from host.results import Results, plain
from host.runfolder import load_run
from host.spikecomparison import Distance, SpikeComparison, compare_spikes

__all__ = ["MAPPING", "Block", "Row", "RunComparison", "compare_runs"]

MAPPING = (
    "n_cores",
    "n_idle_cores",
    "n_delay_cores",
    "n_chips",
    "n_boards",
    "entries_after.mean",
    "entries_after.max",
    "tree_links_per_spike",
    "reached_per_spike",
    "hops_per_target",
)
"""Figures of a mapping that are compared (`mapping.cost.MappingReport`)."""
NOT_COMPARED = ("output", "run.threads", "run.checkpoint_ms")
"""Keys of a configuration that results do not depend on."""


class Row(NamedTuple):
    """One figure of every run; None: a run does not have it."""

    name: str
    unit: str
    values: tuple[Any, ...]

    @property
    def is_equal(self) -> bool:
        """Whether all runs have the same value."""
        return all(value == self.values[0] for value in self.values)


class Block(NamedTuple):
    """Rows that belong together."""

    name: str
    title: str
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """Rows in which runs differ."""
        return tuple(row for row in self.rows if not row.is_equal)


class RunComparison(NamedTuple):
    """Runs side by side."""

    names: tuple[str, ...]
    folders: tuple[str, ...]
    blocks: tuple[Block, ...]
    spikes: tuple[SpikeComparison, ...]
    """Of each run after the first, with the first."""

    def block(self, name: str) -> Block:
        """Block of this name."""
        return next(block for block in self.blocks if block.name == name)

    def to_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "runs": [
                {"name": name, "folder": folder}
                for name, folder in zip(self.names, self.folders, strict=True)
            ],
            **{
                block.name: {
                    row.name: {"unit": row.unit or None, "values": list(row.values)}
                    for row in block.rows
                }
                for block in self.blocks
            },
            "spikes": [
                {"run": name, **_spikes_json(found)}
                for name, found in zip(self.names[1:], self.spikes, strict=True)
            ],
        }


def _spikes_json(found: SpikeComparison) -> dict[str, Any]:
    distances = [_distance_json(distance) for distance in found.distances]
    return {
        "identical": found.is_identical,
        "words": found.words,
        "distances": distances,
        "not_compared": found.not_compared,
    }


def _distance_json(distance: Distance) -> dict[str, Any]:
    return {**distance._asdict(), "unit": MEASURES[distance.measure].unit or None}


def compare_runs(folders: Sequence[Path]) -> RunComparison:
    """Compare the runs in `folders`, two or more, with the first of them.

    Raises
    ------
    ConfigError
        If there is only one.
    OutputError
        If one is no run folder, or damaged.
    """
    if len(folders) < 2:
        msg = "a comparison needs two run folders or more"
        raise ConfigError(msg)
    runs = [load_run(folder) for folder in folders]
    manifests = [read_manifest(folder) for folder in folders]
    names = _names(folders)
    return RunComparison(
        names,
        tuple(map(str, folders)),
        (
            _block("about", "runs", map(_about, runs, manifests)),
            _block("configuration", "configuration", map(_configuration, runs)),
            _block("machine", "machine, in detail", map(_machine, runs)),
            _block("network", "network, in detail", map(_network, runs)),
            _block("rates_hz", "rates", (run.rates_hz for run in runs), "spikes/s"),
            _block("losses", "losses in the whole run", (run.losses for run in runs)),
            _block("timing", "deadlines", map(_timing, runs)),
            _block("energy", "energy", map(_energy, runs)),
            _block("mapping", "mapping", map(_mapping, runs)),
            _block("performance", "this computer", map(_performance, runs)),
        ),
        tuple(
            compare_spikes(runs[0], run, names=(names[0], name))
            for run, name in zip(runs[1:], names[1:], strict=True)
        ),
    )


def _names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Shortest ends of the paths, of equal length, that tell the folders apart."""
    parts = [folder.absolute().parts for folder in folders]
    for depth in range(1, max(map(len, parts)) + 1):
        names = tuple("/".join(own[-depth:]) for own in parts)
        if len(set(names)) == len(names):
            return names
    return tuple(f"{folder.name} ({k})" for k, folder in enumerate(folders, start=1))


def _block(
    name: str, title: str, accounts: Iterable[Mapping[str, Any]], unit: str | None = None
) -> Block:
    """Block of the values of all runs by key, keys in the order in which runs have them."""
    kept = list(accounts)
    keys = dict.fromkeys(key for account in kept for key in account)
    units = {key: _unit(key) if unit is None else unit for key in keys}
    rows = (Row(key, units[key], tuple(account.get(key) for account in kept)) for key in keys)
    return Block(name, title, tuple(rows))


UNITS = {"_uj": "uJ", "_j": "J", "_us": "us", "_s": "s", "_w": "W", "_bytes": "B", "_ps": "ps"}


def _unit(key: str) -> str:
    """Unit that the end of a key tells, or that of the group it is in."""
    head = key.partition(".")[0]
    for end, unit in UNITS.items():
        if key.endswith(end) or head.endswith(end):
            return unit
    return ""


def _leaves(value: Any, at: str = "") -> dict[str, Any]:
    """Values by dotted key; lists are values."""
    if not isinstance(value, Mapping):
        return {at: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= _leaves(inner, f"{at}.{key}" if at else str(key))
    return found


def _about(run: Results, manifest: Mapping[str, Any]) -> dict[str, Any]:
    made = {f"version.{name}": text for name, text in manifest.get("versions", {}).items()}
    return {
        "network": run.config.network.name,
        "neurons": run.n_neurons,
        "synapses": run.n_synapses,
        "machine": run.machine,
        "biological_time_ms": run.config.run.time_ms,
        "slowdown": run.config.slowdown,
        "seed": run.config.run.seed,
        "platform": manifest.get("platform"),
        **made,
    }


def _configuration(run: Results) -> dict[str, Any]:
    leaves = _leaves(plain(asdict(run.config)))
    return {key: value for key, value in leaves.items() if key not in NOT_COMPARED}


def _machine(run: Results) -> dict[str, Any]:
    return _leaves(plain(run.machine_description))


def _network(run: Results) -> dict[str, Any]:
    """Size, model and input of populations, and what tells projections apart."""
    if run.network is None:
        return {}
    found: dict[str, Any] = {}
    for population in run.network.populations:
        found |= _leaves(
            {population.name: plain({k: v for k, v in asdict(population).items() if k != "name"})}
        )
    for k, projection in enumerate(run.network.projections):
        name = f"{projection.pre} -> {projection.post} ({projection.receptor}, {k + 1})"
        inner = {k: v for k, v in asdict(projection).items() if k not in ("pre", "post")}
        found |= _leaves({name: plain(inner)})
    return found


def _timing(run: Results) -> dict[str, Any]:
    found: dict[str, Any] = {"deadline": run.energy.get("deadline")}
    if run.timing is None:
        return found
    found["step_us"] = run.timing.step_us
    for role, margins in run.timing.stretches["run"].margins.items():
        found[f"{role}.smallest_slack_us"] = margins.smallest_us
        found[f"{role}.busy_mean"] = margins.busy_mean
        found[f"{role}.busy_max"] = margins.busy_max
    return found


def _energy(run: Results) -> dict[str, Any]:
    left = ("deadline", "slowdown", "is_reckoned", "n_boards_on", "phases_j")
    kept = {key: value for key, value in run.energy.items() if key not in left}
    phases = {f"phase.{name}_j": value for name, value in run.energy.get("phases_j", {}).items()}
    parts = {f"running.{name}_j": value for name, value in kept.pop("parts_j", {}).items()}
    return kept | parts | phases


def _mapping(run: Results) -> dict[str, Any]:
    leaves = _leaves(run.mapping)
    return {key: leaves[key] for key in MAPPING if key in leaves}


def _performance(run: Results) -> dict[str, Any]:
    phases: Callable[[str], str] = "phase.{}_s".format
    return {
        "rtf": run.rtf,
        "wall_s": sum(run.wall_s.values()),
        "peak_rss_bytes": run.peak_rss_bytes,
        **{phases(name): seconds for name, seconds in run.wall_s.items()},
    }
