"""The command ``chipemu validate``."""

# Heavy modules are imported when they are used.

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from host.cli_parts import (
    AsJson,
    ConfigFile,
    Drive,
    Layout,
    Machine,
    PerCore,
    Quiet,
    Scale,
    Seed,
    Sets,
    SynapseCores,
    console,
    option,
    print_json,
    settings,
)
from host.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from host.analysis import Comparison, Sample
    from host.config import Config
    from host.progress import Progress

__all__ = ["validate"]

Subjects = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NETWORK|CONFIG.yaml|RUN...",
        help="A network to run; or run folders, or files of spikes.",
    ),
]
Time = Annotated[
    str | None, option("--time", "Biological time that counts: seconds, or with a unit.", "S")
]
Seeds = Annotated[
    int | None,
    typer.Option("--seeds", help="Seeds to run; 3 if not said.", metavar="N", min=1),
]
References = Annotated[
    list[Path] | None,
    option("--reference", "Run folder or file; repeat for more seeds.", "RUN|FILE"),
]
Broken = Annotated[
    bool, typer.Option("--broken", help="Run wrong networks, too, and tell what gives them away.")
]
FigureFile = Annotated[
    Path | None, option("--figure", "Draw distributions and distances.", "FILE.{svg,pdf,png}")
]
Timing = Annotated[str | None, option("--timing", "When spikes arrive.", "ideal|full")]
Threads = Annotated[str | None, option("--threads", "Threads used at most.", "N")]
Output = Annotated[Path | None, option("--output", "Folder of the run folders.", "FOLDER")]
Force = Annotated[bool, typer.Option("--force", help="Run seeds again that were run before.")]

N_SEEDS = 3
ONLY_TO_RUN = (
    "scale",
    "timing",
    "seed",
    "seeds",
    "threads",
    "layout",
    "neurons_per_core",
    "synapse_cores",
    "machine",
    "config",
    "sets",
    "output",
    "force",
    "broken",
)
"""Options without meaning for runs that are there already."""


class _Found(NamedTuple):
    """What there is to tell."""

    given: "Comparison"
    broken: "Mapping[str, Comparison]"
    folder: Path | None
    n_reused: int


