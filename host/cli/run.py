"""``chipemu run``: simulate a network on an emulated machine."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import (
    NETWORK,
    OUTPUT,
    TIME,
    AsJson,
    Budget,
    Compressor,
    ConfigFile,
    Drive,
    Keys,
    Layout,
    Machine,
    Network,
    PerCore,
    Placer,
    Quiet,
    Router,
    Scale,
    Seed,
    Sets,
    SynapseCores,
    Threads,
    TimeStep,
    console,
    option,
)
from host.cli.repeat import RunOrigin, wanted
from host.cli.report import FILE
from host.cli.resume import tell_results, tell_unfinished
from host.errors import NotMetError

__all__ = ["run"]

Initial = Annotated[
    str | None, option("--initial", "Initial state.", "population|original", NETWORK)
]
Time = Annotated[str | None, option("--time", "Biological time that counts.", "MS", TIME)]
Warmup = Annotated[str | None, option("--warmup", "Biological time before it.", "MS", TIME)]
Slowdown = Annotated[str | None, option("--slowdown", "Wall over biological time.", "FACTOR", TIME)]
Timing = Annotated[str | None, option("--timing", "When spikes arrive.", "ideal|full", TIME)]
Engine = Annotated[str | None, option("--engine", "Engine.", "auto|compiled|reference", TIME)]
Checkpoints = Annotated[
    str | None, option("--checkpoint-every", "Biological time; see: chipemu resume.", "MS", TIME)
]
FailOn = Annotated[
    list[str] | None,
    option("--fail-on", "Exit code 4 if more events are lost.", "COUNT|CAUSE=COUNT", OUTPUT),
]
Output = Annotated[str | None, option("--output", "Run folder.", "FOLDER", OUTPUT)]
Report = Annotated[
    bool,
    typer.Option("--report", help="With report.html (chipemu report).", rich_help_panel=OUTPUT),
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace an earlier run folder.", rich_help_panel=OUTPUT)
]


def run(
    context: typer.Context,
    network: Network = None,
    scale: Scale = None,
    drive: Drive = None,
    initial: Initial = None,
    time: Time = None,
    warmup: Warmup = None,
    dt: TimeStep = None,
    slowdown: Slowdown = None,
    timing: Timing = None,
    engine: Engine = None,
    seed: Seed = None,
    threads: Threads = None,
    checkpoint_every: Checkpoints = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    placer: Placer = None,
    router: Router = None,
    keys: Keys = None,
    compressor: Compressor = None,
    budget: Budget = None,
    origin: RunOrigin = None,
    config: ConfigFile = None,
    sets: Sets = None,
    output: Output = None,
    fail_on: FailOn = None,
    *,
    report: Report = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a network on an emulated machine."""
    from host import runfolder
    from host.losslimits import check_counted, exceeded, parse_limits
    from host.progress import shown
    from host.stopping import interruptible

    (chosen, as_it_was, notes), limits = wanted(context.params), parse_limits(fail_on or ())
    check_counted(limits, chosen.run.timing)
    given = chosen.output
    path = Path(given) if given is not None else runfolder.default_run_folder(chosen)
    folder = runfolder.prepare_run_folder(path, force=force)
    try:
        from host.pipeline import run as run_network

        screen = console()
        for note in notes:
            screen.print(f"note: {note}")
        with shown(screen, quiet=quiet) as progress, interruptible(screen.print) as stop:
            results = run_network(
                chosen, machine=as_it_was, progress=progress, run_dir=folder, stop=stop
            )
    finally:
        runfolder.release(folder)
        tell_unfinished(folder)
    if report:
        from host.askedfiles import write_text
        from host.report import render_run

        write_text(folder / FILE, render_run(results))
    tell_results(results, as_json=as_json, quiet=quiet)
    if above := exceeded(results.losses, limits):
        msg = f"losses above --fail-on: {'; '.join(above)}"
        raise NotMetError(msg)
