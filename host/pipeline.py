"""The whole pipeline on one screen: network, mapping, generation, run, settlement."""

import resource
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np

from chipemu.image import MachineImage
from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from chipemu.recording import Sampling
from chipemu.timed_recording import TimedRecording
from fixedpoint.jit import is_warm
from host.accounts import settle
from host.config import Config, MappingConfig, NetworkConfig, RunConfig, check_config
from host.countertables import CounterTable, core_table, router_table
from host.deploy import build_deployment
from host.energy import energy_summary, price
from host.engines import Listener, simulate
from host.image import build_image
from host.load import predict_load
from host.machines import MachineSpec, check_emulable, load_machine
from host.mapaccount import expected_synapses, map_results
from host.mapper import load_kernels, map_config
from host.numerics import Numerics
from host.observe import recorded_bytes, sampling
from host.phases import run_actions
from host.progress import COMPILING, Clock, Progress, SilentProgress
from host.results import MapResults, Results
from host.runfolder import check_replaceable, write_run
from host.runlog import RunLog
from host.tally import Tally
from host.timing import Timing, all_losses, core_names, summarise_timing
from host.unfinished import Work, working_in
from mapping.delays import expected_clipped
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.traffic import is_direct_poisson

__all__ = ["map_only", "run"]

KERNELS = {
    "ideal": ("generate_rows", "run_steps", "update_run"),
    "ideal, float64": ("generate_rows", "trace_rows", "run_steps", "update_run_float64"),
    "procedural": ("make_all", "do_blocks", "run_procedural"),
    "full": ("generate_rows", "count_rows", "exchange_and_deliver", "advance_all", "update_spans"),
    "full, reference": ("generate_rows", "count_rows"),
}
"""Kernels that take seconds to compile, by timing, engine and arithmetic, or that tell by being
there that others are."""


def run(
    config: Config,
    *,
    network: NetworkSpec | None = None,
    progress: Progress | None = None,
    run_dir: Path | None = None,
    work: Work | None = None,
) -> Results:
    """Simulate a network on an emulated machine.

    Parameters
    ----------
    config : Config
    network : NetworkSpec, optional
        A network of one's own; by default the one that ``config.network`` names.
    progress : Progress, optional
        Told how far the run has come.
    run_dir : Path, optional
        Folder to write the run to, which replaces an earlier run there but nothing else; by default
        nothing is written, whatever ``config.output`` says: that is for the command. With a folder,
        recorded data go there while the run goes on, and the results read them from there.
    work : Work, optional
        The unfinished run of `run_dir` that goes on (`host.resume.resume`).

    Returns
    -------
    Results

    Raises
    ------
    HostError
        On a configuration that cannot be.
    DoesNotFitError
        If the network does not fit the machine.
    FabricError
        With full timing, if chips have more cores than a route can name.
    OutputError
        If `run_dir` holds something else than a run, or cannot be written.
    """
    config = check_config(config)
    if run_dir is not None:
        check_replaceable(run_dir)
    if config.run.timing == "full":
        check_emulable(load_machine(config.machine))
    clock = Clock(progress or SilentProgress())
    n_threads = config.run.threads or cpu_count() or 1
    load_kernels((config,), clock)
    _compile(config, clock)
    (spec, machine_spec, machine, _), mapped = map_config(config, network, clock)
    is_timed = config.run.timing == "full"
    with clock.phase("generate", expected_synapses(spec, config.run.dt_ms)):
        image = build_image(
            spec,
            mapped.graph,
            mapped.placement,
            _numerics(config.run),
            longest_delay=mapped.graph.longest_delay,
            is_timed=is_timed,
            n_threads=n_threads,
            advance=clock.advance,
        )
    deployment = None
    if is_timed:
        with clock.phase("deploy"):
            deployment = build_deployment(
                spec, image, mapped, machine=machine, machine_spec=machine_spec, config=config
            )
    n_steps = config.run.n_warmup_steps + config.run.n_steps
    start = None if work is None else work.checkpoint
    with _workplace(run_dir, work) as folder:
        log = RunLog(
            spec, mapped.graph, image, config=config, clock=clock, folder=folder, start=start
        )
        with clock.phase("simulate", n_steps):
            clock.advance(log.tally.n_steps)
            timed = simulate(
                image,
                deployment,
                config.run,
                log.listener(),
                sampling=sampling(spec, config),
                n_threads=n_threads,
                start=None if start is None else start.cores,
            )
        simulate_s = clock.wall_s["simulate"] = log.wall_s
        with clock.phase("settle"):
            results = _settle(
                spec,
                image,
                mapped,
                log.tally,
                timed,
                config=config,
                machine=machine,
                machine_spec=machine_spec,
            )
            rtf = simulate_s / (n_steps * config.run.dt_ms / 1000.0)
            results = replace(results, wall_s=clock.wall_s, rtf=rtf)
            if run_dir is None:
                found, sampled = log.collector.held()
                return replace(results, spikes=found, recordings=sampled)
        with clock.phase("write"):
            recorded = log.collector.recorded()
            return write_run(results, run_dir, recorded=recorded, unfinished=folder)


def _workplace(run_dir: Path | None, work: Work | None) -> AbstractContextManager[Path | None]:
    """Folder that the run works in, if it has one."""
    if run_dir is None:
        return nullcontext()
    return working_in(run_dir) if work is None else nullcontext(work.folder)


