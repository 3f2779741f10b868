"""The command ``chipemu load``."""

# Heavy modules are imported when they are used.

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from host.cli.parts import (
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
    TimeStep,
    console,
    option,
    print_json,
    settings,
)
from host.errors import ConfigError

if TYPE_CHECKING:
    from host.load import LoadReport

__all__ = ["load_command"]

METHODS: dict[str, Literal["cores", "host"]] = {"cores": "cores", "host": "host"}
By = Annotated[str | None, option("--by", "Who makes the synapses.", "host|cores")]


def load_command(
    context: typer.Context,
    network: Network = None,
    scale: Scale = None,
    drive: Drive = None,
    dt: TimeStep = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    placer: Placer = None,
    router: Router = None,
    keys: Keys = None,
    compressor: Compressor = None,
    budget: Budget = None,
    seed: Seed = None,
    by: By = None,
    origin: Origin = None,
    config: ConfigFile = None,
    sets: Sets = None,
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Predict how long it takes to get a network onto the machine, and where the time goes."""
    method = _method(by)
    chosen = settings(context.params)
    from host.loading.account import load_account, load_summary
    from host.pipeline import map_only
    from host.progress import shown

    screen = console()
    with shown(screen, quiet=quiet) as progress:
        results = map_only(chosen, progress=progress)
    report: LoadReport = load_account(chosen, results.mapped, method=method)
    if as_json:
        print_json("load", load_summary(report))
    elif not quiet:
        from host.loading.tables import load_tables

        screen.print(load_tables(report), highlight=False)


def _method(by: str | None) -> Literal["cores", "host"] | None:
    if by is None or by in METHODS:
        return None if by is None else METHODS[by]
    msg = f"--by takes host or cores, who makes the synapses; got {by!r}"
    raise ConfigError(msg)
