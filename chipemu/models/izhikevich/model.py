"""Izhikevich as an entry of the registry."""

from chipemu.models.izhikevich.float64.params import izhikevich_floats
from chipemu.models.izhikevich.params import IZHIKEVICH_DEFAULTS, ROUNDINGS, izhikevich_constants
from chipemu.models.model import NeuronModel
from chipemu.models.numbers import ModelNumber

__all__ = ["IZHIKEVICH"]

IZHIKEVICH = NeuronModel(
    name="Izhikevich",
    number=ModelNumber.IZHIKEVICH,
    defaults=IZHIKEVICH_DEFAULTS,
    initial={"v": -70.0, "u": -14.0, "i_exc": 0.0, "i_inh": 0.0},
    recordables={"v": "mV", "u": "mV/ms", "i_exc": "nA", "i_inh": "nA"},
    weight_unit="nA",
    fixed=izhikevich_constants,
    exact=izhikevich_floats,
    more_states=("u",),
    roundings=ROUNDINGS,
    extra_cycles=83,
    cycles_source=(
        "estimate: the tool chain's C, compiled (GCC 12.2, -Ofast), with each instruction as "
        "ARM9E-S timing has it: 83 more than IF_curr_exp"
    ),
)
