"""IF_curr_alpha as an entry of the registry."""

from chipemu.models.if_curr_alpha.float64.params import alpha_floats
from chipemu.models.if_curr_alpha.params import ALPHA_DEFAULTS, MORE_STATES, alpha_constants
from chipemu.models.model import NeuronModel
from chipemu.models.numbers import ModelNumber

__all__ = ["IF_CURR_ALPHA"]

IF_CURR_ALPHA = NeuronModel(
    name="IF_curr_alpha",
    number=ModelNumber.IF_CURR_ALPHA,
    defaults=ALPHA_DEFAULTS,
    initial={"v": "v_rest", "i_exc": 0.0, "i_inh": 0.0, **dict.fromkeys(MORE_STATES, 0.0)},
    recordables={"v": "mV", "i_exc": "nA", "i_inh": "nA"},
    weight_unit="nA",
    fixed=alpha_constants,
    exact=alpha_floats,
    more_states=MORE_STATES,
    extra_cycles=351,
    cycles_source=(
        "estimate: the tool chain's C, compiled (GCC 12.2, -Ofast), with each instruction as "
        "ARM9E-S timing has it: 32 more than IF_curr_exp in the "
        "update, and 319 more for new input, a division, of which there is one type a step"
    ),
)
