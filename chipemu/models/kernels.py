"""Compiled update of neurons of any model: which model's kernels a run of equal neurons needs.

`exact` is that of the image, as an argument: by it the compiler knows which arithmetic to leave
out.

Twins are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_cond_exp import kernels as if_cond_exp
from chipemu.models.if_cond_exp.float64 import kernels as if_cond_exp_float64
from chipemu.models.if_curr_alpha import kernels as if_curr_alpha
from chipemu.models.if_curr_alpha.float64 import kernels as if_curr_alpha_float64
from chipemu.models.if_curr_delta import kernels as if_curr_delta
from chipemu.models.if_curr_delta.float64 import kernels as if_curr_delta_float64
from chipemu.models.if_curr_exp import kernels as if_curr_exp
from chipemu.models.if_curr_exp.float64 import kernels as if_curr_exp_float64
from chipemu.models.izhikevich import kernels as izhikevich
from chipemu.models.izhikevich.float64 import kernels as izhikevich_float64
from chipemu.models.numbers import ModelNumber
from chipemu.state import Loaded, State
from fixedpoint.jit import kernel

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

IF_COND_EXP = int(ModelNumber.IF_COND_EXP)
IF_CURR_DELTA = int(ModelNumber.IF_CURR_DELTA)
IF_CURR_ALPHA = int(ModelNumber.IF_CURR_ALPHA)
IZHIKEVICH = int(ModelNumber.IZHIKEVICH)


@kernel
def synaptic_fixed(
    n: int, model: int, state: State, row: Longs, arithmetic: int
) -> tuple[int, int]:
    """`synaptic` with the integers of the machine."""
    if model == IF_COND_EXP:
        return if_cond_exp.synaptic(n, state, row, arithmetic)
    if model == IF_CURR_DELTA:
        return if_curr_delta.synaptic(n, state, row, arithmetic)
    if model == IF_CURR_ALPHA:
        return if_curr_alpha.synaptic(n, state, row, arithmetic)
    if model == IZHIKEVICH:
        return izhikevich.synaptic(n, state, row, arithmetic)
    return if_curr_exp.synaptic(n, state, row, arithmetic)


@kernel
def synaptic_float64(n: int, model: int, state: State, row: Floats) -> tuple[float, float]:
    """`synaptic` in double precision."""
    if model == IF_COND_EXP:
        return if_cond_exp_float64.synaptic(n, state, row)
    if model == IF_CURR_DELTA:
        return if_curr_delta_float64.synaptic(n, state, row)
    if model == IF_CURR_ALPHA:
        return if_curr_alpha_float64.synaptic(n, state, row)
    if model == IZHIKEVICH:
        return izhikevich_float64.synaptic(n, state, row)
    return if_curr_exp_float64.synaptic(n, state, row)


@kernel
def synaptic(
    n: int, run: int, state: State, image: Loaded, exact: Floats | None, arithmetic: int
) -> tuple[float, float]:
    """What the synapses of neuron `n` of `run` contribute in this step, new input included."""
    model = image.run_model[run]
    if exact is None:
        return synaptic_fixed(n, model, state, image.constants[run], arithmetic)
    return synaptic_float64(n, model, state, exact[run])


@kernel
def update_fixed(
    first: int,
    stop: int,
    step: int,
    model: int,
    state: State,
    row: Longs,
    arithmetic: int,
    seed: Longs,
) -> None:
    """`update_neurons` with the integers of the machine."""
    if model == IF_COND_EXP:
        if_cond_exp.update_run(first, stop, step, state, row, arithmetic, seed)
    elif model == IF_CURR_DELTA:
        if_curr_delta.update_run(first, stop, step, state, row, arithmetic, seed)
    elif model == IF_CURR_ALPHA:
        if_curr_alpha.update_run(first, stop, step, state, row, arithmetic, seed)
    elif model == IZHIKEVICH:
        izhikevich.update_run(first, stop, step, state, row, arithmetic, seed)
    else:
        if_curr_exp.update_run(first, stop, step, state, row, arithmetic, seed)


@kernel
def update_float64(first: int, stop: int, model: int, state: State, row: Floats) -> None:
    """`update_neurons` in double precision."""
    if model == IF_COND_EXP:
        if_cond_exp_float64.update_run_float64(first, stop, state, row)
    elif model == IF_CURR_DELTA:
        if_curr_delta_float64.update_run_float64(first, stop, state, row)
    elif model == IF_CURR_ALPHA:
        if_curr_alpha_float64.update_run_float64(first, stop, state, row)
    elif model == IZHIKEVICH:
        izhikevich_float64.update_run_float64(first, stop, state, row)
    else:
        if_curr_exp_float64.update_run_float64(first, stop, state, row)


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
    model = image.run_model[run]
    if exact is None:
        update_fixed(first, stop, step, model, state, image.constants[run], arithmetic, seed)
    else:
        update_float64(first, stop, model, state, exact[run])
