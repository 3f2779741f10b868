"""Small networks whose load can be reckoned by hand."""

from mapping.connectors import Connector
from mapping.distributions import Constant, Distribution
from mapping.graph import Layout
from mapping.machine import Machine
from mapping.pipeline import Mapping, MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router import spinn5_boards

DT_MS = 0.1
CYCLE_PS = 5_000


def two_populations(
    connector: Connector,
    *,
    weight_na: Distribution = Constant(0.1),  # noqa: B008
    delay_ms: Distribution = Constant(1.0),  # noqa: B008
) -> NetworkSpec:
    """100 neurons, of which 50 others hear."""
    neuron = PopulationKind.NEURON
    return NetworkSpec(
        "two populations",
        (Population("A", 100, neuron), Population("B", 50, neuron)),
        (Projection("A", "B", connector, weight_na, delay_ms),),
    )


def mapped(
    spec: NetworkSpec,
    *,
    layout: Layout = Layout.HOMOGENEOUS,
    per_core: int = 50,
    synapse_cores: int | None = None,
    delay_slots: int | None = None,
    n_boards: int = 1,
) -> tuple[Mapping, Machine]:
    """Map `spec`, by default to two cores for A and one for B."""
    machine = Machine(spinn5_boards(n_boards))
    options = MappingOptions(
        layout=layout,
        neurons_per_core=per_core,
        synapse_cores=synapse_cores,
        dt_ms=DT_MS,
        delay_slots=delay_slots,
    )
    return map_network(spec, machine, options), machine
