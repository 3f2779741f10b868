"""What scripts for the real tool chain may name and the emulator does not have.

Each name is refused when the script asks for it, with the nearest choice that is there. The names
are those of sPyNNaker 7.4.1 (``spynnaker.pyNN``, its ``extra_models`` and ``external_devices``)
and of its older spellings.
"""

from collections.abc import Mapping
from typing import NoReturn

from host.pynn.refusals import UnsupportedError

__all__ = [
    "EXTERNAL_DEVICES",
    "EXTRA_MODELS",
    "RECORDABLES",
    "SIMULATOR",
    "refuse",
    "refuse_or_unknown",
]

_STDP = "STDPMechanism with SpikePairRule, or StaticSynapse"
_STRUCTURAL = "StaticSynapse: connections stay as they are made"
_LISTED = "FromListConnector with the same connections listed"
_LIVE = "SpikeSourceArray for input, record('spikes') for output: nothing is live"

SIMULATOR: Mapping[str, str] = {
    "StructuralMechanismStatic": _STRUCTURAL,
    "StructuralMechanismSTDP": _STRUCTURAL,
    "LastNeuronSelection": _STRUCTURAL,
    "RandomSelection": _STRUCTURAL,
    "DistanceDependentFormation": _STRUCTURAL,
    "RandomByWeightElimination": _STRUCTURAL,
    "KernelConnector": _LISTED,
    "ConvolutionConnector": _LISTED,
    "PoolDenseConnector": _LISTED,
    "Convolution": "StaticSynapse with listed connections",
    "PoolDense": "StaticSynapse with listed connections",
    "PfisterSpikeTripletRule": _STDP,
    "SynapseDynamics": "StaticSynapse (the synapse_type of a Projection)",
    "SpikeSourceFromFile": "SpikeSourceArray with the times of the file",
    "SpikeInjector": _LIVE,
    "IZK_cond_exp": "Izhikevich",
    "IF_curr_dual_exp": "IF_curr_exp",
    "TsodyksMarkramMechanism": "StaticSynapse",
}
"""Names of the simulator's module, with what is nearest to each."""

EXTRA_MODELS: Mapping[str, str] = {
    "IFCurrExpCa2Adaptive": "IF_curr_exp",
    "IFCurrDeltaCa2Adaptive": "IF_curr_delta",
    "IFCondExpStoc": "IF_cond_exp",
    "IFTruncDelta": "IF_curr_delta",
    "IFCurrDeltaFixedProb": "IF_curr_delta",
    "IF_curr_exp_sEMD": "IF_curr_exp",
    "IF_curr_dual_exp": "IF_curr_exp",
    "Izhikevich_cond": "Izhikevich",
    "Izhikevich_cond_dual": "Izhikevich",
    "StocExp": "IF_curr_delta",
    "StocExpStable": "IF_curr_delta",
    "StocSigma": "IF_curr_delta",
    "Neuromodulation": _STDP,
    "WeightDependenceAdditiveTriplet": "AdditiveWeightDependence",
    "PfisterSpikeTriplet": _STDP,
    "SpikeNearestPairRule": _STDP,
    "RecurrentRule": _STDP,
    "Vogels2011Rule": _STDP,
    "SpikeSourcePoissonVariable": "SpikeSourcePoisson, with set(rate=...) between runs",
    "OneToOneOffsetConnector": _LISTED,
    "WeightChangeable": "Projection.set(weight=...) between runs",
    "WeightChanger": "Projection.set(weight=...) between runs",
}
"""Names of ``extra_models``."""

EXTERNAL_DEVICES: Mapping[str, str] = {
    "SpikeInjector": "SpikeSourceArray",
    "activate_live_output_for": "record('spikes')",
    "activate_live_output_to": "record('spikes')",
    "add_poisson_live_rate_control": "set(rate=...) between runs",
    "SpynnakerLiveSpikesConnection": "record('spikes')",
    "SpynnakerPoissonControlConnection": "set(rate=...) between runs",
    "run_forever": "run(simtime)",
    "request_stop": "run(simtime)",
}
"""Names of ``external_devices`` that have a nearest choice of their own."""

RECORDABLES: Mapping[str, str] = {
    "packets-per-timestep": "sim.results().tables, with full timing: counts of each core",
    "rewiring": "nothing: connections stay as they are made",
    "synapse": "Projection.get after the run",
}
"""Variables that the real tool chain records, and the emulator does not."""


def refuse(what: str, nearest: str) -> NoReturn:
    """Refuse `what`.

    Raises
    ------
    UnsupportedError
        Always; it tells what is `nearest`.
    """
    msg = f"{what} is not supported; nearest: {nearest}"
    raise UnsupportedError(msg)


def refuse_or_unknown(module: str, name: str, known: Mapping[str, str]) -> NoReturn:
    """Answer a module's ``__getattr__`` for a name that it does not have.

    Parameters
    ----------
    module, name : str
    known : mapping of str to str
        Names that are refused, with what is nearest to each.

    Raises
    ------
    UnsupportedError
        If `name` is among those `known`: not an AttributeError, of which an import would keep
        nothing but the name.
    AttributeError
        If it is not.
    """
    if name in known:
        refuse(f"{module}.{name}", known[name])
    msg = f"module {module!r} has no attribute {name!r}"
    raise AttributeError(msg)
