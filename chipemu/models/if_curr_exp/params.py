"""IF_curr_exp: parameters in the user's units, and the integers that a core holds.

The real tool chain has turned parameters into s16.15 in three ways over the years, and the last
bit of a membrane potential depends on which (`Constants`):

- ``on_core``: today's. The core gets time step, time constants and so on in s16.15 and derives
  the constants itself with integer division and a table-driven exponential.
- ``nearest``: the host computes in floating point and rounds to nearest (from about 2019).
- ``truncate``: the host computes in floating point and truncates (up to about 2019).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from fixedpoint.formats import S1615, U032, Rounding, to_raw
from fixedpoint.kernels import ceil_k, expk, expulr, init_u032, kdivk

__all__ = [
    "LIF_DEFAULTS",
    "Arithmetic",
    "Constants",
    "LifConstants",
    "MembraneConstants",
    "OneLif",
    "check_parameters",
    "decay_constants",
    "lif_constants",
    "membrane_constants",
    "of_distinct",
    "rounding_of",
    "step_in_s1615",
]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Derivation = Callable[[list[float], float, Rounding], tuple[int, ...]]

POSITIVE = {"cm", "tau_m", "tau_syn_E", "tau_syn_I"}
"""Parameters that are divided by."""

LIF_DEFAULTS: Mapping[str, float] = {
    "cm": 1.0,  # nF
    "tau_m": 20.0,  # ms
    "tau_syn_E": 5.0,  # ms
    "tau_syn_I": 5.0,  # ms
    "tau_refrac": 0.1,  # ms
    "v_rest": -65.0,  # mV
    "v_reset": -65.0,  # mV
    "v_thresh": -50.0,  # mV
    "i_offset": 0.0,  # nA
}
"""Parameters of IF_curr_exp with PyNN's names, units and default values."""


class Constants(Enum):
    """Where and how the constants of the neuron update are made."""

    ON_CORE = "on_core"
    NEAREST = "nearest"
    TRUNCATE = "truncate"


class Arithmetic(IntEnum):
    """How the products of the neuron update are rounded.

    The first four are what GCC and the SpiNNaker helper functions produce on the ARM968;
    `STOCHASTIC` is that of Hopkins et al. 2020 (Phil. Trans. R. Soc. A 378:20190052).
    """

    TRUNCATE = 0
    """Plain C ``accum * accum``: floor at 2**-15, wrapping. Decay factors are u0.32, floored."""
    NEAREST = 1
    """Membrane products rounded to nearest and saturated; decay as in TRUNCATE."""
    U032 = 2
    """Membrane factor in u0.32, product floored; all else as in TRUNCATE."""
    MIXED = 3
    """C's mixed operators ``accum * unsigned long fract`` throughout."""
    STOCHASTIC = 4
    """Membrane products rounded stochastically and saturated; decay as in TRUNCATE."""


class MembraneConstants(NamedTuple):
    """Constants of a leaky membrane with threshold, one entry a neuron.

    All arrays are int64 of shape (n_neurons,). ``_k`` values are s16.15, ``_u`` values u0.32.
    """

    v_rest_k: NDArray[np.int64]
    v_reset_k: NDArray[np.int64]
    v_thresh_k: NDArray[np.int64]
    r_k: NDArray[np.int64]
    membrane_k: NDArray[np.int64]
    membrane_u: NDArray[np.int64]
    t_refract: NDArray[np.int64]


class LifConstants(NamedTuple):
    """Constants of the neuron update, one entry a neuron (or a run of equal neurons).

    All arrays are int64 of the same shape. ``_k`` values are s16.15, ``_u`` values u0.32.
    """

    v_rest_k: NDArray[np.int64]
    v_reset_k: NDArray[np.int64]
    v_thresh_k: NDArray[np.int64]
    r_k: NDArray[np.int64]
    membrane_k: NDArray[np.int64]
    membrane_u: NDArray[np.int64]
    decay_exc_u: NDArray[np.int64]
    decay_inh_u: NDArray[np.int64]
    init_exc_u: NDArray[np.int64]
    init_inh_u: NDArray[np.int64]
    t_refract: NDArray[np.int64]
    shift_exc: NDArray[np.int64]
    shift_inh: NDArray[np.int64]


class OneLif(NamedTuple):
    """`LifConstants` of one neuron: the columns of an image's constants."""

    v_rest_k: int
    v_reset_k: int
    v_thresh_k: int
    r_k: int
    membrane_k: int
    membrane_u: int
    decay_exc_u: int
    decay_inh_u: int
    init_exc_u: int
    init_inh_u: int
    t_refract: int
    shift_exc: int
    shift_inh: int


def step_in_s1615(dt_ms: float) -> int:
    """Time step as the core gets it: s16.15 milliseconds, rounded to nearest.

    Raises
    ------
    ParameterError
        If the step is below the format's resolution or beyond its range.
    """
    raw = round(dt_ms * 2**15)
    if not 1 <= raw < 2**31:
        msg = f"time step {dt_ms} ms: s16.15 holds 2**-15 ms to 65536 ms; choose one in between"
        raise ParameterError(msg)
    return raw


