"""A network cut into pieces of one core each, and the traffic between them.

A *vertex* is what one core runs. A *group* is a set of vertices that must share a chip because they
exchange data through its SDRAM. A *net* is the stream of packets of one vertex, which goes to all
of its targets at once. Many nets have the same targets, so these are kept once for each *target
set*, in CSR form: the targets of set s are ``targets[target_indptr[s]:target_indptr[s + 1]]``.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

from router.readonly import freeze_arrays

__all__ = ["Layout", "MachineGraph", "Role"]


class Layout(Enum):
    """How the work on a slice of neurons is shared out among cores.

    In ``HOMOGENEOUS`` one core does all (van Albada et al. 2018); an ``ENSEMBLE`` has one core for
    the neurons and several for their synapses on one chip (Rhodes et al. 2019).
    """

    HOMOGENEOUS = "homogeneous"
    ENSEMBLE = "ensemble"


class Role(IntEnum):
    """What a core does."""

    COMBINED = 0
    NEURON = 1
    SYNAPSE = 2
    POISSON = 3
    SOURCE = 4
    DELAY = 5


@dataclass(frozen=True, slots=True, eq=False)
class MachineGraph:
    """Vertices, groups and nets.

    Attributes
    ----------
    role : ndarray of int8, shape (n_vertices,)
        A `Role`.
    population : ndarray of int32, shape (n_vertices,)
        Index in the specification of the population whose members the vertex holds, or, for a
        synapse core, whose synapses it serves, for a delay core, whose spikes it delays.
    lo, hi : ndarray of int32, shape (n_vertices,)
        Those members: the slice ``lo:hi`` of the population.
    group : ndarray of int32, shape (n_vertices,)
        Group of each vertex. Groups are numbered by population, then slice, and the vertices of a
        group follow one another. A delay core is a group by itself, next to that of its slice.
    synapse_core : ndarray of int16, shape (n_vertices,)
        Index of a synapse core within its ensemble, -1 for other roles.
    delay_stages : ndarray of int8, shape (n_vertices,)
        Stages in which a delay core sends each spike again, 0 for other roles.
    dtcm_bytes, sdram_bytes : ndarray of int64, shape (n_vertices,)
        Memory that each vertex needs.
    net_vertex : ndarray of int32, shape (n_nets,)
        Vertex that sends each net, by population, then slice, those of delay cores after all
        others; a vertex without targets has no net.
    net_targets : ndarray of int32, shape (n_nets,)
        Target set of each net.
    target_indptr : ndarray of int64, shape (n_target_sets + 1,)
    targets : ndarray of int32, shape (n_members_of_sets,)
        Vertices of each target set, ascending.
    net_rate_hz : ndarray of float64, shape (n_nets,)
        Expected packets/s of each net; a delay core sends every spike once for each stage.
    layout : Layout
    neurons_per_core : int
        Longest slice.
    n_synapse_cores : ndarray of int16, shape (n_populations,)
        Synapse cores of each ensemble of a population; 0 for spike sources and in a homogeneous
        layout.
    delay_slots : int
        Slots of each ring buffer.
    n_stages : int
        Stages of delay, that of the source cores included; 1 if no core extends delays.
    stage_steps : int
        Delay (steps) that each stage adds: stage j serves delays d with
        ``j * stage_steps < d <= (j + 1) * stage_steps`` (`mapping.delays`). With one stage, the
        longest delay.
    """

    role: NDArray[np.int8]
    population: NDArray[np.int32]
    lo: NDArray[np.int32]
    hi: NDArray[np.int32]
    group: NDArray[np.int32]
    synapse_core: NDArray[np.int16]
    delay_stages: NDArray[np.int8]
    dtcm_bytes: NDArray[np.int64]
    sdram_bytes: NDArray[np.int64]
    net_vertex: NDArray[np.int32]
    net_targets: NDArray[np.int32]
    target_indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    net_rate_hz: NDArray[np.float64]
    layout: Layout
    neurons_per_core: int
    n_synapse_cores: NDArray[np.int16]
    delay_slots: int
    n_stages: int
    stage_steps: int

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_vertices(self) -> int:
        """Number of vertices, each of which takes a core."""
        return len(self.role)

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(self.group.max(initial=-1)) + 1

    @property
    def n_nets(self) -> int:
        """Number of nets."""
        return len(self.net_vertex)

    @property
    def n_target_sets(self) -> int:
        """Number of different sets of targets."""
        return len(self.target_indptr) - 1

    @property
    def n_targets(self) -> NDArray[np.int64]:
        """Number of vertices that receive each net, shape (n_nets,)."""
        counts: NDArray[np.int64] = np.diff(self.target_indptr)[self.net_targets]
        return counts

    @property
    def n_members(self) -> NDArray[np.int32]:
        """Members that each vertex holds or serves, shape (n_vertices,)."""
        return self.hi - self.lo

    @property
    def n_streams(self) -> NDArray[np.int64]:
        """Packets that each vertex sends for a spike, if any: its stages, shape (n_vertices,)."""
        return np.maximum(self.delay_stages, 1).astype(np.int64)

    @property
    def longest_delay(self) -> int:
        """Delay (steps) to which longer ones are cut when synapses are generated."""
        return self.n_stages * self.stage_steps

    def targets_of(self, net: int) -> NDArray[np.int32]:
        """Vertices that receive net `net`."""
        return self.targets_of_set(int(self.net_targets[net]))

    def targets_of_set(self, target_set: int) -> NDArray[np.int32]:
        """Vertices of a target set."""
        return self.targets[self.target_indptr[target_set] : self.target_indptr[target_set + 1]]
