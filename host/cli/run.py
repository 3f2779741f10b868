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
    Origin,
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
    print_json,
    settings,
)
from host.cli.resume import tell_unfinished

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
Output = Annotated[str | None, option("--output", "Run folder.", "FOLDER", OUTPUT)]
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
    origin: Origin = None,
    config: ConfigFile = None,
    sets: Sets = None,
    output: Output = None,
    *,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a network on an emulated machine."""
    from host import runfolder
    from host.progress import shown
    from host.results import summary
    from host.tables import run_tables

    chosen = settings(context.params)
    wanted = chosen.output
    path = Path(wanted) if wanted is not None else runfolder.default_run_folder(chosen)
    folder = runfolder.prepare_run_folder(path, force=force)
    try:
        from host.pipeline import run as run_network

        screen = console()
        with shown(screen, quiet=quiet) as progress:
            results = run_network(chosen, progress=progress, run_dir=folder)
    finally:
        runfolder.release(folder)
        tell_unfinished(folder)
    if as_json:
        print_json("run", summary(results))
    elif not quiet:
        screen.print(run_tables(results))
