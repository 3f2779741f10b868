"""The seeds of a validation: each run once, kept in a folder, and taken from there later."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from host.analysis.measures import MEASURES
from host.analysis.sample import Model, Sample, Window, sample_of_run
from host.config import Config, VariantConfig, config_hash
from host.errors import ConfigError, OutputError
from host.networks import build_network
from host.progress import Progress
from host.results import Results
from host.runfolder import MANIFEST, check_replaceable, load_run
from host.runshare import RunShare
from mapping.spec import PopulationKind

__all__ = [
    "AS_GIVEN",
    "BROKEN",
    "RunSet",
    "broken",
    "default_folder",
    "expected_sample",
    "run_seeds",
]

AS_GIVEN = "as given"
BROKEN: Mapping[str, VariantConfig] = {
    "weights 5 % too small": VariantConfig(weight_factor=0.95),
    "delays one step too long": VariantConfig(delay_steps=1),
    "delays one step too short": VariantConfig(delay_steps=-1),
    "refractory one step too short": VariantConfig(refractory_steps=-1),
}
"""Networks that a validation has to tell apart from the right one, by name.

A refractory time one step short is what a count of ``floor(2.0 / 0.1)`` gives where the step is
0.1 in binary floating point and rounded up: 19 instead of 20.
"""

Run = Callable[..., Results]
"""What runs a configuration: `host.run`."""


class RunSet(NamedTuple):
    """Samples of all seeds of one configuration."""

    samples: tuple[Sample, ...]
    n_reused: int
    """How many were there already."""


def default_folder(config: Config) -> Path:
    """Folder ``runs/validate-<network>-<hash>``, the same for all seeds of `config`."""
    same = replace(config, run=replace(config.run, seed=0))
    return Path("runs") / f"validate-{Path(config.network.name).stem}-{config_hash(same)[:8]}"


def broken(config: Config, name: str) -> Config:
    """`config` with the mistake called `name`, one of `BROKEN`.

    Raises
    ------
    ConfigError
        If `config` has a variant of its own.
    """
    if config.network.variant != VariantConfig():
        msg = "network.variant is set already; broken variants are made of the network as it is"
        raise ConfigError(msg)
    return replace(config, network=replace(config.network, variant=BROKEN[name]))


def expected_sample(config: Config) -> Sample:
    """What a run of `config` will be a sample of: one without values, for checks before it."""
    neurons = [p for p in build_network(config).populations if p.kind is PopulationKind.NEURON]
    return Sample(
        name="what is to be run",
        populations=tuple(p.name for p in neurons),
        sizes=tuple(p.size for p in neurons),
        values={measure: (np.zeros(0),) * len(neurons) for measure in MEASURES},
        window=Window(config.run.warmup_ms, config.run.time_ms),
        model=Model(config.network.name, config.network.scale, config.network.drive, "step start"),
    )


def run_seeds(
    config: Config,
    n_seeds: int,
    folder: Path,
    *,
    run: Run,
    progress: Progress,
    name: str = AS_GIVEN,
    force: bool = False,
) -> RunSet:
    """Samples of `n_seeds` runs, from that of `config` on; those in `folder` are not run again.

    Parameters
    ----------
    config : Config
    n_seeds : int
    folder : Path
        Gets a run folder ``<name>-seed<n>`` for each.
    run : callable
        ``run(config, progress=..., run_dir=...)`` gives `Results`.
    progress : Progress
    name : str
        What this configuration is called.
    force : bool
        Run all again.

    Raises
    ------
    OutputError
        If a folder of that name holds a run of another configuration, or something else.
    """
    samples = []
    n_reused = 0
    plan = list(_plan(config, n_seeds, folder, name))
    n_steps = config.run.n_warmup_steps + config.run.n_steps
    with progress.phase(name, float(n_seeds)):
        for one, path in plan:
            share = RunShare(progress, n_steps)
            is_there = not force and _is_done(one, path)
            results = load_run(path) if is_there else run(one, progress=share, run_dir=path)
            samples.append(sample_of_run(results, name=f"{name}, seed {one.run.seed}"))
            n_reused += is_there
            share.finish()
    return RunSet(tuple(samples), n_reused)


def _plan(config: Config, n_seeds: int, folder: Path, name: str) -> Iterator[tuple[Config, Path]]:
    """Configuration and run folder of each seed."""
    stem = "".join(c if c.isalnum() else "-" for c in name.replace(" %", "%"))
    for seed in range(config.run.seed, config.run.seed + n_seeds):
        yield replace(config, run=replace(config.run, seed=seed)), folder / f"{stem}-seed{seed}"


def _is_done(config: Config, path: Path) -> bool:
    """Whether `path` holds the run of `config`.

    Raises
    ------
    OutputError
        If it holds that of another configuration, or no run at all.
    """
    check_replaceable(path)
    if not (path / MANIFEST).is_file():
        return False
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        is_same = manifest["config_sha256"] == config_hash(config)
    except (OSError, ValueError, LookupError, TypeError):
        is_same = False
    if not is_same:
        msg = (
            f"run folder {path} is of another configuration; choose another with --output, "
            "or run all again with --force"
        )
        raise OutputError(msg)
    return True
