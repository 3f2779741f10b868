"""The command ``chipemu traffic``: its options; `host.traffic.request` says what they mean."""

# One parameter per option, read from the context; heavy modules are imported when they are used.

from typing import Annotated

import typer

from host.cli.parts import AsJson, Quiet, console, option, print_json

__all__ = ["traffic"]

Machine = Annotated[str | None, option("--machine", "Preset or machine file.", "NAME|FILE")]
Boards = Annotated[str | None, option("--boards", "Boards of 48 chips.", "N")]
Pattern = Annotated[
    str | None, option("--pattern", "Who sends to whom.", "uniform|hotspot|all-to-all|pd14")
]
Rate = Annotated[str | None, option("--rate", "Packets/s per core; a group for each.", "HZ,...")]
TimeStep = Annotated[
    str | None, option("--timestep", "Send at multiples of it, else at random.", "US")
]
Sinks = Annotated[str | None, option("--sinks", "Targets of each core.", "N")]
Policy = Annotated[str | None, option("--policy", "If the register is full.", "skip|wait")]
Time = Annotated[str | None, option("--time", "Time on the machine that counts.", "MS")]
Warmup = Annotated[str | None, option("--warmup", "Time before it.", "MS")]
Wait1 = Annotated[str | None, option("--wait1", "Router cycles; a group for each.", "N|inf,...")]
Wait2 = Annotated[str | None, option("--wait2", "Cycles of emergency routing.", "N|inf")]
Reinject = Annotated[bool, typer.Option("--reinject", help="Send dropped packets again.")]
Receive = Annotated[str | None, option("--receive", "A core's time per packet.", "US")]
Seed = Annotated[str | None, option("--seed", "Of all random numbers.", "N")]
Engine = Annotated[str | None, option("--engine", "Engine.", "auto|compiled|reference")]
Scale = Annotated[str | None, option("--scale", "Of pd14: fraction of the network.", "0..1")]
Drive = Annotated[str | None, option("--drive", "Of pd14: external input.", "poisson|dc")]
Layout = Annotated[str | None, option("--mapping", "Of pd14.", "homogeneous|ensemble")]
PerCore = Annotated[str | None, option("--neurons-per-core", "Of pd14: at most.", "N")]
SynapseCores = Annotated[str | None, option("--synapse-cores", "Of pd14: per ensemble.", "N")]
Step = Annotated[str | None, option("--dt", "Of pd14: time step.", "MS")]
Slowdown = Annotated[str | None, option("--slowdown", "Of pd14: wall over biological.", "FACTOR")]
Bursty = Annotated[
    str | None, option("--bursty", "Of pd14: send in this first part of a step.", "0..1")
]
Trace = Annotated[str | None, option("--trace", "Packet trace for ui.perfetto.dev.", "FILE")]
TraceKeys = Annotated[str | None, option("--trace-keys", "Only these keys.", "KEY,...")]
TraceChips = Annotated[str | None, option("--trace-chips", "Only these chips.", "'X,Y X,Y'")]
TraceWindow = Annotated[str | None, option("--trace-window", "Only this time.", "US:US")]


def traffic(
    context: typer.Context,
    machine: Machine = None,
    boards: Boards = None,
    pattern: Pattern = None,
    rate: Rate = None,
    timestep: TimeStep = None,
    sinks: Sinks = None,
    policy: Policy = None,
    time: Time = None,
    warmup: Warmup = None,
    wait1: Wait1 = None,
    wait2: Wait2 = None,
    receive: Receive = None,
    seed: Seed = None,
    engine: Engine = None,
    scale: Scale = None,
    drive: Drive = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    dt: Step = None,
    slowdown: Slowdown = None,
    bursty: Bursty = None,
    trace: Trace = None,
    trace_keys: TraceKeys = None,
    trace_chips: TraceChips = None,
    trace_window: TraceWindow = None,
    *,
    reinject: Reinject = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Drive the interconnect with packets alone, and tell how it copes."""
    from host.progress import shown
    from host.results import plain
    from host.traffic.request import parse_request, request_account, run_request
    from host.traffic.tables import traffic_tables

    request = parse_request(context.params)
    screen = console()
    with shown(screen, quiet=quiet) as progress:
        results, about_trace = run_request(request, progress)
    if about_trace and not quiet:
        screen.print(about_trace, highlight=False, soft_wrap=True)
    if as_json:
        print_json("traffic", plain(request_account(request, results)))
    elif not quiet:
        screen.print(traffic_tables(results))
