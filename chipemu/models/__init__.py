"""The neuron models that cores can hold.

A model is a folder with its parameters (`params`), its update readable (`reference`) and compiled
(`kernels`), both once more in double precision (`float64`), and an entry here (`model`). To add
one: make the folder, give it a number in `numbers`, and name it in `MODELS`, in `kernels` and in
`reference`.
"""

from collections.abc import Mapping

from chipemu.models.if_cond_exp.model import IF_COND_EXP
from chipemu.models.if_curr_alpha.model import IF_CURR_ALPHA
from chipemu.models.if_curr_delta.model import IF_CURR_DELTA
from chipemu.models.if_curr_exp.model import IF_CURR_EXP
from chipemu.models.izhikevich.model import IZHIKEVICH
from chipemu.models.model import NeuronModel

__all__ = ["MODELS", "NeuronModel"]

MODELS: Mapping[str, NeuronModel] = {
    model.name: model
    for model in (IF_CURR_EXP, IF_COND_EXP, IF_CURR_DELTA, IF_CURR_ALPHA, IZHIKEVICH)
}
"""All models by name."""
