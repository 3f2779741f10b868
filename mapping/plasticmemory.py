"""Memory that plastic synapses take, in bytes: by the data structures of sPyNNaker's pair rule."""

import numpy as np
from numpy.typing import NDArray

from mapping.graph import Role
from mapping.memory import N_SYNAPSE_TYPES, ROW_HEADER_WORDS, WORD_BYTES, row_bytes
from mapping.spec import NetworkSpec, Projection

__all__ = ["HISTORY_BYTES", "plastic_dtcm_bytes", "projection_row_bytes", "written_bytes"]

Ints = NDArray[np.int64]

HISTORY_BYTES = 4 + 16 * (4 + 2)
"""History of a neuron's spikes: their number, 16 times and 16 traces (``post_events.h``)."""
PRE_WORDS = 2
"""Time and trace of the source's latest spike in a row, to whole words."""
RULE_BYTES = 4 + N_SYNAPSE_TYPES * (4 * 4 + 4)
"""Of a core: choice of delays; limits, amplitudes and shift for each type of synapse."""


def written_bytes(n_synapses: Ints) -> Ints:
    """Bytes of a plastic row that are written back: the source's latest spike, and weights."""
    return WORD_BYTES * (PRE_WORDS + (n_synapses + 1) // 2)


def projection_row_bytes(projection: Projection, n_synapses: Ints) -> Ints:
    """SDRAM of a row of `projection` that is reserved for so many synapses.

    A plastic synapse has 2 bytes of weight and 2 of target, type and delay, each to whole words
    (sPyNNaker, ``synapse_dynamics_stdp.py``).
    """
    if projection.plasticity is None:
        return row_bytes(n_synapses)
    fixed = WORD_BYTES * ((n_synapses + 1) // 2)
    return WORD_BYTES * ROW_HEADER_WORDS + written_bytes(n_synapses) + fixed


def plastic_dtcm_bytes(
    spec: NetworkSpec,
    role: NDArray[np.int8],
    population: NDArray[np.int32],
    n_members: NDArray[np.int32],
    dt_ms: float,
) -> Ints:
    """DTCM of plasticity on every vertex: histories of neurons, look-up tables and the rule.

    Parameters
    ----------
    spec : NetworkSpec
    role, population, n_members : ndarray, shape (n_vertices,)
    dt_ms : float
        Time step (ms).

    Returns
    -------
    ndarray of int64, shape (n_vertices,)
        0 but on cores that receive plastic synapses.
    """
    of_core, of_neuron = np.zeros((2, len(spec.populations)), np.int64)
    for index, described in enumerate(spec.populations):
        rule = spec.rule(described.name)
        if rule is not None:
            # a table has a word of size and shift
            tables = sum(2 * n + WORD_BYTES for n in rule.table_entries(dt_ms))
            of_core[index], of_neuron[index] = RULE_BYTES + tables, HISTORY_BYTES
    receives = (role == Role.COMBINED) | (role == Role.SYNAPSE)
    need: Ints = of_core[population] + of_neuron[population] * n_members
    return np.where(receives, need, 0)
