"""Which buffer of an ensemble takes the synapses of which source."""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.matrix import ProceduralMatrix
from chipemu.generation.plan import GenerationPlan
from chipemu.synapses import SynapticMatrix
from host.plan import Numbering
from mapping.graph import MachineGraph, Role
from mapping.spec import NetworkSpec
from mapping.traffic import takers

__all__ = ["Dealing", "find_dealing", "row_channels"]

Dealing = dict[tuple[str, str], tuple[int, NDArray[np.int32]]]


def find_dealing(spec: NetworkSpec, graph: MachineGraph) -> Dealing:
    """Find how each source is shared out among the synapse cores of each target.

    Parameters
    ----------
    spec : NetworkSpec
    graph : MachineGraph
        The network, cut.

    Returns
    -------
    dict of (str, str) to (int, ndarray of int32, shape (n_members,))
        For each source and target: the synapse core that takes each member of the source (0 where
        there are none), and a number that targets of the source have in common if all cores are
        the same.
    """
    found: Dealing = {}
    taker = takers(graph, len(spec.populations))
    is_source = graph.role[graph.net_vertex] != Role.DELAY
    for index, population in enumerate(spec.populations):
        pre = population.name
        nets = np.flatnonzero(is_source & (graph.population[graph.net_vertex] == index))
        vertices = graph.net_vertex[nets]
        member = np.zeros((population.size, len(spec.populations)), np.int32)
        for net, lo, hi in zip(nets, graph.lo[vertices], graph.hi[vertices], strict=True):
            member[lo:hi] = taker[net]
        numbers: dict[bytes, int] = {}
        for projection in spec.outgoing(index):
            core = member[:, spec.index(projection.post)].copy()
            number = numbers.setdefault(core.tobytes(), len(numbers))
            found[pre, projection.post] = number, core
    return found


def row_channels(
    numbering: Numbering,
    plan: GenerationPlan,
    matrix: SynapticMatrix | ProceduralMatrix,
    dealing: Dealing,
) -> NDArray[np.int32]:
    """Channel of every row: buffer of the synapse core that takes its source, and type.

    Returns
    -------
    ndarray of int32, shape (n_rows,)
        Twice the buffer, plus the synapse type.
    """
    dealt = plan.group_dealing[plan.row_group]
    buffer = np.zeros(dealt.size, np.int32)
    for (pre, _), (number, core) in dealing.items():
        if pre in numbering.first:
            member = plan.row_source - numbering.first[pre]
            own = (member >= 0) & (member < core.size) & (dealt == number)
            buffer[own] = core[member[own]]
    return (2 * buffer + matrix.row_type).astype(np.int32)
