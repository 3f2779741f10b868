"""Rows of synapses as they lie in SDRAM: how long each is, and how full it should be."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping import memory
from mapping.delays import Stages
from mapping.graph import MachineGraph, Role
from mapping.plasticmemory import projection_row_bytes, written_bytes
from mapping.slices import cut
from mapping.spec import NetworkSpec
from mapping.traffic import traffic

__all__ = ["ReservedRows", "reserved_rows"]


class ReservedRows(NamedTuple):
    """What a packet of a kind of source leads to on a slice, by stage of delay.

    All have the shape (n_stages, n_populations, n_slices); a kind of source is a population.
    """

    n_bytes: NDArray[np.int32]
    """Bytes that are fetched."""
    n_rows: NDArray[np.int32]
    """Rows that these are, one per projection."""
    mean_synapses: NDArray[np.float64]
    """Synapses expected of one source on the slice."""
    n_written_bytes: NDArray[np.int32]
    """Bytes that are written back, of plastic rows."""
    n_plastic_rows: NDArray[np.int32]
    """Rows that are plastic."""
    is_full: NDArray[np.bool_]
    """Shape (n_populations, n_slices): whether every source sends to the slice, by a rule that can
    connect all with all; elsewhere packets go only where there are synapses."""


def reserved_rows(spec: NetworkSpec, graph: MachineGraph, stages: Stages) -> ReservedRows:
    """Rows that mapping reserves for each stage and kind of source on each slice.

    Each projection that sends packets has a row of the length that mapping reserves for it, in the
    stages that its delays reach. A slice is the neurons of one combined or neuron core.
    """
    pieces = cut(spec, graph.neurons_per_core)
    population = graph.population[np.isin(graph.role, (Role.COMBINED, Role.NEURON))]
    shape = stages.n, len(spec.populations), population.size
    found = ReservedRows(
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape[1:], np.bool_),
    )
    for flow in traffic(spec, pieces, graph.layout, stages.dt_ms):
        lengths = pieces.n_members[pieces.of(flow.post)]
        n_pre, n_post = spec.sizes(flow.projection)
        per_source = spec.expected_synapses(flow.projection) / n_pre * lengths / n_post
        found.is_full[flow.pre, population == flow.post] |= flow.is_full
        for stage in range(stages.n):
            share = stages.share(flow.projection, stage)
            if share == 0:
                continue
            n_synapses = memory.row_synapses(
                spec, flow.projection, lengths, stages=stages, stage=stage
            )
            where = stage, flow.pre, population == flow.post
            n_bytes = projection_row_bytes(flow.projection, n_synapses)
            found.n_bytes[where] += n_bytes.astype(np.int32)
            if flow.projection.plasticity is not None:
                found.n_written_bytes[where] += written_bytes(n_synapses).astype(np.int32)
                found.n_plastic_rows[where] += 1
            found.n_rows[where] += 1
            found.mean_synapses[where] += per_source * share
    return found
