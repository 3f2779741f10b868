"""IF_curr_exp: parameters in the user's units, and the integers that a core holds.

The real tool chain has turned parameters into s16.15 in three ways over the years, and the last
bit of a membrane potential depends on which (`Constants`):

- ``on_core``: today's. The core gets time step, time constants and so on in s16.15 and derives
  the constants itself with integer division and a table-driven exponential.
- ``nearest``: the host computes in floating point and rounds to nearest (from about 2019).
- ``truncate``: the host computes in floating point and truncates (up to about 2019).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
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
    "OneLif",
    "lif_constants",
    "step_in_s1615",
]

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


@dataclass(frozen=True, slots=True)
class _Floats:
    """One neuron's parameters as floats, and the step (ms)."""

    cm: float
    tau_m: float
    tau_syn: tuple[float, float]
    tau_refrac: float
    dt_ms: float


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
    _check(parameters)
    names = ("cm", "tau_m", "tau_syn_E", "tau_syn_I", "tau_refrac")
    columns = np.stack([parameters[name] for name in names], axis=1)
    distinct, which = np.unique(columns, axis=0, return_inverse=True)
    derived = np.array(
        [
            _derive(_Floats(cm, tau_m, (tau_e, tau_i), tau_refrac, dt_ms), constants)
            for cm, tau_m, tau_e, tau_i, tau_refrac in distinct.tolist()
        ],
        dtype=np.int64,
    )[which.ravel()]
    mode = Rounding.TRUNCATE if constants is Constants.TRUNCATE else Rounding.NEAREST
    potentials = [
        np.asarray(to_raw(parameters[name], S1615, mode), dtype=np.int64)
        for name in ("v_rest", "v_reset", "v_thresh")
    ]
    n = columns.shape[0]
    arrays = [*potentials, *derived.T.copy(), *(np.full(n, s, dtype=np.int64) for s in shifts)]
    for array in arrays:
        array.setflags(write=False)
    return LifConstants(*arrays)


def _check(parameters: Mapping[str, NDArray[np.float64]]) -> None:
    for name, values in parameters.items():
        positive = name in {"cm", "tau_m", "tau_syn_E", "tau_syn_I"}
        bad = ~(np.abs(values) < 2**16)
        if positive:  # and not 0 in s16.15
            bad |= values < S1615.quantum
        if name == "tau_refrac":
            bad |= values < 0
        if bad.any():
            value = values[np.argmax(bad)]
            least = "at least 2**-15, and " if positive else ""
            msg = f"{name} = {value}: must be {least}within s16.15's range of +-65536"
            raise ParameterError(msg)


def _derive(p: _Floats, constants: Constants) -> tuple[int, ...]:
    """R, membrane factor (s16.15 and u0.32), decays, initial factors, refractory steps."""
    if constants is Constants.ON_CORE:
        return _derive_on_core(p)
    mode = Rounding.TRUNCATE if constants is Constants.TRUNCATE else Rounding.NEAREST

    def raw(value: float, fmt: object = S1615) -> int:
        return int(to_raw(value, fmt, mode))  # type: ignore[arg-type]

    membrane = math.exp(-p.dt_ms / p.tau_m)
    decays = [math.exp(-p.dt_ms / tau) for tau in p.tau_syn]
    inits = [tau / p.dt_ms * -math.expm1(-p.dt_ms / tau) for tau in p.tau_syn]
    return (
        raw(p.tau_m / p.cm),
        raw(membrane),
        raw(membrane, U032),
        *(raw(decay, U032) for decay in decays),
        *(raw(init, U032) for init in inits),
        math.ceil(p.tau_refrac / p.dt_ms - 1e-9),
    )


def _derive_on_core(p: _Floats) -> tuple[int, ...]:
    """Order and operations of the core's own initialisation (SpiNNaker IF_curr_exp)."""

    def raw(value: float) -> int:
        return int(to_raw(value, S1615))

    step = step_in_s1615(p.dt_ms)
    ratio = kdivk(step, raw(p.tau_m))
    synapse_ratios = [kdivk(step, raw(tau)) for tau in p.tau_syn]
    decays = [expulr(-r) for r in synapse_ratios]
    inits = [init_u032(kdivk(raw(tau), step), d) for tau, d in zip(p.tau_syn, decays, strict=True)]
    return (
        kdivk(raw(p.tau_m), raw(p.cm)),
        expk(-ratio),
        expulr(-ratio),
        *decays,
        *inits,
        ceil_k(kdivk(raw(p.tau_refrac), step)),
    )
