"""IF_cond_exp as an entry of the registry."""

from chipemu.models.if_cond_exp.float64.params import cond_floats
from chipemu.models.if_cond_exp.params import COND_DEFAULTS, WEIGHT_SCALE, cond_constants
from chipemu.models.model import NeuronModel
from chipemu.models.numbers import ModelNumber

__all__ = ["IF_COND_EXP"]

IF_COND_EXP = NeuronModel(
    name="IF_cond_exp",
    number=ModelNumber.IF_COND_EXP,
    defaults=COND_DEFAULTS,
    initial={"v": "v_rest", "i_exc": 0.0, "i_inh": 0.0},
    recordables={"v": "mV", "i_exc": "uS", "i_inh": "uS"},
    weight_unit="uS",
    weight_scale=WEIGHT_SCALE,
    fixed=cond_constants,
    exact=cond_floats,
    extra_cycles=24,
    cycles_source=(
        "published: 167 cycles against 143 of IF_curr_exp, synapses alike (pynn_spinnaker "
        "@89e9bdb, standardmodels/cells.py); compiled C of the tool chain takes 39 more"
    ),
)
