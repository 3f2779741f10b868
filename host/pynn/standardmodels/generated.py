"""Spike sources that the machine has not, as spike times drawn on the host.

The intervals between spikes are drawn independently of each other, from ``start`` on. The cores
play them as those of a `SpikeSourceArray`, with its costs; each run gets the times up to its end.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from host.pynn.refusals import ParameterValueError
from host.pynn.standardmodels.cells import Cell
from mapping.spec import PopulationKind

__all__ = ["SpikeSourceGamma", "SpikeSourcePoissonRefractory", "Trains"]

Floats = NDArray[np.float64]
CHUNK = 256
"""Intervals drawn at a time."""


class GeneratedSource(Cell):
    """A source whose spike times are drawn on the host."""

    kind = PopulationKind.SPIKE_ARRAY
    is_generated = True

    @staticmethod
    def intervals_ms(rng: np.random.Generator, parameters: Mapping[str, float], n: int) -> Floats:
        """Draw `n` intervals (ms)."""
        raise NotImplementedError


class SpikeSourceGamma(GeneratedSource, standard.SpikeSourceGamma):
    """Sources with gamma-distributed intervals: shape ``alpha``, rate ``beta`` (Hz)."""

    default_parameters = {**standard.SpikeSourceGamma.default_parameters, "alpha": 2.0}
    translations = build_translations(*((name, name) for name in default_parameters))

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on a shape or a rate that is not positive."""
        _check_positive(values, ("alpha", "beta"), label)

    @staticmethod
    def intervals_ms(rng: np.random.Generator, parameters: Mapping[str, float], n: int) -> Floats:
        """Draw `n` intervals (ms)."""
        return rng.gamma(parameters["alpha"], 1000.0 / parameters["beta"], n)


class SpikeSourcePoissonRefractory(GeneratedSource, standard.SpikeSourcePoissonRefractory):
    """Poisson sources with a dead time ``tau_refrac`` (ms); ``rate`` (Hz) counts it in."""

    translations = build_translations(
        *((name, name) for name in standard.SpikeSourcePoissonRefractory.default_parameters)
    )

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on a rate that is not positive."""
        _check_positive(values, ("rate",), label)

    @staticmethod
    def intervals_ms(rng: np.random.Generator, parameters: Mapping[str, float], n: int) -> Floats:
        """Draw `n` intervals (ms)."""
        mean_ms = 1000.0 / parameters["rate"]
        if mean_ms < parameters["tau_refrac"]:
            msg = (
                f"SpikeSourcePoissonRefractory: rate {parameters['rate']:g} Hz leaves less than "
                f"tau_refrac {parameters['tau_refrac']:g} ms between spikes; choose a lower one"
            )
            raise ParameterValueError(msg)
        return parameters["tau_refrac"] + rng.exponential(mean_ms - parameters["tau_refrac"], n)


def _check_positive(values: Mapping[str, Any], names: tuple[str, ...], label: str) -> None:
    for name in names:
        given = np.asarray(values.get(name, 1.0), np.float64)
        if not (np.isfinite(given) & (given > 0)).all():
            msg = f"population {label!r}: {name} must be positive, got {given}"
            raise ParameterValueError(msg)


class Trains:
    """Spike times of a population of generated sources, drawn as far as the simulation goes.

    Parameters
    ----------
    celltype : GeneratedSource
    size : int
        Members.
    rng : numpy.random.Generator
    """

    def __init__(self, celltype: GeneratedSource, size: int, rng: np.random.Generator) -> None:
        self._celltype, self._rng = celltype, rng
        self.times_ms: list[Floats] = [np.zeros(0)] * size
        self._next_ms: list[float | None] = [None] * size

    def restart(self) -> None:
        """Draw anew what comes after the times drawn: parameters have changed."""
        self._next_ms = [None] * len(self._next_ms)

    def extend(self, columns: Mapping[str, Floats], from_ms: float, until_ms: float) -> None:
        """Draw all spikes before `until_ms`; intervals begin at `from_ms` where none is open.

        Parameters
        ----------
        columns : mapping of str to ndarray of float64, shape (n_members,)
            Parameters of all members.
        """
        for member in range(len(self.times_ms)):
            parameters = {name: float(column[member]) for name, column in columns.items()}
            stop_ms = parameters["start"] + parameters["duration"]
            drawn, opened = self._drawn(member, parameters, from_ms, min(until_ms, stop_ms))
            self._next_ms[member] = opened
            self.times_ms[member] = np.concatenate([self.times_ms[member], drawn])

    def _drawn(
        self, member: int, parameters: Mapping[str, float], from_ms: float, until_ms: float
    ) -> tuple[Floats, float | None]:
        """New spikes before `until_ms`, and the first after."""
        first_ms = self._next_ms[member]
        pieces = [np.zeros(0)] if first_ms is None else [np.array([first_ms])]
        last_ms = max(from_ms, parameters["start"]) if first_ms is None else first_ms
        while last_ms < until_ms:
            steps = self._celltype.intervals_ms(self._rng, parameters, CHUNK)
            pieces.append(last_ms + np.cumsum(steps))
            last_ms = float(pieces[-1][-1])
        times_ms = np.concatenate(pieces)
        inside = times_ms < until_ms
        later = times_ms[~inside]
        return times_ms[inside], float(later[0]) if later.size else None
