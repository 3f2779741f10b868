"""Compiled update of neurons of any model: which model's kernels a run of equal neurons needs.

`exact` is that of the image, as an argument: by it the compiler knows which arithmetic to leave
out.

Twins are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp import kernels as if_curr_exp
from chipemu.models.if_curr_exp.float64 import kernels as if_curr_exp_float64
from chipemu.state import Loaded, State
from fixedpoint.jit import kernel

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@kernel
def synaptic(
    n: int, run: int, state: State, image: Loaded, exact: Floats | None, arithmetic: int
) -> tuple[float, float]:
    """What the synapses of neuron `n` of `run` contribute in this step, new input included."""
    if exact is None:
        return if_curr_exp.synaptic(n, state, image.constants[run], arithmetic)
    return if_curr_exp_float64.synaptic(n, state, exact[run])


@kernel
def update_neurons(
    first: int,
    stop: int,
    step: int,
    run: int,
    state: State,
    image: Loaded,
    exact: Floats | None,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update neurons `first` to `stop`, whose model and constants are all those of `run`."""
    if exact is None:
        if_curr_exp.update_run(first, stop, step, state, image.constants[run], arithmetic, seed)
    else:
        if_curr_exp_float64.update_run_float64(first, stop, state, exact[run])
