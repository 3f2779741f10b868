"""What a mapping takes of its machine: its report, and the shares of what there is."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.config import Config
from host.mapper import STAGES, Mapped, Task
from host.progress import Clock
from host.results import MapResults
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.traffic import is_direct_poisson
from router import Topology
from router.geometry import Link
from router.packets import CORES_PER_CHIP
from router.params import FabricParams

__all__ = ["expected_synapses", "link_capacity_hz", "map_results"]

PS_PER_S = 10**12


def map_results(config: Config, mapped: Mapped, clock: Clock) -> MapResults:
    """Sum up a mapping that `clock` has timed.

    Parameters
    ----------
    config : Config
    mapped : Mapped
    clock : Clock
    """
    task, mapping = mapped
    stage_s, origin = dict(clock.wall_s), config.mapping.folder
    return MapResults(
        config=config,
        machine=task.machine_spec.name,
        n_neurons=task.spec.n_neurons,
        n_synapses=round(expected_synapses(task.spec, config.run.dt_ms)),
        report=asdict(mapping.report),
        links=_link_account(mapping, task, config.slowdown),
        limits=_limits(task),
        check={"passed": True, **asdict(mapping.check)},
        stage_s=stage_s,
        mapping_s=sum(stage_s[name] for name in STAGES) if origin is None else None,
        origin=origin,
        mapped=mapped,
    )


def expected_synapses(spec: NetworkSpec, dt_ms: float) -> float:
    """Synapses to be generated; direct Poisson input has none."""
    return sum(
        spec.expected_synapses(p)
        for p in spec.projections
        if not is_direct_poisson(spec, spec.index(p.pre), dt_ms)
    )


def link_capacity_hz(topology: Topology, fabric: FabricParams) -> NDArray[np.float64]:
    """Packets/s that each link can carry, shape (n_chips, 6); infinite where there is none.

    Those without payload, one after the other; links that leave the board are slower.
    """
    crosses = topology.is_board_crossing
    packet_ps = np.where(crosses, fabric.board_link_packet_ps, fabric.link_packet_ps)
    return np.where(topology.is_link_alive, PS_PER_S / packet_ps, np.inf)


def _link_account(mapping: Mapping, task: Task, slowdown: float) -> dict[str, Any]:
    """Loads as shares of capacities, in the wall time of the emulated machine.

    Shares are None on machines whose links the fabric does not know.
    """
    topology, fabric = task.machine.topology, task.machine_spec.fabric
    account: dict[str, Any] = {"slowdown": slowdown, "capacity_hz": None}
    account |= dict.fromkeys(("board_capacity_hz", "hottest_share", "fullest", "fullest_share"))
    if topology.cores.max(initial=0) > CORES_PER_CHIP:
        return account
    load_hz = mapping.link_load_hz
    share = load_hz / slowdown / link_capacity_hz(topology, fabric)
    hottest, fullest = (np.unravel_index(int(np.argmax(a)), a.shape) for a in (load_hz, share))
    x, y = topology.xy[fullest[0]].tolist()
    return account | {
        "capacity_hz": PS_PER_S / fabric.link_packet_ps,
        "board_capacity_hz": PS_PER_S / fabric.board_link_packet_ps,
        "hottest_share": float(share[hottest]),
        "fullest": f"({x}, {y}) {Link(int(fullest[1])).name}" if share[fullest] else "",
        "fullest_share": float(share[fullest]),
    }


def _limits(task: Task) -> dict[str, int]:
    """What there is of that which can run out."""
    budgets, machine = task.machine.budgets, task.machine
    return {
        "chips": machine.topology.n_chips,
        "boards": machine.topology.n_boards,
        "cores": int(machine.application_cores.sum()),
        "table_entries": budgets.table_entries,
        "sdram_bytes": budgets.sdram_bytes,
        "dtcm_bytes": budgets.dtcm_bytes,
    }
