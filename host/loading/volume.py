"""Bytes: parameters and specifications of each core, and matrices as host or cores make them.

The host pads each row of a block, the synapses from one slice of sources to one core, to the
longest that was drawn for the block, and gives each stage of delay rows as long as the longest of
them (sPyNNaker `synapse_io.py`, 2017 to 2020).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from host.loading.params import LoadingParams
from host.loading.shares import Share
from mapping import memory
from mapping.delays import MOST_STAGES, Stages
from mapping.distributions import Binomial
from mapping.graph import MachineGraph, Role
from mapping.spec import NetworkSpec

__all__ = [
    "expanded_bytes",
    "expected_longest",
    "matrix_bytes",
    "parameter_bytes",
    "specification_bytes",
]

Floats = NDArray[np.float64]

BLOCK_SPEC_BYTES = 4 * 39
"""Specification of a block: 15 words of `connection_builder_config`, and of connector, weights and
delays 4 words each with 4 of a seed each (sPyNNaker `synapse_expander.c`, 2020)."""
DELAY_SPEC_BYTES = 4 * 24
"""The same at the delay core: 8 words of `delay_builder_config`, connector and delays."""
HEADER_BYTES = memory.WORD_BYTES * memory.ROW_HEADER_WORDS


def parameter_bytes(spec: NetworkSpec, graph: MachineGraph, found: list[Share]) -> Floats:
    """Parameters, spikes and population tables of each vertex, shape (n_vertices,)."""
    per_member = np.zeros(len(Role))
    per_member[Role.POISSON] = memory.POISSON_BYTES
    per_neuron = memory.neuron_bytes(spec, graph.role, graph.population)
    total: Floats = (per_member[graph.role] + per_neuron) * graph.n_members
    for vertex in np.flatnonzero(graph.role == Role.SOURCE).tolist():
        population = spec.populations[graph.population[vertex]]
        lo, hi = int(graph.lo[vertex]), int(graph.hi[vertex])
        total[vertex] = memory.source_sdram_bytes(population, lo, hi)
    is_delay = graph.role == Role.DELAY
    bits = np.ceil(graph.n_members / 32) * graph.delay_stages
    total += np.where(is_delay, memory.DELAY_PARAMETER_BYTES + memory.WORD_BYTES * bits, 0)
    entry = memory.TABLE_ENTRY_BYTES + memory.TABLE_ADDRESS_BYTES
    for share in found:
        total[share.core] += entry * share.blocks * (1 + (share.n_delayed > 0))
    return total


def specification_bytes(
    graph: MachineGraph, found: list[Share], params: LoadingParams
) -> tuple[Floats, Floats]:
    """Blocks of each vertex and the bytes of their specifications, both of shape (n_vertices,)."""
    blocks, n_bytes = np.zeros(graph.n_vertices), np.zeros(graph.n_vertices)
    for share in found:
        own = share.blocks if params.blocks == "slices" else np.ones(len(share.core))
        blocks[share.core] += own
        n_bytes[share.core] += BLOCK_SPEC_BYTES * own
        if params.blocks == "slices":
            n_bytes[share.delayer] += DELAY_SPEC_BYTES * own.sum() * share.delayed
    return blocks, n_bytes


def matrix_bytes(share: Share, stages: Stages, params: LoadingParams) -> Floats:
    """Bytes of the matrices that the host makes of a projection, by core.

    Parameters
    ----------
    share : Share
    stages : Stages
    params : LoadingParams

    Returns
    -------
    ndarray of float64, shape (n_cores,)
        Rows times header and expected longest row, of the stage without delay core and of the
        others.
    """
    lengths, which = np.unique(share.n_targets, return_inverse=True)
    n_stages = share.n_delayed
    if params.padding == "all" and stages.n > 1:
        n_stages = MOST_STAGES
    per_row = np.array([_row_bytes(share, int(length), stages, n_stages) for length in lengths])
    total: Floats = share.rows * per_row[which]
    return total


def _row_bytes(share: Share, n_targets: int, stages: Stages, n_stages: int) -> float:
    projection = share.projection
    row = projection.connector.row_length(share.n_pre, share.n_post, n_targets)
    of_stage = [stages.share(projection, stage) for stage in range(stages.n)]
    first = expected_longest(row.n, row.p * of_stage[0], share.block_rows)
    later = expected_longest(row.n, row.p * max(of_stage[1:], default=0.0), share.block_rows)
    words = memory.ROW_HEADER_WORDS + first + n_stages * (memory.ROW_HEADER_WORDS + later)
    return memory.WORD_BYTES * words


@lru_cache(maxsize=4096)
def expected_longest(n: int, p: float, n_rows: int) -> float:
    """Expected largest of `n_rows` numbers from the binomial distribution of `n` and `p`.

    >>> expected_longest(7, 1.0, 100)
    7.0
    """
    first, probabilities = Binomial(n, p).pmf()
    below = np.cumsum(probabilities) ** n_rows  # P(largest <= first + i)
    return float(first + np.sum(1 - below[:-1]))


def expanded_bytes(share: Share) -> Floats:
    """Bytes of headers and synapses that each core writes when it expands a projection."""
    headers = HEADER_BYTES * share.rows * (1 + share.n_delayed)
    return headers + memory.WORD_BYTES * share.synapses
