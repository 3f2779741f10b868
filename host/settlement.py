"""From what the engines counted of a run to its results."""

import resource
from dataclasses import asdict
from pathlib import Path

from chipemu.image import MachineImage
from chipemu.timed_recording import TimedCounts
from host.accounts import settle
from host.accounttables import ledger_table, losses_table, rates_table
from host.chips import chip_losses, machine_tables, places_of
from host.config import Config
from host.countertables import core_table, router_table
from host.datatable import Table
from host.energy import energy_summary, price
from host.energy.vocabulary import Phase
from host.load import predict_load
from host.machines import MachineSpec
from host.networks.description import describe_network
from host.networks.projectiontable import projection_table
from host.observe import recorded_bytes
from host.phases import run_actions
from host.results import Results
from host.tally import Tally
from host.timing import Timing, all_losses, core_names, summarise_timing
from mapping.delays import expected_clipped
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.traffic import is_direct_poisson

__all__ = ["settle_run"]


def settle_run(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    tally: Tally,
    timed: TimedCounts | None,
    *,
    config: Config,
    machine: Machine,
    machine_spec: MachineSpec,
) -> Results:
    """Settle a run: all results but the wall times and what was recorded.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    mapped : Mapping
    tally : Tally
        What was counted of the whole run, warm-up included.
    timed : TimedCounts or None
        What full timing counted besides.
    config : Config
    machine : Machine
    machine_spec : MachineSpec
    """
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
    ledger = price(actions, machine_spec.energy)
    losses = account.losses | ({} if timing is None else all_losses(timing))
    network = describe_network(spec)
    places = places_of(mapped, machine)
    tables |= machine_tables(
        spec,
        account.placed[Phase.RUNNING],
        (line for line in ledger.lines if line.phase is Phase.RUNNING),
        chip_losses(tally.saturated, timed, image, places),
        places=places,
        fabric=machine_spec.fabric,
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
        losses=losses,
        counters=account.counters,
        wall_s={},
        rtf=0.0,
        peak_rss_bytes=_peak_rss_bytes(),
        energy=energy_summary(ledger),
        actions=actions,
        mapping=asdict(mapped.report),
        machine_description=asdict(machine_spec),
        timing=timing,
        tables=tables
        | {
            "ledger": ledger_table(ledger),
            "rates": rates_table(spec, account.counters["spikes"], account.rates_hz),
            "losses": losses_table(losses, timing),
            "projections": projection_table(network),
        },
        network=network,
    )


def _peak_rss_bytes() -> int:
    """Most memory that this program has had; what started it does not count, where that is known.

    Linux adds to `getrusage` the memory of the process that this one was forked from.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return 1024 * (peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0]


def _n_synapses(spec: NetworkSpec, image: MachineImage) -> int:
    """Synapses that were generated; those of Poisson sources that may be direct do not count."""
    direct = {d.population for d in image.direct}
    with_rows = [
        population.size
        for k, population in enumerate(spec.populations)
        if k not in direct and is_direct_poisson(spec, k, image.dt_ms)
    ]
    return image.n_synapses - sum(with_rows)


def _settle_timing(
    spec: NetworkSpec,
    mapped: Mapping,
    machine: Machine,
    timed: TimedCounts | None,
    config: Config,
) -> tuple[Timing | None, dict[str, Table]]:
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
