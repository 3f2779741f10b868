"""Splitters and constraints of the real tool chain, as far as scripts make them.

Splitters say how a population is cut; those that have a counterpart carry it as `extras`, which
`host.pynn.extras` reads. Constraints are taken note of: the placer decides.
"""

from typing import Any

from host.pynn.notices import NOTICES

__all__ = [
    "ChipAndCoreConstraint",
    "MaxVertexAtomsConstraint",
    "RadialPlacementFromChipConstraint",
    "SplitterAbstractPopulationVertexFixed",
    "SplitterAbstractPopulationVertexNeuronsSynapses",
    "SplitterFixedLegacy",
    "SplitterOneToOneLegacy",
    "SplitterPopulationVertexFixed",
    "SplitterPopulationVertexNeuronsSynapses",
]


class SplitterFixedLegacy:
    """Cuts a population into runs of neighbours, as the emulator always does."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.extras: dict[str, Any] = {}


class SplitterPopulationVertexFixed(SplitterFixedLegacy):
    """Neurons and synapses of a run of neighbours share a core."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.extras = {"synapse_cores": 0}


class SplitterPopulationVertexNeuronsSynapses(SplitterFixedLegacy):
    """Each core of neurons has synapse cores of its own: `n_synapse_vertices`, else one.

    `max_delay` and `allow_delay_extension` belong to older releases.
    """

    def __init__(
        self,
        n_synapse_vertices: int = 1,
        max_delay: int | None = None,
        allow_delay_extension: bool | None = None,
    ) -> None:
        super().__init__()
        self.extras = {"synapse_cores": n_synapse_vertices}
        if allow_delay_extension is not None:
            self.extras["extends_delays"] = allow_delay_extension
        if max_delay is not None:
            NOTICES.tell("splitter max_delay: ring buffers are as long as delays need")


class SplitterOneToOneLegacy(SplitterFixedLegacy):
    """One core for the whole population: taken as runs of neighbours, like any other."""

    def __init__(self) -> None:
        super().__init__()
        NOTICES.tell("splitter one-to-one: the population is cut like any other")


SplitterAbstractPopulationVertexFixed = SplitterPopulationVertexFixed
SplitterAbstractPopulationVertexNeuronsSynapses = SplitterPopulationVertexNeuronsSynapses


class _Constraint:
    """Kept as it was made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs


class ChipAndCoreConstraint(_Constraint):
    """Place on this chip and core."""


class RadialPlacementFromChipConstraint(_Constraint):
    """Place near this chip."""


class MaxVertexAtomsConstraint(_Constraint):
    """At most so many neurons on a core."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.max_atoms = size
