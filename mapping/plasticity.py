"""Synapses whose weights change: pair-based spike-timing-dependent plasticity (STDP).

The rule of the SpiNNaker tool chain, with its parameters by PyNN's names. Each pair of a spike of
the source and one of the target changes the weight, by an amount that decays exponentially with
the time between them as the synapse sees it: a target's spike comes to it after the synapse's own
delay. `chipemu.plasticity` has the arithmetic.
"""

import math
from dataclasses import dataclass
from enum import Enum

from mapping.errors import SpecError

__all__ = ["Stdp", "WeightDependence"]

UNITY = 1 << 11
"""1 in the fixed-point numbers of traces and look-up tables (sPyNNaker, ``stdp_typedefs.h``)."""


class WeightDependence(Enum):
    """How much of a change the present weight lets through."""

    ADDITIVE = "additive"
    """All of it, in parts of `Stdp.w_max`, up to the limits."""
    MULTIPLICATIVE = "multiplicative"
    """In parts of the distance from the limit towards which the weight moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stdp:
    """A rule by which the weights of a projection change; rules of equal parameters are equal.

    Attributes
    ----------
    tau_plus_ms, tau_minus_ms : float
        Time constants (ms) of potentiation (source before target) and of depression.
    a_plus, a_minus : float
        Change at no distance in time: in parts of `w_max` if additive, else of the distance from
        the limit.
    w_min, w_max : float
        Limits of the weight, in the unit of the target's model.
    dependence : WeightDependence
    is_backpropagated : bool
        Whether a target's spike takes the delay of the synapse to come to it: all of the delay is
        dendritic. If not, it is there at once, and so is the source's (sPyNNaker's
        ``backprop_delay``).

    Raises
    ------
    SpecError
        On values that cannot be.
    """

    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0
    a_plus: float = 0.01
    a_minus: float = 0.01
    w_min: float = 0.0
    w_max: float = 1.0
    dependence: WeightDependence = WeightDependence.ADDITIVE
    is_backpropagated: bool = True

    def __post_init__(self) -> None:
        for name in ("tau_plus_ms", "tau_minus_ms", "a_plus", "a_minus", "w_min", "w_max"):
            value = getattr(self, name)
            if not math.isfinite(value) or (name.startswith("tau") and value <= 0):
                msg = f"STDP: {name} = {value:g}; give a finite number"
                raise SpecError(msg + (", above 0 ms" if name.startswith("tau") else ""))
        if not 0 <= self.w_min <= self.w_max:
            msg = f"STDP: weights from w_min = {self.w_min:g} to w_max = {self.w_max:g}; "
            msg += "limits are magnitudes, the smaller one first"
            raise SpecError(msg)

    def table_entries(self, dt_ms: float) -> tuple[int, int]:
        """Entries of the look-up tables of potentiation and depression, of 2 bytes each.

        As far as an exponential is 1 / 2048 at least, and an even number (sPyNNaker,
        ``get_exp_lut_array``).

        Parameters
        ----------
        dt_ms : float
            Time step (ms).
        """
        taus_ms = self.tau_plus_ms, self.tau_minus_ms
        plus, minus = (2 * math.ceil(math.log(UNITY) / (dt_ms / tau) / 2) for tau in taus_ms)
        return plus, minus
