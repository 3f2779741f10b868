"""The neuron populations of a run, with their sizes and models."""

from typing import NamedTuple

from host.results import Results

__all__ = ["Neurons", "neurons_of"]


class Neurons(NamedTuple):
    """A population of neurons."""

    name: str
    size: int
    model: str
    """PyNN's name of the model; empty: not known."""


def neurons_of(results: Results) -> tuple[Neurons, ...]:
    """Neuron populations in their order; of old run folders, those that were recorded."""
    if results.network is not None:
        return tuple(
            Neurons(one.name, one.size, one.model)
            for one in results.network.populations
            if one.is_neuron
        )
    if results.spikes is None:
        return ()
    pairs = zip(results.spikes.populations, results.spikes.sizes, strict=True)
    return tuple(Neurons(name, size, "") for name, size in pairs)
