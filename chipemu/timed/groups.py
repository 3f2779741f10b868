"""Groups of chips that tick together: what each one updates, sends and writes."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.roles import COMBINED, NEURON, POISSON, SOURCE, SYNAPSE
from chipemu.timed import layout
from chipemu.timed.state import Core

__all__ = ["Group", "groups_of", "owners"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]


class Group(NamedTuple):
    """Chips of one clock."""

    chip: int
    """One of them."""
    spans: Longs
    """Ranges of neurons, ascending: first, and one past the last."""
    senders: Ints
    """Cores of spike sources, by their first source."""
    givers: Ints
    """Cores that write contributions."""
    buffers: Ints
    """Buffer that each of them fills."""


def groups_of(image: MachineImage, deployment: Deployment, cores: Longs) -> tuple[Group, ...]:
    """All groups of chips, given the rows of the cores (`chipemu.timed.layout`)."""
    role, group, part = cores[:, Core.ROLE], cores[:, Core.GROUP], cores[:, Core.SLICE]
    order = np.lexsort((image.cores.processor, image.cores.chip))
    buffer = image.cores.buffer[order]
    gives = np.isin(role, (SYNAPSE, POISSON))
    chip_group = layout.groups_of_chips(deployment)
    found = []
    for g in range(int(chip_group.max()) + 1):
        parts = np.sort(part[_holds_neurons(cores) & (group == g)])
        senders = np.flatnonzero((role == SOURCE) & (group == g))
        givers = np.flatnonzero(gives & (group == g))
        found.append(
            Group(
                chip=int(np.flatnonzero(chip_group == g)[0]),
                spans=_spans(parts, deployment.slice_lo, image.matrix.block_lo),
                senders=senders[np.argsort(cores[senders, Core.LO])].astype(np.int32),
                givers=givers.astype(np.int32),
                buffers=buffer[givers].astype(np.int32),
            )
        )
    return tuple(found)


def owners(cores: Longs, slice_lo: Longs) -> Ints:
    """Core that holds each neuron, shape (n_neurons,)."""
    owner = np.zeros(int(slice_lo[-1]), np.int32)
    for v in np.flatnonzero(_holds_neurons(cores)).tolist():
        part = cores[v, Core.SLICE]
        owner[slice_lo[part] : slice_lo[part + 1]] = v
    return owner


def _holds_neurons(cores: Longs) -> NDArray[np.bool_]:
    is_holder: NDArray[np.bool_] = np.isin(cores[:, Core.ROLE], (COMBINED, NEURON))
    return is_holder & (cores[:, Core.SLICE] >= 0)


def _spans(parts: Longs, slice_lo: Longs, block_lo: Longs) -> Longs:
    """Neurons of the slices `parts`, as ranges that are cut where blocks begin."""
    spans: list[tuple[int, int]] = []
    for lo, hi in zip(slice_lo[parts].tolist(), slice_lo[parts + 1].tolist(), strict=True):
        inside = block_lo[(block_lo > lo) & (block_lo < hi)].tolist()
        for first, stop in pairwise((lo, *inside, hi)):
            goes_on = spans and spans[-1][1] == first and first not in block_lo
            spans.append((spans.pop()[0] if goes_on else first, stop))
    return np.array(spans, np.int64).reshape(-1, 2)
