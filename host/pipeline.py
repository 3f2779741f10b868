"""The whole pipeline on one screen: network, mapping, generation, run, settlement."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from os import cpu_count
from pathlib import Path

from host.compiling import compile_kernels, compile_plastic
from host.config import Config, check_config
from host.deploy import build_deployment
from host.engines import simulate
from host.image import build_image
from host.machines import MachineSpec, check_emulable, load_machine
from host.mapaccount import expected_synapses, map_results
from host.mapper import load_kernels, map_config
from host.numerics import numerics_of
from host.observe import sampling
from host.plasticity import check_run
from host.progress import Clock, Progress, SilentProgress
from host.results import MapResults, Results
from host.runfolder import check_replaceable, write_run
from host.runlog import RunLog
from host.settlement import settle_run
from host.stopping import Stop
from host.unfinished import Work, working_in
from mapping.spec import NetworkSpec

__all__ = ["map_only", "run"]


def run(
    config: Config,
    *,
    network: NetworkSpec | None = None,
    machine: MachineSpec | None = None,
    progress: Progress | None = None,
    run_dir: Path | None = None,
    work: Work | None = None,
    stop: Stop | None = None,
) -> Results:
    """Simulate a network on an emulated machine.

    Parameters
    ----------
    config : Config
    network : NetworkSpec, optional
        A network of one's own; by default the one that ``config.network`` names.
    machine : MachineSpec, optional
        A machine of one's own; by default the one that ``config.machine`` names.
    progress : Progress, optional
        Told how far the run has come.
    run_dir : Path, optional
        Folder to write the run to, which replaces an earlier run there but nothing else; by default
        nothing is written, whatever ``config.output`` says: that is for the command. With a folder,
        recorded data go there while the run goes on, and the results read them from there.
    work : Work, optional
        The unfinished run of `run_dir` that goes on (`host.resume.resume`).
    stop : Stop, optional
        Asked now and then whether to stop before the end (`host.stopping`).

    Returns
    -------
    Results
        If it was stopped: those of a run that was to be as long as this one was in the end, with
        ``asked_time_ms``.

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
    KeyboardInterrupt
        If it was stopped before the warm-up was over.
    """
    stop = stop or Stop()
    config = check_config(config)
    check_run(config.run, network)
    if run_dir is not None:
        check_replaceable(run_dir)
    if config.run.timing == "full":
        check_emulable(machine or load_machine(config.machine))
    clock = Clock(progress or SilentProgress())
    n_threads = config.run.threads or cpu_count() or 1
    load_kernels((config,), clock)
    compile_kernels(config, clock)
    (spec, machine_spec, built, _), mapped = map_config(config, network, clock, machine)
    is_timed = config.run.timing == "full"
    with clock.phase("generate", expected_synapses(spec, config.run.dt_ms)):
        image = build_image(
            spec,
            mapped.graph,
            mapped.placement,
            numerics_of(config.run),
            longest_delay=mapped.graph.longest_delay,
            is_timed=is_timed,
            n_threads=n_threads,
            advance=clock.advance,
        )
    compile_plastic(image, clock)
    deployment = None
    if is_timed:
        with clock.phase("deploy"):
            deployment = build_deployment(
                spec, image, mapped, machine=built, machine_spec=machine_spec, config=config
            )
    n_steps = config.run.n_warmup_steps + config.run.n_steps
    start = None if work is None else work.checkpoint
    with _workplace(run_dir, work) as folder:
        log = RunLog(
            spec,
            mapped.graph,
            image,
            config=config,
            clock=clock,
            folder=folder,
            start=start,
            machine=machine_spec,
        )
        with clock.phase("simulate", n_steps), _awaiting(stop, config):
            clock.advance(log.tally.n_steps)
            timed = simulate(
                image,
                deployment,
                config.run,
                log.listener(lambda: stop.is_requested),
                sampling=sampling(spec, config),
                n_threads=n_threads,
                start=None if start is None else start.cores,
            )
        simulate_s = clock.wall_s["simulate"] = log.wall_s
        done = _as_far_as(log.tally.n_steps, config)
        with clock.phase("settle"):
            results = settle_run(
                spec,
                image,
                mapped,
                log.tally,
                timed,
                config=done,
                machine=built,
                machine_spec=machine_spec,
            )
            rtf = simulate_s / (log.tally.n_steps * config.run.dt_ms / 1000.0)
            asked_ms = None if done is config else config.run.time_ms
            results = replace(results, wall_s=clock.wall_s, rtf=rtf, asked_time_ms=asked_ms)
            if run_dir is None:
                found, sampled = log.collector.held()
                return replace(results, spikes=found, recordings=sampled)
        with clock.phase("write"):
            recorded = log.collector.recorded()
            return write_run(results, run_dir, recorded=recorded, unfinished=folder)


def _awaiting(stop: Stop, config: Config) -> AbstractContextManager[None]:
    """Context in which `stop` is looked at, where the engine goes on piece by piece."""
    return nullcontext() if config.run.engine == "reference" else stop.awaited()


def _as_far_as(n_steps: int, config: Config) -> Config:
    """`config` itself, or that of a run which ends after `n_steps`, where this one was stopped."""
    run = config.run
    n_counted = n_steps - run.n_warmup_steps
    if n_counted == run.n_steps:
        return config
    if n_counted < 1:
        raise KeyboardInterrupt
    return replace(config, run=replace(run, time_ms=round(n_counted * run.dt_ms, 9)))


def _workplace(run_dir: Path | None, work: Work | None) -> AbstractContextManager[Path | None]:
    """Folder that the run works in, if it has one."""
    if run_dir is None:
        return nullcontext()
    return working_in(run_dir) if work is None else nullcontext(work.folder)


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
