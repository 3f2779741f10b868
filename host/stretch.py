"""What was recorded while a network ran on for some steps, by population, in users' units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.recording import Recording
from fixedpoint.formats import S1615, from_raw
from host.errors import ConfigError
from host.neurons import model_of
from host.observe import neuron_populations
from host.plan import Numbering
from mapping.spec import NetworkSpec

__all__ = ["Samples", "Stretch", "in_user_units"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
SYNAPTIC = ("i_exc", "i_inh")


class Samples(NamedTuple):
    """States of some members of a population."""

    steps: Longs
    """Step of each sample, shape (n_samples,)."""
    members: Longs
    """Members, ascending, shape (n_members,)."""
    signals: Mapping[str, Floats]
    """Each variable of the model, shape (n_samples, n_members): its value before the update of the
    step, or of what synapses contribute, with the step's input."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What was recorded in some consecutive steps.

    Attributes
    ----------
    raw : Recording
    network : NetworkSpec
    numbering : Numbering
    """

    raw: Recording
    network: NetworkSpec
    numbering: Numbering

    @property
    def first_step(self) -> int:
        """First of the steps."""
        return self.raw.first_step

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.raw.n_steps

    def spikes(self, population: str) -> tuple[Longs, Longs]:
        """Member and step of each spike of a population, sorted by step, then member.

        Raises
        ------
        ConfigError
            If its spikes are not known: Poisson sources that add their input through memory send
            none (`mapping.spec.Population.is_recorded`).
        """
        first = self.numbering.first.get(population)
        if first is None:
            msg = (
                f"population {population}: Poisson sources that hand their input over through "
                "memory send no spikes; set is_recorded to have them"
            )
            raise ConfigError(msg)
        size = self.network.population(population).size
        source = self.raw.spike_source
        chosen = np.flatnonzero((source >= first) & (source < first + size))
        step = np.searchsorted(self.raw.spike_start, chosen, side="right") - 1
        return source[chosen].astype(np.int64) - first, self.raw.first_step + step

    def samples(self, population: str) -> Samples:
        """States of the members of a neuron population that are watched."""
        first, described = neuron_populations(self.network)[population]
        raw = self.raw
        at = slice(*np.searchsorted(raw.neurons, [first, first + described.size]).tolist())
        model = model_of(described)
        values = {"v": raw.v_raw, "i_exc": raw.i_exc_raw, "i_inh": raw.i_inh_raw}
        values |= dict(zip(model.more_states, raw.more_raw, strict=False))
        signals = {name: in_user_units(values[name][:, at]) for name in model.recordables}
        return Samples(raw.sample_steps, raw.neurons[at] - first, signals)


def in_user_units(values: NDArray[Any], scale: float = 1.0) -> Floats:
    """Values as users know them: s16.15 undone, exactly, and a `scale` of the cores.

    What is sampled has none: conductances are those that the update works with.
    """
    return values if values.dtype == np.float64 else from_raw(values, S1615) / scale
