"""Standard models that the machine has not: names that say so when the script uses them."""

from typing import Any

from host.pynn.refusals import UnsupportedError

__all__ = ["REFUSED"]

CONDUCTANCES = "IF_cond_exp, with exponential conductances"
ADAPTATION = "Izhikevich, or IF_cond_exp without adaptation"
POISSON = "SpikeSourcePoisson, or SpikeSourceArray with spike times made in the script"
STATIC = "StaticSynapse, with weights that do not change"
DEPENDENCE = "AdditiveWeightDependence or MultiplicativeWeightDependence"
COMPONENTS = "a whole cell type: IF_curr_exp, IF_cond_exp, IF_curr_alpha, IF_curr_delta, Izhikevich"
POINT = "a point neuron: IF_curr_exp, IF_cond_exp, IF_curr_alpha, IF_curr_delta, Izhikevich"

REFUSALS = {
    "IF_cond_alpha": CONDUCTANCES,
    "IF_cond_exp_gsfa_grr": ADAPTATION,
    "IF_facets_hardware1": CONDUCTANCES,
    "EIF_cond_alpha_isfa_ista": ADAPTATION,
    "EIF_cond_exp_isfa_ista": ADAPTATION,
    "GIF_cond_exp": ADAPTATION,
    "HH_cond_exp": POINT,
    "AdExp": COMPONENTS,
    "LIF": COMPONENTS,
    "PointNeuron": COMPONENTS,
    "CurrExpPostSynapticResponse": COMPONENTS,
    "CurrAlphaPostSynapticResponse": COMPONENTS,
    "CondExpPostSynapticResponse": COMPONENTS,
    "CondAlphaPostSynapticResponse": COMPONENTS,
    "CondBetaPostSynapticResponse": COMPONENTS,
    "ExpPSR": COMPONENTS,
    "AlphaPSR": COMPONENTS,
    "BetaPSR": COMPONENTS,
    "MultiCompartmentNeuron": POINT,
    "PassiveLeak": POINT,
    "NaChannel": POINT,
    "KdrChannel": POINT,
    "SpikeSourceInhGamma": POISSON,
    "ElectricalSynapse": STATIC,
    "TsodyksMarkramSynapse": STATIC,
    "SimpleStochasticSynapse": STATIC,
    "StochasticTsodyksMarkramSynapse": STATIC,
    "MultiQuantalSynapse": STATIC,
    "AdditivePotentiationMultiplicativeDepression": DEPENDENCE,
    "GutigWeightDependence": DEPENDENCE,
    "Vogels2011Rule": "SpikePairRule",
}
"""Names of PyNN, and the nearest supported choice."""


def refuse(name: str, instead: str) -> type:
    """A class called `name` that cannot be made."""

    def __init__(_self: Any, *_args: Any, **_parameters: Any) -> None:  # noqa: N807
        msg = f"{name} is not on the emulated machine; nearest: {instead}"
        raise UnsupportedError(msg)

    return type(name, (), {"__init__": __init__, "__doc__": f"Not on the machine; use {instead}."})


REFUSED = {name: refuse(name, instead) for name, instead in REFUSALS.items()}
"""Classes by name."""
