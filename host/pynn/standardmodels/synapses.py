"""Synapses: static ones, with a weight and a delay."""

from typing import Any

import numpy as np
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import synapses as standard

from host.pynn import simulator
from host.pynn.refusals import ConnectError

__all__ = ["StaticSynapse", "check_weights"]


def check_weights(weights: Any, projection: Any) -> None:
    """Check that weights have one sign, and one that the receptor can have.

    Inhibitory weights of neurons with currents are negative in PyNN and positive on the real tool
    chain: both are taken. All others are not negative.

    Raises
    ------
    ConnectError
        If they have not.
    """
    given = np.asarray(weights, np.float64)
    if not np.isfinite(given).all():
        msg = f"projection {projection.label}: weights must be finite numbers"
        raise ConnectError(msg)
    if (given < 0).any() and (given > 0).any():
        msg = (
            f"projection {projection.label}: weights from {given.min():g} to {given.max():g}; "
            "weights must be either all positive or all negative: use two projections"
        )
        raise ConnectError(msg)
    may_be_negative = projection.receptor_type == "inhibitory" and not projection.has_conductances
    if (given < 0).any() and not may_be_negative:
        msg = (
            f"projection {projection.label}: weight {given.min():g} for receptor "
            f"{projection.receptor_type!r}; weights must be positive for conductances and for "
            "excitatory receptors: give the magnitude, or receptor_type='inhibitory'"
        )
        raise ConnectError(msg)


class StaticSynapse(standard.StaticSynapse):
    """Synapses whose weight does not change; without a delay they have the least one."""

    translations = build_translations(("weight", "weight"), ("delay", "delay"))
    parameter_checks = {"weight": check_weights}

    def _get_minimum_delay(self) -> float:
        return simulator.state.default_delay
