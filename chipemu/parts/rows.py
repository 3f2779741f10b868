"""Rows: what a packet leads to on a core that serves a slice ("Slices, streams and rows")."""

from functools import cache
from typing import NamedTuple

from chipemu.deployment import Deployment
from chipemu.image import MachineImage

__all__ = ["Row", "Rows", "Synapse"]


class Synapse(NamedTuple):
    """One synapse of a row."""

    target: int
    delay: int
    """Steps."""
    channel: int
    weight: int


class Row(NamedTuple):
    """What a packet leads to on one slice."""

    n_synapses: int
    n_bytes: int
    n_parts: int
    synapses: tuple[Synapse, ...]


class Rows:
    """The rows of all streams on all slices."""

    def __init__(self, image: MachineImage, deployment: Deployment) -> None:
        self._image, self._deployment = image, deployment
        self.of = cache(self._of)
        self._synapses_of = cache(self._decode)

    def _of(self, stage: int, source: int, slice_: int) -> Row:
        """The row of a stream on a slice."""
        d = self._deployment
        kind = d.source_kind[source]
        lo, hi = d.slice_lo[slice_ : slice_ + 2].tolist()
        shortest, longest = stage * d.stage_steps + 1, (stage + 1) * d.stage_steps
        return Row(
            n_synapses=int(d.row_synapses[stage, source, slice_]),
            n_bytes=int(d.row_bytes[stage, kind, slice_]),
            n_parts=int(d.n_rows[stage, kind, slice_]),
            synapses=tuple(
                synapse
                for synapse in self._synapses_of(source)
                if lo <= synapse.target < hi and shortest <= synapse.delay <= longest
            ),
        )

    def _decode(self, source: int) -> list[Synapse]:
        matrix, channels = self._image.matrix, self._image.row_channel
        return [
            Synapse(target, delay, int(channels[row]), weight)
            for row in range(matrix.source_rows[source], matrix.source_rows[source + 1])
            for target, delay, weight in zip(*(a.tolist() for a in matrix.row(row)), strict=True)
        ]
