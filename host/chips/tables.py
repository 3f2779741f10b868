"""The tables ``chips``, ``shares`` and ``links`` of a run, whatever its timing."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from host.activity import PlacedActivity
from host.chips.energy import ChipEnergy, divide_energy
from host.chips.losses import CAUSES
from host.chips.place import Places
from host.datatable import Cell, Table
from host.energy import Line
from host.energy.vocabulary import Kind
from host.mapaccount import link_capacity_hz
from host.pictures.builder import dead_places, share_chips
from mapping.spec import NetworkSpec
from router.geometry import Link
from router.packets import CORES_PER_CHIP
from router.params import FabricParams

__all__ = ["machine_tables"]

Floats = NDArray[np.float64]
PS_PER_S = 10**12


def machine_tables(
    spec: NetworkSpec,
    placed: PlacedActivity,
    lines: Iterable[Line],
    losses: Mapping[str, NDArray[np.int64]],
    *,
    places: Places,
    fabric: FabricParams,
) -> dict[str, Table]:
    """What happened where.

    Parameters
    ----------
    spec : NetworkSpec
    placed : PlacedActivity
        What was done in the time that counts.
    lines : iterable of Line
        What that costs.
    losses : mapping of str to ndarray of int64, shape (n_chips,)
        By cause, of the whole run (`host.chips.losses.chip_losses`).
    places : Places
    fabric : FabricParams
        Whose links have a capacity.

    Returns
    -------
    dict of str to Table
        ``chips``
            A row for each place of the machine: ``chip`` (None where it is dead), ``x``, ``y``,
            ``board``, ``is_dead``; ``cores_used``, ``cores_idle`` (application cores); of the time
            that counts: ``load``, work of the cores in use over their time, above 1 if it was
            reckoned and is more than there is time for, ``load_max``, that of the busiest core,
            ``packets`` and ``packets_hz`` through the router, ``energy_j`` and its parts
            ``standing_j``, ``waiting_j`` and ``work_j``; of the whole run, warm-up included, the
            causes of loss (`host.chips.losses.CAUSES`), None where ideal timing does not know them.
        ``shares``
            ``chip``, ``population``, ``cores`` and, in words, ``members`` that these cores hold or
            serve.
        ``links``
            A row for each living link and direction: ``chip``, ``link`` (E, NE, N, W, SW, S),
            ``neighbour``, ``is_board_link``, ``packets_hz`` of the time that counts (packets/s of
            the machine's time), ``capacity_hz`` and ``share``, what is used of it; None on machines
            whose links the fabric does not know.
    """
    energy = divide_energy(lines, placed, places)
    return {
        "chips": _chip_table(placed, energy, losses, places),
        "shares": _share_table(spec, places),
        "links": _link_table(placed, places, fabric),
    }


def _chip_table(
    placed: PlacedActivity,
    energy: ChipEnergy,
    losses: Mapping[str, NDArray[np.int64]],
    places: Places,
) -> Table:
    topology = places.topology
    wall_s = placed.wall_ps / PS_PER_S
    of_chip_j = energy.of_chip_j
    dead_xy, dead_board = dead_places(topology)
    known: dict[str, Sequence[Cell] | NDArray[np.generic]] = {
        "chip": np.arange(topology.n_chips),
        "x": topology.xy[:, 0],
        "y": topology.xy[:, 1],
        "board": topology.board,
        "is_dead": np.zeros(topology.n_chips, np.int64),
        "cores_used": places.used_cores,
        "cores_idle": places.idle_cores,
        "load": _loads(placed, places),
        "load_max": _busiest(placed, places),
        "packets": placed.router_packets,
        "packets_hz": placed.router_packets / wall_s,
        "energy_j": sum(of_chip_j.values(), start=np.zeros(topology.n_chips)),
        **{f"{kind.value}_j": of_chip_j[kind] for kind in Kind},
        **{cause: losses.get(cause, [None] * topology.n_chips) for cause in CAUSES},
    }
    dead = {
        "x": dead_xy[:, 0],
        "y": dead_xy[:, 1],
        "board": dead_board,
        "is_dead": np.ones(len(dead_xy), np.int64),
    }
    nothing = [None] * len(dead_xy)
    return Table(
        {
            name: [*_cells(column), *_cells(dead.get(name, nothing))]
            for name, column in known.items()
        }
    )


def _cells(column: Sequence[Cell] | NDArray[np.generic]) -> Sequence[Cell]:
    return column.tolist() if isinstance(column, np.ndarray) else column


def _loads(placed: PlacedActivity, places: Places) -> list[float | None]:
    work, time = places.by_chip(placed.work_ps), places.by_chip(placed.time_ps)
    return [w / t if t else None for w, t in zip(work.tolist(), time.tolist(), strict=True)]


def _busiest(placed: PlacedActivity, places: Places) -> list[float | None]:
    most = np.zeros(places.topology.n_chips)
    np.maximum.at(most, places.chip, placed.work_ps / np.maximum(placed.time_ps, 1))
    used = places.is_used.tolist()
    return [load if is_used else None for load, is_used in zip(most.tolist(), used, strict=True)]


def _share_table(spec: NetworkSpec, places: Places) -> Table:
    shares, members = share_chips(places.graph, places.chip, len(spec.populations))
    return Table(
        {
            "chip": shares[:, 0].tolist(),
            "population": [spec.populations[k].name for k in shares[:, 1].tolist()],
            "cores": shares[:, 2].tolist(),
            "members": members,
        }
    )


def _link_table(placed: PlacedActivity, places: Places, fabric: FabricParams) -> Table:
    topology = places.topology
    alive = topology.is_link_alive
    chip, link = np.nonzero(alive)
    packets_hz: Floats = placed.link_packets[alive] / (placed.wall_ps / PS_PER_S)
    capacity_hz: list[float] | list[None] = [None] * len(chip)
    share: list[float] | list[None] = [None] * len(chip)
    if topology.cores.max(initial=0) <= CORES_PER_CHIP:
        found = link_capacity_hz(topology, fabric)[alive]
        capacity_hz, share = found.tolist(), (packets_hz / found).tolist()
    return Table(
        {
            "chip": chip.tolist(),
            "link": [Link(k).name for k in link.tolist()],
            "neighbour": topology.neighbours[alive].tolist(),
            "is_board_link": topology.is_board_crossing[alive].astype(int).tolist(),
            "packets_hz": packets_hz.tolist(),
            "capacity_hz": capacity_hz,
            "share": share,
        }
    )
