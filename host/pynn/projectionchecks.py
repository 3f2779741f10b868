"""What a projection is refused for before it is made, and what is told of it."""

from typing import Any

from pyNN import random
from pyNN.parameters import ParameterSpace

from host.errors import ConfigError
from host.pynn.notices import NOTICES
from host.pynn.refusals import ConnectError, ParameterValueError, UnsupportedError
from host.pynn.standardmodels.plasticity import STDPMechanism
from host.pynn.standardmodels.synapses import StaticSynapse

__all__ = ["ReadsByName", "check_ends", "check_extra", "tell_generators"]

PYNN_SEED = 151985012
"""Seed of connectors that were given no generator (`pyNN.connectors`)."""


class ReadsByName:
    """What `get` of a projection refuses, before PyNN looks names up."""

    synapse_type: Any

    def get(self, attribute_names: Any, *arguments: Any, **more: Any) -> Any:
        """Weights, delays or other attributes of all synapses, as of PyNN.

        Raises
        ------
        ParameterValueError
            On an attribute that they do not have.
        """
        names = [attribute_names] if isinstance(attribute_names, str) else attribute_names
        known = ("weight", "delay", *getattr(self.synapse_type, "constants", {}))
        for name in names:
            if name not in (*known, "presynaptic_index", "postsynaptic_index"):
                msg = f"synapses have no attribute {name!r}; known: {', '.join(known)}"
                raise ParameterValueError(msg)
        return super().get(attribute_names, *arguments, **more)  # type: ignore[misc]


def check_ends(post: Any, synapse_type: Any, source: Any) -> None:
    """Raise an error if there can be no synapses of this type to `post`."""
    if source is not None:
        msg = f"Projection(source={source!r}): cells have one source of spikes; leave it out"
        raise UnsupportedError(msg)
    if not post.receptor_types:
        msg = f"projection to {post.label!r}: a spike source receives no synapses"
        raise ConnectError(msg)
    if synapse_type is not None and not isinstance(synapse_type, StaticSynapse | STDPMechanism):
        msg = (
            f"synapse type {type(synapse_type).__name__} is not on the emulated machine; nearest: "
            "StaticSynapse, with weights that do not change"
        )
        raise UnsupportedError(msg)


def check_extra(extra: dict[str, Any]) -> None:
    """Raise `ConfigError` on an argument that means nothing."""
    for key, value in extra.items():
        if key != "download_synapses":
            msg = f"Projection({key}={value!r}): unknown argument; leave it out"
            raise ConfigError(msg)
        NOTICES.tell("Projection(download_synapses=...): synapses can always be read back")


def tell_generators(connector: Any, space: ParameterSpace) -> None:
    """Tell if the script seeded generators that are not used, since cores draw themselves."""
    drawn = [value.base_value for value in (space["weight"], space["delay"])]
    generators = [getattr(connector, "rng", None), *(getattr(v, "rng", None) for v in drawn)]
    seeds = {
        rng.seed
        for rng in generators
        if isinstance(rng, random.NumpyRNG) and not isinstance(rng, random.NativeRNG)
    }
    if seeds - {None, PYNN_SEED}:
        NOTICES.tell(
            "seeds of generators: what cores draw of connections, weights and delays follows from "
            "setup(seed=...); setup(generation='host') draws it from the script's generators"
        )
