"""Whether an image and its deployment fit together."""

import numpy as np

from chipemu.deployment import NO_KEY, Deployment
from chipemu.errors import ImageError
from chipemu.image import MachineImage
from chipemu.roles import POISSON
from router.arguments import reinjecting_cores

__all__ = ["check_cores"]


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
