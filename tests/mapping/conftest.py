"""Small networks and machines."""

import numpy as np
import pytest

from mapping import (
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
    Receptor,
)
from mapping.connectors import ExplicitList, FixedTotalNumber, OneToOne
from mapping.distributions import Constant, Normal
from mapping.pipeline import MappingOptions, map_network
from router import spinn5_boards


@pytest.fixture
def microcircuit():
    """Two populations with random synapses and a Poisson source for each neuron."""

    def build(n_excitatory=200, n_inhibitory=50, n_synapses=4000, poisson_delay_ms=0.1):
        sizes = {"E": n_excitatory, "I": n_inhibitory}
        populations = [Population(n, size, PopulationKind.NEURON) for n, size in sizes.items()]
        projections = [
            Projection(
                pre,
                post,
                FixedTotalNumber(n_synapses),
                Normal(0.1, 0.01),
                Constant(1.5 if pre == "E" else 0.8),
                Receptor.EXCITATORY if pre == "E" else Receptor.INHIBITORY,
            )
            for pre in sizes
            for post in sizes
        ]
        for name, size in sizes.items():
            kind = PopulationKind.POISSON
            populations.append(Population(f"P{name}", size, kind, expected_rate_hz=800.0))
            projections.append(
                Projection(f"P{name}", name, OneToOne(), Constant(0.1), Constant(poisson_delay_ms))
            )
        return NetworkSpec("microcircuit", tuple(populations), tuple(projections))

    return build


@pytest.fixture
def listed():
    """A spike array of 10 and a population of 30 with four synapses that are listed."""
    times = tuple(np.arange(i, dtype=np.float64) for i in range(10))
    connector = ExplicitList(np.array([0, 0, 0, 9], np.int32), np.array([0, 1, 29, 11], np.int32))
    return NetworkSpec(
        "listed",
        (
            Population("S", 10, PopulationKind.SPIKE_ARRAY, spike_times_ms=times),
            Population("N", 30, PopulationKind.NEURON),
        ),
        (Projection("S", "N", connector, Constant(1.0), Constant(1.0)),),
    )


@pytest.fixture
def mapped(microcircuit):
    """The small microcircuit on one board."""

    def build(layout=Layout.ENSEMBLE, topology=None, **options):
        options = {"neurons_per_core": 16, "synapse_cores": 2, **options}
        machine = Machine(topology or spinn5_boards(1))
        return machine, map_network(
            microcircuit(), machine, MappingOptions(layout=layout, **options)
        )

    return build
