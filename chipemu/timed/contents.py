"""What the cores are loaded with, as kernels see it: what another image may exchange."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from chipemu.loading import load, load_injected, most_spikes_per_step, source_arrays
from chipemu.state import Injected, Loaded, Sources

__all__ = ["Contents", "contents_of"]


class Contents(NamedTuple):
    """An image in arrays, all of them read-only."""

    loaded: Loaded
    injected: Injected
    sources: Sources
    arithmetic: int
    seed: NDArray[np.int64]
    """Lower and upper half."""
    most_spikes: int
    """Spikes that a step can have."""


def contents_of(image: MachineImage) -> Contents:
    """The contents of `image`."""
    seed = np.array([image.seed & 0xFFFFFFFF, image.seed >> 32], dtype=np.int64)
    return Contents(
        load(image),
        load_injected(image),
        source_arrays(image),
        int(image.arithmetic),
        seed,
        most_spikes_per_step(image),
    )
