"""Plastic synapses as an image has them, and as kernels do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ImageError
from chipemu.plasticity.params import MOST_EVENTS, Amount, Column
from chipemu.plasticity.state import PlasticRows, PlasticState
from chipemu.synapses import SynapticMatrix
from router.readonly import freeze_arrays

__all__ = ["PREFIX", "PlasticSynapses", "initial_plastic", "load_rows", "restored"]

Longs = NDArray[np.int64]
PREFIX = "plastic."
"""Of the names of plastic state in a snapshot."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlasticSynapses:
    """Synapses that change, with the rules by which they do.

    Attributes
    ----------
    matrix : SynapticMatrix
        The synapses with the weights that they begin with.
    row_channel : ndarray of int32, shape (n_rows,)
        Channel that each of its rows is added to.
    rule : ndarray of int64, shape (n_neurons,)
        Rule of the plastic synapses onto each neuron; -1 if it has none.
    shift : ndarray of int64, shape (2, n_neurons)
        Left shifts of the excitatory and the inhibitory ring buffer of each neuron.
    choices : ndarray of int64, shape (n_rules, n_columns)
        `chipemu.plasticity.params.Column`.
    amounts : ndarray of int64, shape (n_rules, n_columns)
        `chipemu.plasticity.params.Amount`, s16.15: limits in nA (as weights are scaled), changes
        in nA if additive, else in parts of 1.
    decay : ndarray of int64
        Look-up tables of all rules, each ending in 0.
    exact_amounts, exact_decay : ndarray of float64, or None
        With double precision: the same without rounding; then `amounts` and `decay` mean nothing.

    Raises
    ------
    ImageError
        If a synapse ends at a neuron without a rule, or the arrays do not fit each other.
    """

    matrix: SynapticMatrix
    row_channel: NDArray[np.int32]
    rule: Longs
    shift: Longs
    choices: Longs
    amounts: Longs
    decay: Longs
    exact_amounts: NDArray[np.float64] | None = None
    exact_decay: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n, n_rules = self.rule.size, len(self.choices)
        for name, shape in {
            "row_channel": (self.matrix.row_type.size,),
            "shift": (2, n),
            "choices": (n_rules, len(Column)),
            "amounts": (n_rules, len(Amount)),
        }.items():
            if getattr(self, name).shape != shape:
                msg = f"{name} has shape {getattr(self, name).shape}, expected {shape}"
                raise ImageError(msg)
        if n != int(self.matrix.block_lo[-1]) or self.rule.max(initial=-1) >= n_rules:
            msg = f"{n} neurons with {n_rules} rules, but the synapses have "
            msg += f"{self.matrix.block_lo[-1]} as targets, and rules up to {self.rule.max()}"
            raise ImageError(msg)
        if (self.exact_amounts is None) is not (self.matrix.weight_na is None):
            msg = "double precision needs both rules and weights in floating point"
            raise ImageError(msg)
        freeze_arrays(self)

    def initial_weights(self) -> NDArray[Any]:
        """Weights that the synapses begin with: uint16, or float64."""
        exact = self.matrix.weight_na
        return (self.matrix.words >> 16).astype(np.uint16) if exact is None else exact.copy()

    def decoded(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Target and delay (steps) of each synapse."""
        matrix = self.matrix
        places = np.tile(np.arange(matrix.segments.shape[1] - 1), len(matrix.segments))
        segments = matrix.segments.astype(np.int64)
        lengths = (segments[:, 1:] - segments[:, :-1]).ravel()
        place = np.repeat(places, lengths)
        within = (matrix.words & 0xFFFF).astype(np.int64)
        target = (matrix.block_lo[place // matrix.n_delays] + within).astype(np.int32)
        delay = (place % matrix.n_delays + 1).astype(np.int32)
        if np.any(self.rule[target] < 0):
            msg = f"a plastic synapse onto neuron {target[self.rule[target] < 0][0]} has no rule"
            raise ImageError(msg)
        return target, delay


def load_rows(synapses: PlasticSynapses) -> PlasticRows:
    """Plastic synapses as the kernels see them."""
    target, delay = synapses.decoded()
    channels = np.unique(synapses.row_channel).astype(np.int64)
    rows = PlasticRows(
        source_rows=synapses.matrix.source_rows,
        row_start=synapses.matrix.row_start,
        row_slot=np.searchsorted(channels, synapses.row_channel).astype(np.int64),
        channels=channels,
        target=target,
        delay=delay,
        rule=synapses.rule,
        shift=synapses.shift,
        choices=synapses.choices,
        amounts=synapses.amounts,
        decay=synapses.decay,
        exact_amounts=synapses.exact_amounts,
        exact_decay=synapses.exact_decay,
    )
    for array in rows:
        if array is not None:
            array.setflags(write=False)
    return rows


def initial_plastic(synapses: PlasticSynapses) -> PlasticState:
    """State before the first step."""
    n, n_slots = synapses.rule.size, synapses.matrix.n_delays + 1
    n_sources = synapses.matrix.source_rows.size - 1
    is_fixed = synapses.exact_amounts is None
    trace, entry = (np.int64, np.uint16) if is_fixed else (np.float64, np.float64)
    return PlasticState(
        weight=synapses.initial_weights(),
        pre_time=np.zeros(n_sources, np.int64),
        pre_trace=np.zeros((len(synapses.choices), n_sources), trace),
        n_events=np.ones(n, np.int64),
        post_time=np.zeros((n, MOST_EVENTS), np.int64),
        post_trace=np.zeros((n, MOST_EVENTS), trace),
        ring=np.zeros((n_slots, np.unique(synapses.row_channel).size, n), entry),
        clipped=np.zeros((n_slots, n), np.int64),
    )


def restored(
    synapses: PlasticSynapses, snapshot: Mapping[str, NDArray[np.generic]]
) -> PlasticState:
    """The state that a snapshot has of plastic synapses.

    Raises
    ------
    ImageError
        If it is of other ones.
    """
    begun = initial_plastic(synapses)
    kept: dict[str, Any] = {}
    for name in PlasticState._fields:
        array, wanted = snapshot.get(PREFIX + name), getattr(begun, name)
        if array is None or (array.shape, array.dtype) != (wanted.shape, wanted.dtype):
            have = "nothing" if array is None else f"{array.shape} {array.dtype}"
            msg = f"snapshot: {PREFIX}{name} has {have}, these cores {wanted.shape} {wanted.dtype}"
            raise ImageError(msg)
        kept[name] = array.copy()
    return PlasticState(**kept)
