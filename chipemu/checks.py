"""Whether an image and its deployment fit together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.deployment import NO_KEY, Deployment
from chipemu.errors import ImageError
from chipemu.image import MachineImage
from chipemu.roles import POISSON
from router.arguments import reinjecting_cores

__all__ = ["check_cores", "check_exchange", "holds_poisson"]

AT_ONCE = 1 << 20
"""Synapses that are compared at a time."""


def check_cores(image: MachineImage, deployment: Deployment) -> None:
    """Check that the cores of `image` can stand where `deployment` has them.

    Raises
    ------
    ImageError
        If a core does not exist or is the reinjector's, if direct Poisson input has no Poisson
        core, or if slices and keys are not those of the image.
    """
    _check_sizes(image, deployment)
    n_working = deployment.topology.cores[image.cores.chip]
    reinjecting = reinjecting_cores(deployment.topology, deployment.fabric)[image.cores.chip]
    is_wrong = (image.cores.processor >= n_working) | (image.cores.processor == reinjecting)
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        chip, processor = image.cores.chip[row], image.cores.processor[row]
        msg = f"core {row} is processor {processor} of chip {chip}, which does not exist or is "
        msg += "the reinjector's; place the cores anew"
        raise ImageError(msg)
    slices = deployment.core_slice[image.cores.role == POISSON]
    for source in image.direct:
        first, last = np.searchsorted(deployment.slice_lo, (source.lo, source.hi - 1), "right") - 1
        missing = set(range(first, last + 1)) - set(slices.tolist())
        if missing:
            msg = f"slice {min(missing)} has direct Poisson input, but no Poisson core"
            raise ImageError(msg)


def _check_sizes(image: MachineImage, deployment: Deployment) -> None:
    if deployment.slice_lo[-1] != image.n_neurons:
        msg = f"slices of {deployment.slice_lo[-1]} neurons, but the image has {image.n_neurons}"
        raise ImageError(msg)
    if deployment.key.shape[1] != image.n_sources:
        msg = f"keys of {deployment.key.shape[1]} sources, but the image has {image.n_sources}"
        raise ImageError(msg)
    if deployment.key.min(initial=0) < NO_KEY:
        msg = f"key {deployment.key.min()} is no key; a stream without one has {NO_KEY}"
        raise ImageError(msg)


def check_exchange(image: MachineImage, other: MachineImage) -> None:
    """Check that cores that run `image` can go on with `other`.

    Raises
    ------
    ImageError
        If they have not the same cores, channels and rows of synapses: the same sources, targets
        and delays; or if a core holds Poisson sources with one image and none with the other.
    """
    cores = zip(image.cores._fields, image.cores, other.cores, strict=True)
    fixed = {
        "numbers of neurons": (image.n_neurons, other.n_neurons),
        "numbers of channels": (image.n_channels, other.n_channels),
        "models of neurons": (image.model, other.model),
        "time steps": (image.dt_ms, other.dt_ms),
        **{f"{name} of cores": (before, after) for name, before, after in cores},
        "channels of rows": (image.row_channel, other.row_channel),
        "rows of sources": (image.matrix.source_rows, other.matrix.source_rows),
        "blocks of targets": (image.matrix.block_lo, other.matrix.block_lo),
        "lengths of rows": (image.matrix.row_start, other.matrix.row_start),
        "delays": (image.matrix.segments, other.matrix.segments),
        "cores with Poisson sources": (holds_poisson(image), holds_poisson(other)),
    }
    wrong = next((name for name, (one, two) in fixed.items() if not _is_same(one, two)), None)
    if wrong is None and not _has_same_targets(image.matrix.words, other.matrix.words):
        wrong = "targets of synapses"
    if wrong is not None:
        msg = f"the new image has other {wrong}; go on with one that differs in weights, "
        msg += "constants, currents, rates and spike times alone, or begin anew"
        raise ImageError(msg)


def holds_poisson(image: MachineImage) -> NDArray[np.bool_]:
    """Whether each core holds Poisson sources that send packets, shape (n_cores,)."""
    lo, hi = image.cores.lo, image.cores.hi
    holds = np.zeros(lo.size, bool)
    for source in image.poisson:
        holds |= (lo < source.hi) & (source.lo < hi)
    return holds


def _is_same(one: Any, other: Any) -> bool:
    return one is other or np.array_equal(one, other)


def _has_same_targets(words: NDArray[np.uint32], others: NDArray[np.uint32]) -> bool:
    """Whether all low halves are equal."""
    if words is others:
        return True
    parts = range(0, words.size, AT_ONCE)
    return words.size == others.size and not any(
        ((words[at : at + AT_ONCE] ^ others[at : at + AT_ONCE]) & 0xFFFF).any() for at in parts
    )