def validate(
    context: typer.Context,
    subjects: Subjects = None,
    scale: Scale = None,
    drive: Drive = None,
    time: Time = None,
    seeds: Seeds = None,
    reference: References = None,
    timing: Timing = None,
    seed: Seed = None,
    threads: Threads = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    config: ConfigFile = None,
    sets: Sets = None,
    output: Output = None,
    figure: FigureFile = None,
    *,
    broken: Broken = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare runs with a reference, relative to what seeds differ by.

    Exit code 4 if they are told apart, or if a broken network is not.
    """
    from host.analysis.figurefile import check_figure

    if figure is not None:
        check_figure(figure)
    params = context.params
    found = _of_runs(params) if _are_runs(subjects, config) else _of_network(params)
    if figure is not None:
        from host.analysis.figure import draw

        draw(found.given, figure)
    if as_json:
        print_json(_account(found, figure))
    elif not quiet:
        _show(found, figure)
    if _is_failed(found):
        raise typer.Exit(ExitCode.NOT_MET)


def _is_failed(found: _Found) -> bool:
    """Whether the runs are told apart, or a broken network is not."""
    missed = any(comparison.verdict == "passed" for comparison in found.broken.values())
    return found.given.verdict == "rejected" or missed


def _are_runs(subjects: list[str] | None, config: Path | None) -> bool:
    """Whether `subjects` are what was run, not what is to be run."""
    from host.networks import NETWORKS

    if not subjects:
        return False
    first = subjects[0]
    files = (".h5", ".hdf5", ".npz")
    is_to_run = first in NETWORKS or first.endswith((".yaml", ".yml"))
    if is_to_run and len(subjects) > 1:
        msg = f"{first} is to be run; give nothing else, got {' '.join(subjects[1:])}"
        raise ConfigError(msg)
    return not is_to_run and (Path(first).exists() or first.endswith(files) or len(subjects) > 1)


def _of_network(params: Mapping[str, Any]) -> _Found:
    from host.analysis.seeds import BROKEN, broken, default_folder
    from host.progress import shown

    config = _config(params)
    references = _references(params["reference"], config)
    folder = params["output"] or default_folder(config)
    with shown(console(), quiet=params["quiet"]) as progress:
        given, n_reused = _compared(params, config, references, folder, progress)
        others = {}
        for name in BROKEN if params["broken"] else ():
            wrong = broken(config, name)
            others[name], n = _compared(params, wrong, references, folder, progress, name)
            n_reused += n
    return _Found(given, others, folder, n_reused)


def _compared(
    params: Mapping[str, Any],
    config: "Config",
    references: "tuple[Sample, ...]",
    folder: Path,
    progress: "Progress",
    name: str | None = None,
) -> "tuple[Comparison, int]":
    """Comparison of the seeds of `config`, and how many of them were there already."""
    from host.analysis import check_comparable, compare
    from host.analysis.seeds import AS_GIVEN, run_seeds
    from host.pipeline import run

    samples, n_reused = run_seeds(
        config,
        params["seeds"] or N_SEEDS,
        folder,
        run=run,
        progress=progress,
        name=name or AS_GIVEN,
        force=params["force"],
    )
    check_comparable(samples, references)
    return compare(samples, references), n_reused


def _config(params: Mapping[str, Any]) -> "Config":
    """Checked configuration of the runs; the time that counts is the reference's by default."""
    from host.units import parse_number

    own = dict(params) | {"network": (params["subjects"] or [None])[0], "output": None}
    if params["time"] is not None:
        own["time"] = repr(1000.0 * _parse("--time", parse_number, params["time"]))
    chosen = settings(own)
    if not chosen.record.spikes:
        msg = "record.spikes is false: there is nothing to compare without spikes"
        raise ConfigError(msg)
    return chosen


def _parse(name: str, parse: Any, text: str) -> float:
    try:
        return float(parse(text, "s"))
    except ConfigError as error:
        msg = f"{name}: {error}"
        raise ConfigError(msg) from error


def _references(given: list[Path] | None, config: "Config") -> "tuple[Sample, ...]":
    """References of the runs of `config`, checked before anything is run."""
    from host.analysis import packaged_references, read_sample
    from host.analysis.comparable import check_kind
    from host.analysis.seeds import expected_sample

    expected = expected_sample(config)
    paths = given or ()
    found = tuple(read_sample(path, window=expected.window, like=expected) for path in paths)
    found = found or packaged_references(expected.model)
    for reference in found:
        check_kind(expected, reference)
    return found


def _of_runs(params: Mapping[str, Any]) -> _Found:
    """Comparison of runs, or files, that are there."""
    from host.analysis import Window, check_comparable, compare, read_sample
    from host.analysis.packaged import packaged_like
    from host.analysis.statistics import WARMUP_MS
    from host.units import parse_number

    given = [f"--{name.replace('_', '-')}" for name in ONLY_TO_RUN if params[name]]
    if given:
        msg = f"runs that are there are compared as they are; leave out {', '.join(given)}"
        raise ConfigError(msg)
    window = None
    if params["time"] is not None:
        window = Window(WARMUP_MS, 1000.0 * _parse("--time", parse_number, params["time"]))
    references = params["reference"] or []
    tests = [read_sample(Path(path), window=window) for path in params["subjects"]]
    if params["drive"] is not None:
        tests = [_driven(test, params["drive"]) for test in tests]
    found = [read_sample(path, window=tests[0].window, like=tests[0]) for path in references]
    chosen = tuple(found) or packaged_like(tests[0])
    check_comparable(tests, chosen)
    return _Found(compare(tests, chosen), {}, None, 0)


def _driven(sample: "Sample", drive: str) -> "Sample":
    """`sample` with the drive that the user tells, if it tells no other."""
    from dataclasses import replace

    if sample.model.drive not in (None, drive):
        msg = f"--drive {drive}: {sample.name} has {sample.model.drive} drive"
        raise ConfigError(msg)
    return replace(sample, model=replace(sample.model, drive=drive))


def _account(found: _Found, figure: Path | None) -> dict[str, Any]:
    from host.analysis.account import comparison_account
    from host.results import plain

    account = comparison_account(found.given)
    broken = {name: comparison_account(other) for name, other in found.broken.items()}
    account["broken"] = broken
    account["folder"], account["n_reused"] = found.folder, found.n_reused
    account["figure"] = figure
    whole: dict[str, Any] = plain(account)
    return whole


def _show(found: _Found, figure: Path | None) -> None:
    from host.analysis.account import broken_text, verdict_text
    from host.analysis.tables import comparison_tables

    screen = console()
    screen.print(comparison_tables(found.given), highlight=False)
    screen.print(verdict_text(found.given), style="bold", highlight=False)
    for name, comparison in found.broken.items():
        screen.print(broken_text(name, comparison), highlight=False)
    if found.folder is not None:
        reused = f", {found.n_reused} of them from before" if found.n_reused else ""
        screen.print(f"runs in {found.folder}{reused}", highlight=False, soft_wrap=True)
    if figure is not None:
        screen.print(f"written: {figure}", highlight=False, soft_wrap=True)
