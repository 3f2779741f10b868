"""The command ``chipemu validate``."""

# Heavy modules are imported when they are used.

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host.cli.parts import (
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
    from host.analysis import Sample
    from host.analysis.findings import Findings, Found
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
Delays = Annotated[
    str | None,
    option("--delays", "Begin as the reference's do, or as they are.", "aligned|nominal"),
]
Output = Annotated[Path | None, option("--output", "Folder of the run folders.", "FOLDER")]
Force = Annotated[bool, typer.Option("--force", help="Run seeds again that were run before.")]

N_SEEDS = 3
ONLY_TO_RUN = (
    "scale",
    "timing",
    "delays",
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


def validate(
    context: typer.Context,
    subjects: Subjects = None,
    scale: Scale = None,
    drive: Drive = None,
    time: Time = None,
    seeds: Seeds = None,
    reference: References = None,
    timing: Timing = None,
    delays: Delays = None,
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
    """Compare runs with a reference, relative to what seeds differ by, and ask single cells.

    Exit code 4 if they are told apart, an answer is wrong, or a broken network is not noticed.
    """
    from host.askedfiles import check_place
    from host.results import plain

    if figure is not None:
        check_place(figure, "--figure", (".svg", ".pdf", ".png"))
    params = context.params
    found = _of_runs(params) if _are_runs(subjects, config) else _of_network(params)
    if figure is not None:
        from host.analysis.figure import draw

        draw(found.given.comparison, figure)
    if as_json:
        account: dict[str, Any] = plain(found.account() | {"figure": figure})
        print_json("validation", account)
    elif not quiet:
        _show(found, figure)
    if found.is_failed:
        raise typer.Exit(ExitCode.NOT_MET)


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


def _of_network(params: Mapping[str, Any]) -> "Findings":
    from host.analysis.delays import (
        added_steps,
        delay_origin,
        delays_text,
        parse_delays,
        with_delays,
    )
    from host.analysis.findings import Findings
    from host.analysis.seeds import AS_GIVEN, BROKEN, broken, default_folder
    from host.progress import shown

    delays = parse_delays(params["delays"])
    config = _config(params)
    references = _references(params["reference"], config)
    origin = delay_origin(references)
    n_steps = added_steps(origin, delays)
    configs = {AS_GIVEN: config}
    if params["broken"]:
        configs |= {name: broken(config, name) for name in BROKEN}
    configs = {name: with_delays(own, n_steps) for name, own in configs.items()}
    folder = params["output"] or default_folder(configs[AS_GIVEN])
    all_found, n_reused = {}, 0
    with shown(console(), quiet=params["quiet"]) as progress:
        for name, own in configs.items():
            all_found[name], n = _found(
                params, own, references, folder, progress=progress, name=name, n_steps=n_steps
            )
            n_reused += n
    return Findings(
        given=all_found.pop(AS_GIVEN),
        broken=all_found,
        delays=delays_text(origin, n_steps, config.run.dt_ms),
        added_steps=n_steps,
        folder=folder,
        n_reused=n_reused,
    )


def _found(
    params: Mapping[str, Any],
    config: "Config",
    references: "tuple[Sample, ...]",
    folder: Path,
    *,
    progress: "Progress",
    name: str,
    n_steps: int,
) -> "tuple[Found, int]":
    """What the seeds of `config` and its single cells tell; and how many runs were there."""
    from host.analysis import check_comparable, compare
    from host.analysis.findings import Found
    from host.analysis.known_answers import known_answers
    from host.analysis.seeds import run_seeds
    from host.pipeline import run

    samples, n_reused = run_seeds(
        config,
        params["seeds"] or N_SEEDS,
        folder,
        run=run,
        progress=progress,
        name=name,
        force=params["force"],
    )
    check_comparable(samples, references)
    with progress.phase(f"{name}: single cells"):
        answers = known_answers(config, run=run, added_steps=n_steps)
    return Found(compare(samples, references), answers), n_reused


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


def _of_runs(params: Mapping[str, Any]) -> "Findings":
    """Comparison of runs, or files, that are there."""
    from host.analysis import Window, check_comparable, compare, read_sample
    from host.analysis.delays import mismatch_text
    from host.analysis.findings import Findings, Found
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
    delays = mismatch_text(tests, chosen)
    return Findings(given=Found(compare(tests, chosen)), delays=delays)


def _driven(sample: "Sample", drive: str) -> "Sample":
    """`sample` with the drive that the user tells, if it tells no other."""
    from dataclasses import replace

    if sample.model.drive not in (None, drive):
        msg = f"--drive {drive}: {sample.name} has {sample.model.drive} drive"
        raise ConfigError(msg)
    return replace(sample, model=replace(sample.model, drive=drive))


def _show(found: "Findings", figure: Path | None) -> None:
    from host.analysis.tables import answers_table, comparison_tables

    screen = console()
    screen.print(comparison_tables(found.given.comparison), highlight=False)
    if found.given.answers:
        screen.print("", answers_table(found.given.answers), "", sep="\n", highlight=False)
    if found.delays:
        screen.print(found.delays, highlight=False)
    for line in found.verdicts():
        screen.print(line, style="bold", highlight=False)
    for line in found.broken_verdicts():
        screen.print(line, highlight=False)
    if found.folder is not None:
        reused = f", {found.n_reused} of them from before" if found.n_reused else ""
        screen.print(f"runs in {found.folder}{reused}", highlight=False, soft_wrap=True)
    if figure is not None:
        screen.print(f"written: {figure}", highlight=False, soft_wrap=True)
