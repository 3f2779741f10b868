"""PyNN on the emulated machine: ``import host.pynn as sim``.

A backend of PyNN 0.13 like ``pyNN.nest`` or ``pyNN.brian2``: scripts written for those, or for
``pyNN.spiNNaker``, run on the machine that `setup` or CHIPEMU_MACHINE names, and afterwards tell
what it lost and what it cost. See docs/pynn.md.
"""

from typing import Any

from pyNN import connectors, errors, parameters, random, space
from pyNN.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    Connector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromFileConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    MapConnector,
    OneToOneConnector,
    SmallWorldConnector,
)
from pyNN.network import Network
from pyNN.parameters import Sequence
from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
from pyNN.space import Cuboid, Grid2D, Grid3D, Line, RandomStructure, Space, Sphere
from pyNN.standardmodels import StandardCellType

from host.pynn import external_devices, extra_models, simulator
from host.pynn.connections import Connection
from host.pynn.control import (
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    initialize,
    num_processes,
    rank,
    reset,
    run,
    run_for,
    run_until,
    setup,
)
from host.pynn.distributions import NativeRNG
from host.pynn.extras import (
    set_allow_delay_extensions,
    set_number_of_neurons_per_core,
    set_number_of_synapse_cores,
)
from host.pynn.populations import Assembly, Population, PopulationView
from host.pynn.procedures import connect, create, record, record_gsyn, record_v, set
from host.pynn.projections import Projection
from host.pynn.report import (
    deadlines,
    energy,
    get_machine,
    losses,
    mapping,
    notices,
    report,
    results,
    write_report,
)
from host.pynn.standardmodels.cells import (
    IF_cond_exp,
    IF_curr_alpha,
    IF_curr_delta,
    IF_curr_exp,
    Izhikevich,
    SpikeSourceArray,
    SpikeSourcePoisson,
)
from host.pynn.standardmodels.electrodes import (
    ACSource,
    DCSource,
    NoisyCurrentSource,
    StepCurrentSource,
)
from host.pynn.standardmodels.generated import SpikeSourceGamma, SpikeSourcePoissonRefractory
from host.pynn.standardmodels.plasticity import (
    AdditiveWeightDependence,
    MultiplicativeWeightDependence,
    SpikePairRule,
    STDPMechanism,
)
from host.pynn.standardmodels.refused import REFUSED
from host.pynn.standardmodels.synapses import StaticSynapse
from host.pynn.unsupported import SIMULATOR, refuse_or_unknown

IZK_curr_exp = Izhikevich
"""The real tool chain's older name."""
MultapseConnector = FixedTotalNumberConnector
"""Likewise."""

globals().update(REFUSED)

__all__ = [  # noqa: PLE0604 -- the last are names
    "GSLRNG",
    "ACSource",
    "AdditiveWeightDependence",
    "AllToAllConnector",
    "ArrayConnector",
    "Assembly",
    "CSAConnector",
    "CloneConnector",
    "Connection",
    "Connector",
    "Cuboid",
    "DCSource",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "Grid2D",
    "Grid3D",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IZK_curr_exp",
    "IndexBasedProbabilityConnector",
    "Izhikevich",
    "Line",
    "MapConnector",
    "MultapseConnector",
    "MultiplicativeWeightDependence",
    "NativeRNG",
    "Network",
    "NoisyCurrentSource",
    "NumpyRNG",
    "OneToOneConnector",
    "Population",
    "PopulationView",
    "Projection",
    "RandomDistribution",
    "RandomStructure",
    "Sequence",
    "STDPMechanism",
    "SmallWorldConnector",
    "Space",
    "Sphere",
    "SpikePairRule",
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
    "StandardCellType",
    "StaticSynapse",
    "StepCurrentSource",
    "connect",
    "connectors",
    "create",
    "deadlines",
    "end",
    "energy",
    "errors",
    "external_devices",
    "extra_models",
    "get_current_time",
    "get_machine",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "list_standard_models",
    "losses",
    "mapping",
    "notices",
    "num_processes",
    "parameters",
    "random",
    "rank",
    "record",
    "record_gsyn",
    "record_v",
    "report",
    "reset",
    "results",
    "run",
    "run_for",
    "run_until",
    "set",
    "set_allow_delay_extensions",
    "set_number_of_neurons_per_core",
    "set_number_of_synapse_cores",
    "setup",
    "space",
    "write_report",
    *REFUSED,
]


def name() -> str:
    """Name of the simulator, a function as in the real tool chain."""
    return simulator.name


def list_standard_models() -> list[str]:
    """Names of the cell types that the machine has."""
    models = (IF_curr_exp, IF_cond_exp, IF_curr_alpha, IF_curr_delta, Izhikevich)
    sources = (SpikeSourceArray, SpikeSourcePoisson, SpikeSourceGamma, SpikeSourcePoissonRefractory)
    return [model.__name__ for model in (*models, *sources)]


def __getattr__(asked: str) -> Any:
    """Refuse by name what the real tool chain has and the emulator has not."""
    refuse_or_unknown("host.pynn", asked, SIMULATOR)
