"""IF_curr_exp as an entry of the registry."""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.float64.params import lif_floats
from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Constants, lif_constants
from chipemu.models.model import NeuronModel, Values
from chipemu.models.numbers import ModelNumber

__all__ = ["IF_CURR_EXP"]


def _fixed(
    values: Values, shifts: tuple[int, int], dt_ms: float, constants: Constants
) -> NDArray[np.int64]:
    return np.stack(lif_constants(values, shifts, dt_ms, constants), axis=1)


def _exact(values: Values, dt_ms: float) -> NDArray[np.float64]:
    return np.stack([column.astype(np.float64) for column in lif_floats(values, dt_ms)], axis=1)


IF_CURR_EXP = NeuronModel(
    name="IF_curr_exp",
    number=ModelNumber.IF_CURR_EXP,
    defaults=LIF_DEFAULTS,
    initial={"v": "v_rest", "i_exc": 0.0, "i_inh": 0.0},
    recordables={"v": "mV", "i_exc": "nA", "i_inh": "nA"},
    weight_unit="nA",
    fixed=_fixed,
    exact=_exact,
)