def lif_constants(
    parameters: Mapping[str, NDArray[np.float64]],
    shifts: tuple[int, int],
    dt_ms: float,
    constants: Constants,
) -> LifConstants:
    """Turn parameters into the integers of the neuron update.

    Parameters
    ----------
    parameters : mapping of str to ndarray of float64, shape (n_neurons,)
        All names of `LIF_DEFAULTS`.
    shifts : tuple of int
        Left shifts of the excitatory and the inhibitory ring buffer.
    dt_ms : float
        Time step (ms).
    constants : Constants

    Returns
    -------
    LifConstants
        Arrays of shape (n_neurons,), read-only.

    Raises
    ------
    ParameterError
        On a value that is not positive where it must be, or that s16.15 cannot hold.
    """
    check_parameters(parameters)
    m = membrane_constants(parameters, dt_ms, constants)
    decay_exc_u, init_exc_u = decay_constants(parameters["tau_syn_E"], dt_ms, constants)
    decay_inh_u, init_inh_u = decay_constants(parameters["tau_syn_I"], dt_ms, constants)
    arrays = LifConstants(
        *(m.v_rest_k, m.v_reset_k, m.v_thresh_k, m.r_k, m.membrane_k, m.membrane_u),
        *(decay_exc_u, decay_inh_u, init_exc_u, init_inh_u, m.t_refract),
        *(np.full(m.v_rest_k.size, shift, dtype=np.int64) for shift in shifts),
    )
    for array in arrays:
        array.setflags(write=False)
    return arrays


def check_parameters(parameters: Mapping[str, Floats]) -> None:
    """Check that s16.15 holds all values, and that they are positive where they must be.

    Raises
    ------
    ParameterError
        Naming the first parameter and value that cannot be.
    """
    for name, values in parameters.items():
        positive = name in POSITIVE
        bad = ~(np.abs(values) < 2**16)
        if positive:  # and not 0 in s16.15
            bad |= values < S1615.quantum
        if name == "tau_refrac":
            bad |= values < 0
        if bad.any():
            value = values[np.argmax(bad)]
            least = "at least 2**-15, and " if positive else ""
            if name == "tau_refrac":
                least = "at least 0, and "
            msg = f"{name} = {value}: must be {least}within s16.15's range of +-65536"
            raise ParameterError(msg)


def membrane_constants(
    parameters: Mapping[str, Floats], dt_ms: float, constants: Constants
) -> MembraneConstants:
    """Integers of the membrane: `lif_constants` without synapses."""
    mode = rounding_of(constants)
    potentials = (
        np.asarray(to_raw(parameters[name], S1615, mode), dtype=np.int64)
        for name in ("v_rest", "v_reset", "v_thresh")
    )
    derive = _membrane_on_core if constants is Constants.ON_CORE else _membrane_on_host
    columns = [parameters[name] for name in ("cm", "tau_m", "tau_refrac")]
    return MembraneConstants(*potentials, *of_distinct(columns, derive, dt_ms, mode))


def decay_constants(tau_ms: Floats, dt_ms: float, constants: Constants) -> tuple[Longs, Longs]:
    """Decay factors of exponential synapses in a step, and factors of new input, in u0.32."""
    derive = _decay_on_core if constants is Constants.ON_CORE else _decay_on_host
    decay, init = of_distinct([tau_ms], derive, dt_ms, rounding_of(constants))
    return decay, init


def rounding_of(constants: Constants) -> Rounding:
    """How the host turns parameters into s16.15."""
    return Rounding.TRUNCATE if constants is Constants.TRUNCATE else Rounding.NEAREST


def of_distinct(
    columns: Sequence[Floats], derive: Derivation, dt_ms: float, mode: Rounding
) -> list[Longs]:
    """Constants that `derive` makes of each row of `columns`; of equal rows once.

    Parameters
    ----------
    columns : sequence of ndarray of float64, shape (n_neurons,)
    derive : callable
        ``derive(row, dt_ms, mode)``: a tuple of integers.
    dt_ms : float
    mode : Rounding

    Returns
    -------
    list of ndarray of int64, shape (n_neurons,)
        One for each integer.
    """
    distinct, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    derived = [derive(row, dt_ms, mode) for row in distinct.tolist()]
    return list(np.array(derived, dtype=np.int64)[which.ravel()].T.copy())


def _membrane_on_host(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    """R, membrane factor (s16.15 and u0.32), refractory steps."""
    cm, tau_m, tau_refrac = row
    membrane = math.exp(-dt_ms / tau_m)
    return (
        int(to_raw(tau_m / cm, S1615, mode)),
        int(to_raw(membrane, S1615, mode)),
        int(to_raw(membrane, U032, mode)),
        math.ceil(tau_refrac / dt_ms - 1e-9),
    )


def _membrane_on_core(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    """Order and operations of the core's own initialisation (SpiNNaker IF_curr_exp)."""
    cm, tau_m, tau_refrac = (int(to_raw(value, S1615, mode)) for value in row)
    step = step_in_s1615(dt_ms)
    ratio = kdivk(step, tau_m)
    return kdivk(tau_m, cm), expk(-ratio), expulr(-ratio), ceil_k(kdivk(tau_refrac, step))


def _decay_on_host(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    (tau,) = row
    init = tau / dt_ms * -math.expm1(-dt_ms / tau)
    return int(to_raw(math.exp(-dt_ms / tau), U032, mode)), int(to_raw(init, U032, mode))


def _decay_on_core(row: list[float], dt_ms: float, mode: Rounding) -> tuple[int, ...]:
    tau, step = int(to_raw(row[0], S1615, mode)), step_in_s1615(dt_ms)
    decay = expulr(-kdivk(step, tau))
    return decay, init_u032(kdivk(tau, step), decay)
