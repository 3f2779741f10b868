"""Labels of vertices: what names a core in the documents of the tool chain.

=================================  ============================  ===================================
vertex                             written                       read as well
=================================  ============================  ===================================
combined, Poisson, spike source    ``population(lo:last)``
Poisson, hands over through SDRAM  ``population(lo:last)``       ``target_Poisson:lo`` if only one
                                                                 population feeds the target so
neuron                             ``population_Neurons:lo``     ``population_Neurons:lo-last``
synapse                            ``population_Synapses:lo(i)`` ``population_Synapses:lo-last(i)``
delay                              ``population_Delay:lo``
=================================  ============================  ===================================

These are the labels of sPyNNaker's splitters, old and new (PACMAN `Slice`; sPyNNaker
`splitter_population_vertex_neurons_synapses`), but for delays, whose label there is the same for
all slices. ``lo`` and ``last`` are the first and last member, i the synapse core.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from mapping.errors import InterchangeError
from mapping.graph import MachineGraph, Role
from mapping.spec import NetworkSpec

__all__ = ["VertexNames", "vertex_labels"]

_SUFFIX = r"(\(\d+:\d+\)|_(Neurons|Poisson|Delay):\d+(-\d+)?|_Synapses:\d+(-\d+)?\(\d+\))"


def vertex_labels(spec: NetworkSpec, graph: MachineGraph) -> list[str]:
    """Label of each vertex, all different."""
    return [_forms(spec, graph, vertex)[0] for vertex in range(graph.n_vertices)]


def _forms(spec: NetworkSpec, graph: MachineGraph, vertex: int) -> list[str]:
    """Labels of a vertex, its own first."""
    name = spec.populations[graph.population[vertex]].name
    lo, last = int(graph.lo[vertex]), int(graph.hi[vertex]) - 1
    role = graph.role[vertex]
    if role == Role.NEURON:
        return [f"{name}_Neurons:{lo}", f"{name}_Neurons:{lo}-{last}"]
    if role == Role.SYNAPSE:
        core = int(graph.synapse_core[vertex])
        return [f"{name}_Synapses:{lo}({core})", f"{name}_Synapses:{lo}-{last}({core})"]
    if role == Role.DELAY:
        return [f"{name}_Delay:{lo}"]
    return [f"{name}({lo}:{last})"]


@dataclass(frozen=True, slots=True, eq=False)
class VertexNames:
    """Finds vertices by their labels.

    Attributes
    ----------
    vertex_of : dict of str to int
        Every label that names just one vertex.
    own : list of str
        The label of each vertex that we write.
    unknown : re.Pattern
        Labels that look as if they named a vertex of one of the populations.
    neurons_per_core : int
    """

    vertex_of: dict[str, int]
    own: list[str]
    unknown: re.Pattern[str]
    neurons_per_core: int

    @classmethod
    def of(cls, spec: NetworkSpec, graph: MachineGraph) -> "VertexNames":
        """Names of the vertices of `graph`."""
        forms = [_forms(spec, graph, vertex) for vertex in range(graph.n_vertices)]
        _add_direct_poisson(spec, graph, forms)
        times = Counter(label for labels in forms for label in labels)
        pairs = ((label, vertex) for vertex, labels in enumerate(forms) for label in labels)
        names = "|".join(re.escape(population.name) for population in spec.populations)
        return cls(
            {label: vertex for label, vertex in pairs if times[label] == 1},
            [labels[0] for labels in forms],
            re.compile(f"({names}){_SUFFIX}"),
            graph.neurons_per_core,
        )

    def find(self, label: str, place: str) -> int | None:
        """Vertex called `label`, None if it is a program that is none of the network's.

        Raises
        ------
        InterchangeError
            If it names a population of the network, but no vertex that this was cut into.
        """
        vertex = self.vertex_of.get(label)
        if vertex is None and self.unknown.fullmatch(label):
            problem = (
                f"no vertex {label!r}: the network is cut into slices of {self.neurons_per_core}, "
                f"such as {self.own[0]!r}; map it with the same layout, neurons per core and "
                "synapse cores as the document's"
            )
            raise InterchangeError(problem, place)
        return vertex


def _add_direct_poisson(spec: NetworkSpec, graph: MachineGraph, forms: list[list[str]]) -> None:
    """Let Poisson cores that share the chip of a neuron core be called after its population."""
    neuron_of_group = np.full(graph.n_groups, -1)
    is_neuron = graph.role == Role.NEURON
    neuron_of_group[graph.group[is_neuron]] = np.flatnonzero(is_neuron)
    for vertex in np.flatnonzero(graph.role == Role.POISSON).tolist():
        neuron = int(neuron_of_group[graph.group[vertex]])
        if neuron >= 0:
            target = spec.populations[graph.population[neuron]].name
            lo, last = int(graph.lo[vertex]), int(graph.hi[vertex]) - 1
            forms[vertex] += [f"{target}_Poisson:{lo}", f"{target}_Poisson:{lo}-{last}"]
