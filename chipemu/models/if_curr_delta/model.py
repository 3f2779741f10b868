"""IF_curr_delta as an entry of the registry."""

from chipemu.models.if_curr_delta.float64.params import delta_floats
from chipemu.models.if_curr_delta.params import DELTA_DEFAULTS, delta_constants
from chipemu.models.model import NeuronModel
from chipemu.models.numbers import ModelNumber

__all__ = ["IF_CURR_DELTA"]

IF_CURR_DELTA = NeuronModel(
    name="IF_curr_delta",
    number=ModelNumber.IF_CURR_DELTA,
    defaults=DELTA_DEFAULTS,
    initial={"v": "v_rest", "i_exc": 0.0, "i_inh": 0.0},
    recordables={"v": "mV", "i_exc": "mV", "i_inh": "mV"},
    weight_unit="mV",
    fixed=delta_constants,
    exact=delta_floats,
    extra_cycles=-15,
    cycles_source=(
        "estimate: the tool chain's C, compiled (GCC 12.2, -Ofast), with each instruction as "
        "ARM9E-S timing has it: 2 less than IF_curr_exp in the "
        "update, and 13 less for new input, of which there is one type a step"
    ),
)
