"""How each connection rule is expanded: synapses of every source, and how targets are chosen.

==================== ============================================= =========================
rule                 out-degree                                    targets
==================== ============================================= =========================
fixed total number   n draws of a source, counted                  uniform; distinct in a row
                                                                   without multapses
pairwise Bernoulli   binomial                                      distinct
fixed out-degree     k                                             uniform or distinct
all-to-all           all                                           all
one-to-one           1                                             the same index
fixed in-degree      sources drawn by target, listed by source     listed
explicit list        as listed                                     listed
==================== ============================================= =========================

Without autapses a neuron's candidates are the others of its population.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.plan import ALL, DISTINCT, LISTED, SAME, UNIFORM, Longs
from fixedpoint.tables import inversion_table
from host import kernels
from mapping.connectors import (
    AllToAll,
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.errors import SpecError

__all__ = ["Ends", "Wiring", "wire"]

Ints = NDArray[np.int32]

BATCH = 4096
"""Draws of a source that share a run of Philox calls; part of the meaning of a seed."""
CHUNKS = 16
"""Stretches of draws that are counted at once; the result does not depend on it."""


class Ends(NamedTuple):
    """The two populations of a projection."""

    n_pre: int
    n_post: int
    recurrent: bool
    """Whether they are the same."""


class Wiring(NamedTuple):
    """An expanded rule.

    Listed synapses are sorted by source; those of source i follow one another from ``row[i]`` on.
    """

    rule: int
    """`chipemu.generation.plan.UNIFORM` to `LISTED`."""
    skip_self: bool
    """Whether a neuron must not choose itself."""
    degree: Ints
    """Synapses of each source, shape (n_pre,)."""
    row: Longs
    """Where the listed synapses of each source begin, shape (n_pre,)."""
    target: Ints
    """Index of the listed targets, shape (n_listed,)."""
    order: Longs
    """Position in the user's list of each listed synapse, shape (n_listed,)."""


def wire(connector: Connector, ends: Ends, key: int, seed: Longs) -> Wiring:
    """Expand a rule as far as it takes to generate each row by itself.

    Parameters
    ----------
    connector : Connector
    ends : Ends
    key : int
        Index of the projection in the network, which keys its random numbers.
    seed : ndarray of int64, shape (2,)
        `host.plan.seed_words`.

    Returns
    -------
    Wiring

    Raises
    ------
    SpecError
        If the rule is none of the seven.
    """
    skip_self = ends.recurrent and not getattr(connector, "allow_autapses", True)
    match connector:
        case FixedInDegree():
            sources = _sources(connector, ends, skip_self, key, seed)
            targets = np.repeat(np.arange(ends.n_post, dtype=np.int32), connector.k)
            return _listed(sources, targets, ends.n_pre)
        case ExplicitList():
            return _listed(connector.pre, connector.post, ends.n_pre)
    nothing = np.zeros(0, np.int64)
    return Wiring(
        _choice(connector),
        skip_self,
        _degrees(connector, ends, skip_self, key, seed),
        np.zeros(ends.n_pre, np.int64),
        nothing.astype(np.int32),
        nothing,
    )


def _choice(connector: Connector) -> int:
    match connector:
        case OneToOne():
            return SAME
        case AllToAll():
            return ALL
        case FixedTotalNumber(allow_multapses=True) | FixedOutDegree(allow_multapses=True):
            return UNIFORM
        case FixedTotalNumber() | FixedOutDegree() | PairwiseBernoulli():
            return DISTINCT
    msg = f"no way is known to generate the synapses of {type(connector).__name__}"
    raise SpecError(msg)


def _degrees(connector: Connector, ends: Ends, skip_self: bool, key: int, seed: Longs) -> Ints:
    """Synapses of every source, shape (n_pre,)."""
    candidates = ends.n_post - skip_self
    degrees = np.zeros(ends.n_pre, np.int32)
    match connector:
        case OneToOne():
            degrees[:] = 1
        case AllToAll():
            degrees[:] = candidates
        case FixedOutDegree(k=k):
            degrees[:] = k
        case FixedTotalNumber(n=n, allow_multapses=True):
            degrees[:] = _counts(n, ends.n_pre, key, seed)
        case FixedTotalNumber(n=n):
            kernels.count_distinct_draws(n, ends.n_pre, candidates, key, seed, degrees)
        case PairwiseBernoulli():
            binomial = connector.row_length(ends.n_pre, ends.n_post, candidates)
            first, probabilities = binomial.pmf()
            below = np.minimum(1.0, np.cumsum(probabilities)[:-1])
            table = inversion_table(np.append(below, 1.0))
            kernels.draw_degrees(key, seed, table.thresholds, table.guide, first, degrees)
    return degrees


def _counts(n: int, n_pre: int, key: int, seed: Longs) -> Longs:
    """How often each source occurs in `n` draws, shape (n_pre,)."""
    bounds = np.arange(CHUNKS + 1, dtype=np.int64) * n // CHUNKS // BATCH * BATCH
    bounds[-1] = n
    draws = np.zeros((CHUNKS, BATCH), np.uint32)
    counts = np.zeros((CHUNKS, n_pre), np.int32)
    kernels.count_draws_parallel(bounds, n_pre, key, seed, draws, counts)
    total: Longs = counts.sum(axis=0, dtype=np.int64)
    return total


def _sources(
    rule: FixedInDegree, ends: Ends, skip_self: bool, key: int, seed: Longs
) -> NDArray[np.int32]:
    """Source of every synapse, ordered by target, shape (n_post * k,)."""
    sources = np.zeros((ends.n_post, rule.k), np.int32)
    seen = np.zeros(ends.n_pre, np.uint8)
    distinct = not rule.allow_multapses
    kernels.draw_sources(rule.k, ends.n_pre, distinct, skip_self, key, seed, seen, sources)
    return sources.ravel()


def _listed(pre: Ints, post: Ints, n_pre: int) -> Wiring:
    """Sort synapses by source, keeping their order otherwise."""
    order = np.argsort(pre, kind="stable")
    degree = np.bincount(pre, minlength=n_pre)
    row = np.cumsum(degree) - degree
    target = post[order].astype(np.int32)
    return Wiring(LISTED, False, degree.astype(np.int32), row.astype(np.int64), target, order)