def _settle(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    tally: Tally,
    timed: TimedRecording | None,
    *,
    config: Config,
    machine: Machine,
    machine_spec: MachineSpec,
) -> Results:
    """All results but the wall times and what was recorded."""
    timing, tables = _settle_timing(spec, mapped, machine, timed, config)
    account = settle(
        spec,
        image,
        mapped,
        tally,
        config=config,
        machine_spec=machine_spec,
        machine=machine,
        timed=timed,
    )
    load = predict_load(
        spec,
        mapped,
        machine,
        machine_spec.loading,
        cycle_ps=machine_spec.cores.cycle_ps,
        dt_ms=config.run.dt_ms,
        recorded_bytes=recorded_bytes(config, tally.n_steps, tally.n_words),
    )
    actions = run_actions(
        account,
        load,
        timing,
        slowdown=config.slowdown,
        machine=machine_spec,
        topology=machine.topology,
        report=mapped.report,
    )
    return Results(
        config=config,
        machine=machine_spec.name,
        n_neurons=image.n_neurons,
        n_synapses=_n_synapses(spec, image),
        n_cores=mapped.report.n_cores,
        n_chips=mapped.report.n_chips,
        n_boards=mapped.report.n_boards,
        rates_hz=account.rates_hz,
        losses=account.losses | ({} if timing is None else all_losses(timing)),
        counters=account.counters,
        wall_s={},
        rtf=0.0,
        peak_rss_bytes=_peak_rss_bytes(),
        energy=energy_summary(price(actions, machine_spec.energy)),
        actions=actions,
        mapping=asdict(mapped.report),
        machine_description=asdict(machine_spec),
        timing=timing,
        counter_tables=tables,
    )


def map_only(
    config: Config,
    *,
    network: NetworkSpec | None = None,
    progress: Progress | None = None,
) -> MapResults:
    """Map a network to a machine without running it; parameters and errors as of `run`."""
    config = check_config(config)
    clock = Clock(progress or SilentProgress())
    load_kernels((config,), clock)
    return map_results(config, map_config(config, network, clock), clock)


def _peak_rss_bytes() -> int:
    """Most memory that this program has had; what started it does not count, where that is known.

    Linux adds to `getrusage` the memory of the process that this one was forked from.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return 1024 * (peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0]


def _compile(config: Config, clock: Clock) -> None:
    """Compile the kernels by a run in small, if the cache lacks them."""
    is_timed = config.run.timing == "full"
    is_readable = is_timed and config.run.engine == "reference"
    name: str = "full, reference" if is_readable else config.run.timing
    if config.run.connectivity == "procedural":
        name = "procedural"
    if config.run.arithmetic == "float64":
        name = "ideal, float64"
    if all(is_warm(kernel) for kernel in KERNELS[name]):
        return
    run_config = replace(config.run, time_ms=config.run.dt_ms, warmup_ms=0.0)
    algorithms: dict[str, Any] = dict(config.mapping.algorithms)
    small = Config(
        network=NetworkConfig(scale=0.002),
        mapping=replace(MappingConfig(layout=config.mapping.layout), **algorithms),
        run=run_config if is_readable else replace(run_config, engine="compiled"),
    )
    with clock.phase(COMPILING):
        quiet = Clock(SilentProgress())
        (spec, machine_spec, machine, _), mapped = map_config(small, None, quiet)
        graph, numerics = mapped.graph, _numerics(small.run)
        image = build_image(spec, graph, mapped.placement, numerics, is_timed=is_timed)
        deployment = None
        if is_timed:
            deployment = build_deployment(
                spec, image, mapped, machine=machine, machine_spec=machine_spec, config=small
            )
        nothing, deaf = Sampling(np.zeros(0, np.int64)), Listener(lambda _: None, lambda _: None)
        simulate(image, deployment, small.run, deaf, sampling=nothing, n_threads=1)


def _n_synapses(spec: NetworkSpec, image: MachineImage) -> int:
    """Synapses that were generated; those of Poisson sources that may be direct do not count."""
    direct = {d.population for d in image.direct}
    with_rows = [
        population.size
        for k, population in enumerate(spec.populations)
        if k not in direct and is_direct_poisson(spec, k, image.dt_ms)
    ]
    return image.matrix.n_synapses - sum(with_rows)


def _settle_timing(
    spec: NetworkSpec,
    mapped: Mapping,
    machine: Machine,
    timed: TimedRecording | None,
    config: Config,
) -> tuple[Timing | None, dict[str, CounterTable]]:
    """What full timing found, and the tables of all counters."""
    if timed is None:
        return None, {}
    names = core_names(spec, mapped, machine.topology)
    clipped = expected_clipped(spec, mapped.graph.longest_delay, config.run.dt_ms)
    timing = summarise_timing(
        timed,
        mapped.graph,
        names,
        period_ps=config.period_ps,
        delay_clipped=round(clipped),
    )
    return timing, {
        "cores": core_table(timed, mapped.graph, names),
        "routers": router_table(timed, machine.topology),
    }


def _numerics(run_config: RunConfig) -> Numerics:
    return Numerics(
        dt_ms=run_config.dt_ms,
        seed=run_config.seed,
        is_float64=run_config.arithmetic == "float64",
        is_procedural=run_config.connectivity == "procedural",
        arithmetic=Arithmetic[run_config.rounding.upper()],
        constants=Constants(run_config.constants),
    )
