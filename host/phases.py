"""From what a run did to the actions that cost energy, in all phases of using a machine."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from host.accounts import Account
from host.activity import Activity
from host.energy import ActionCount, PhaseCounts, RunActions
from host.energy.counts import Deadline
from host.energy.vocabulary import Phase
from host.loading.report import LoadReport
from host.machines import MachineSpec
from host.timing import Timing
from mapping.cost import MappingReport
from router.topology import Topology

__all__ = ["n_boards_on", "phase_counts", "run_actions"]

PS_PER_S = 10**12


class _Parts(NamedTuple):
    """What of the machine draws power."""

    chips: dict[str, int]
    """Those in use, and the others."""
    n_boards: int
    n_cores: int


def run_actions(
    account: Account,
    load: LoadReport,
    timing: Timing | None,
    *,
    slowdown: float,
    machine: MachineSpec,
    topology: Topology,
    report: MappingReport,
) -> RunActions:
    """All that a run did.

    Parameters
    ----------
    account : Account
    load : LoadReport
    timing : Timing or None
        None: ideal.
    slowdown : float
    machine : MachineSpec
    topology : Topology
        All of whose chips are switched on.
    report : MappingReport
    """
    running = account.activities[Phase.RUNNING]
    return RunActions(
        cycle_ps=machine.cores.cycle_ps,
        slowdown=slowdown,
        load=running.load,
        n_boards_on=n_boards_on(machine, topology),
        synaptic_events=account.synaptic_events,
        deadline=_deadline(timing, running.load),
        is_reckoned=timing is None,
        phases=phase_counts(
            account.activities,
            load,
            machine=machine,
            topology=topology,
            n_chips_used=report.n_chips,
        ),
    )


def _deadline(timing: Timing | None, load: float) -> Deadline:
    """Whether the time that counts was without losses, as far as ideal timing can tell."""
    if timing is None:
        return "assumed" if load <= 1 else "missed"
    return "met" if timing.stretches["run"].is_loss_free else "missed"


def n_boards_on(machine: MachineSpec, topology: Topology) -> int:
    """Boards that are switched on; 0 if the machine has none."""
    per_board = machine.housing.chips_per_board
    if per_board == 0:
        return 0
    # a mesh that is not made of boards draws as much as boards with as many chips
    return max(topology.n_boards, -(-topology.n_chips // per_board))


def phase_counts(
    activities: Mapping[Phase, Activity],
    load: LoadReport,
    *,
    machine: MachineSpec,
    topology: Topology,
    n_chips_used: int,
) -> tuple[PhaseCounts, ...]:
    """What was done in each phase.

    Parameters
    ----------
    activities : mapping of Phase to Activity
        Of warm-up and run.
    load : LoadReport
        Of the other phases.
    machine : MachineSpec
    topology : Topology
        All of whose chips are switched on.
    n_chips_used : int
        Those that the network is on.
    """
    chips = {"in use": n_chips_used, "unused": topology.n_chips - n_chips_used}
    n_boards = n_boards_on(machine, topology)
    parts = _Parts(chips, n_boards, topology.n_cores)
    seconds = {
        Phase.MAPPING: load.mapping_s,
        Phase.GENERATION: load.generation_s,
        Phase.LOADING: load.loading_s,
        Phase.EXTRACTION: load.extraction_s,
    }
    found = []
    for phase in Phase:
        if phase in activities:
            wall_ps = activities[phase].wall_ps
            own: Iterable[ActionCount] = _of_run(activities[phase], parts)
        elif phase in seconds:
            wall_ps = round(seconds[phase] * PS_PER_S)
            own = _of_cores(phase, wall_ps, load, parts) if _is_on(phase, machine) else ()
        else:  # there is no warm-up
            continue
        counts = (*_standing(phase, wall_ps, machine, parts), *own)
        found.append(PhaseCounts(phase=phase, wall_ps=wall_ps, counts=counts))
    return tuple(found)


def _is_on(phase: Phase, machine: MachineSpec) -> bool:
    """Whether chips and boards are switched on."""
    is_early = phase in (Phase.MAPPING, Phase.GENERATION)
    return machine.housing.powered_from == "mapping" or not is_early


def _standing(
    phase: Phase, wall_ps: int, machine: MachineSpec, parts: _Parts
) -> Iterator[ActionCount]:
    """What is drawn all the time: by what is switched on, and by what holds it."""
    housing = machine.housing
    is_running = phase in (Phase.WARMUP, Phase.RUNNING)
    is_at_work = phase not in (Phase.MAPPING, Phase.GENERATION)
    if _is_on(phase, machine):
        for action in ("chip", "sdram"):
            for what, n in parts.chips.items():
                yield ActionCount(action, what, n * wall_ps)
        yield ActionCount("board", "", parts.n_boards * wall_ps)
        yield ActionCount("fpga", "", parts.n_boards * housing.fpgas_per_board * wall_ps)
    if housing.enclosure == "frames":
        name = "box" if parts.n_boards == 1 else "frame_place"
        yield ActionCount(name, "", parts.n_boards * wall_ps)
        if is_at_work and name == "frame_place":
            yield ActionCount("frame_place_active", "", parts.n_boards * wall_ps)
    if not is_running:
        yield ActionCount("host", "", wall_ps)


def _of_cores(phase: Phase, wall_ps: int, load: LoadReport, parts: _Parts) -> Iterator[ActionCount]:
    """What cores do while the host is at work."""
    busy_ps = round(load.core_busy_s * PS_PER_S) if phase is Phase.LOADING else 0
    yield ActionCount("core_asleep", "", parts.n_cores * wall_ps - busy_ps)
    if phase is Phase.LOADING:
        yield ActionCount("core_cycle", "generation", busy_ps)
        yield ActionCount("sdram_byte", "", load.sdram_bytes)


def _of_run(activity: Activity, parts: _Parts) -> Iterator[ActionCount]:
    """What is done while the network runs."""
    used_ps = sum(time.busy_ps + time.waiting_ps for time in activity.core_times)
    yield ActionCount("core_asleep", "unused", parts.n_cores * activity.wall_ps - used_ps)
    for role, busy_ps, waiting_ps in activity.core_times:
        yield ActionCount("core_cycle", role, busy_ps)
        yield ActionCount("core", role, waiting_ps)
    yield ActionCount("router_bit", "", activity.router_bits)
    yield ActionCount("link_bit", "", activity.link_bits)
    yield ActionCount("board_link_bit", "", activity.board_link_bits)
    yield ActionCount("sdram_byte", "", activity.sdram_bytes)
    yield ActionCount("synaptic_event", "", activity.synaptic_events)
    yield ActionCount("neuron_update", "", activity.neuron_updates)
