"""Electrodes: currents that are injected into neurons, computed on the host step by step.

The current of step k is what the update of that step sees, which leads from k dt to (k + 1) dt: a
source that starts at t changes the potential from t + dt on. Its parameters may be set between
runs; they hold from then on.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import ParameterSpace
from pyNN.parameters import Sequence as Values
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import electrodes as standard

from host.pynn import simulator
from host.pynn.clock import to_ms
from host.pynn.populations import located
from host.pynn.refusals import ParameterValueError, UnsupportedError

__all__ = ["ACSource", "DCSource", "NoisyCurrentSource", "StepCurrentSource"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SLACK = 1e-6
"""Part of a step by which the times of a script may miss its beginning."""


class CurrentSource:
    """An electrode; implements `host.session.Current`."""

    parameter_space: ParameterSpace
    native_parameters: ParameterSpace

    def __init__(self, **parameters: Any) -> None:
        self._given: dict[str, Any] = {}
        self._cells: list[tuple[Any, Ints]] = []
        self._is_recording = False
        self._pieces: list[Floats] = []
        self._number = len(simulator.state.current_sources)
        super().__init__(**parameters)
        self.parameter_space.shape = (1,)
        self.set_native_parameters(self.native_parameters)
        simulator.state.current_sources.append(self)

    # --- parameters ----------------------------------------------------------------------------

    def set_native_parameters(self, parameters: ParameterSpace) -> None:
        """Take over `parameters`, as numbers and arrays."""
        parameters.evaluate(simplify=True)
        given = {k: _plain(v) for k, v in parameters.as_dict().items()}
        self._given = self._checked(self._given | given)

    def _checked(self, given: dict[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if not np.isfinite(value).all():
                msg = f"{type(self).__name__}: {name} must be finite, got {value}"
                raise ParameterValueError(msg)
        return given

    def get_parameters(self) -> dict[str, Any]:
        """All parameters: numbers, and arrays for sequences."""
        return dict(self._given)

    # --- injection -----------------------------------------------------------------------------

    def inject_into(self, cells: Any, location: Any = None) -> None:
        """Inject the current into `cells`: a population, view, assembly or cells of any."""
        if location is not None:
            msg = (
                f"{type(self).__name__}: location={location!r}; cells of the machine have one "
                "compartment: leave it out"
            )
            raise UnsupportedError(msg)
        for population, members in _targets(cells):
            simulator.state.check_owned(population)
            if not population.celltype.injectable:
                msg = (
                    f"{type(self).__name__}: {population.label!r} is a spike source; can't inject "
                    "current into a spike source"
                )
                raise TypeError(msg)
            self._cells.append((population, members))
        simulator.state.touch()

    @property
    def targets(self) -> Sequence[tuple[str, Ints]]:
        """Populations by name, and those of their members that get the current."""
        return [(population.spec_name, members) for population, members in self._cells]

    def amplitudes_na(self, first_step: int, n_steps: int, dt_ms: float) -> Floats:
        """Currents (nA) of `n_steps` steps from `first_step` on, shape (n_steps,)."""
        steps = np.arange(first_step, first_step + n_steps)
        return self._at(to_ms(steps, dt_ms), dt_ms)

    def _at(self, times_ms: Floats, dt_ms: float) -> Floats:
        raise NotImplementedError

    def _is_on(self, times_ms: Floats, dt_ms: float) -> NDArray[np.bool_]:
        slack = SLACK * dt_ms
        on: NDArray[np.bool_] = (times_ms >= self._given["start"] - slack) & (
            times_ms < self._given["stop"] - slack
        )
        return on

    # --- recording -----------------------------------------------------------------------------

    def record(self) -> None:
        """Record the current from now on."""
        self._is_recording = True

    def take(self, first_step: int, n_steps: int) -> None:
        """Keep the currents of steps that were done, if they are recorded."""
        if self._is_recording:
            missing = first_step - sum(piece.size for piece in self._pieces)
            if missing > 0:
                self._pieces.append(np.full(missing, np.nan))
            self._pieces.append(self.amplitudes_na(first_step, n_steps, simulator.state.dt))

    def forget(self) -> None:
        """Drop what was recorded."""
        self._pieces = []

    def _get_data(self) -> tuple[Floats, Floats]:
        if not self._is_recording:
            msg = f"{type(self).__name__}: its current was not recorded; call record() before run()"
            raise ParameterValueError(msg)
        dt_ms, step = simulator.state.dt, simulator.state.step
        amplitudes = np.concatenate([*self._pieces, self.amplitudes_na(step, 1, dt_ms)])
        return to_ms(np.arange(amplitudes.size), dt_ms), amplitudes


def _plain(value: Any) -> Any:
    held = value.value if isinstance(value, Values) else value
    if isinstance(held, np.ndarray) and held.dtype == object:
        held = held[0].value
    return np.array(held, np.float64) if np.ndim(held) else float(held)


def _targets(cells: Any) -> list[tuple[Any, Ints]]:
    """Populations and members that `cells` are."""
    if hasattr(cells, "populations"):
        return [located(part) for part in cells.populations]
    if hasattr(cells, "celltype") and not isinstance(cells, simulator.ID):
        return [located(cells)]
    found: dict[int, tuple[Any, list[int]]] = {}
    for cell in [cells] if isinstance(cells, simulator.ID) else cells:
        population = cell.parent
        found.setdefault(id(population), (population, []))[1].append(population.id_to_index(cell))
    return [(population, np.array(members)) for population, members in found.values()]


class DCSource(CurrentSource, standard.DCSource):
    """A constant current (nA) from ``start`` to ``stop`` (ms)."""

    translations = build_translations(
        ("amplitude", "amplitude"), ("start", "start"), ("stop", "stop")
    )

    def _at(self, times_ms: Floats, dt_ms: float) -> Floats:
        return np.where(self._is_on(times_ms, dt_ms), self._given["amplitude"], 0.0)


class ACSource(CurrentSource, standard.ACSource):
    """A sine of ``frequency`` (Hz) plus ``offset``; ``phase`` (degrees) is that at ``start``."""

    translations = build_translations(
        ("amplitude", "amplitude"),
        ("start", "start"),
        ("stop", "stop"),
        ("frequency", "frequency"),
        ("offset", "offset"),
        ("phase", "phase"),
    )

    def _at(self, times_ms: Floats, dt_ms: float) -> Floats:
        given = self._given
        turns = (times_ms - given["start"]) * given["frequency"] / 1000.0 + given["phase"] / 360.0
        wave = given["offset"] + given["amplitude"] * np.sin(2 * np.pi * turns)
        return np.where(self._is_on(times_ms, dt_ms), wave, 0.0)


class StepCurrentSource(CurrentSource, standard.StepCurrentSource):
    """A current that takes each of ``amplitudes`` (nA) at its time in ``times`` (ms)."""

    translations = build_translations(("amplitudes", "amplitudes"), ("times", "times"))

    def _checked(self, given: dict[str, Any]) -> dict[str, Any]:
        given = {name: np.atleast_1d(value) for name, value in super()._checked(given).items()}
        times_ms, amplitudes = given["times"], given["amplitudes"]
        if times_ms.size != amplitudes.size:
            msg = (
                f"StepCurrentSource: {times_ms.size} times and {amplitudes.size} amplitudes; "
                "give one for each"
            )
            raise ParameterValueError(msg)
        if (times_ms < 0).any():
            msg = f"StepCurrentSource: times must not be negative, got {times_ms.min():g} ms"
            raise ParameterValueError(msg)
        if (np.diff(times_ms) <= 0).any():
            msg = f"StepCurrentSource: times must increase, got {times_ms.tolist()} ms"
            raise ParameterValueError(msg)
        dt_ms = simulator.state.dt
        steps = np.rint(times_ms / dt_ms).astype(np.int64)
        is_last = np.append(np.diff(steps) > 0, True)[: steps.size]
        return {"times": to_ms(steps[is_last], dt_ms), "amplitudes": amplitudes[is_last]}

    def _at(self, times_ms: Floats, dt_ms: float) -> Floats:
        place = np.searchsorted(self._given["times"] - SLACK * dt_ms, times_ms, side="right")
        return np.append(0.0, self._given["amplitudes"])[place]


class NoisyCurrentSource(CurrentSource, standard.NoisyCurrentSource):
    """A current drawn anew every ``dt`` (ms): normal, with ``mean`` and ``stdev`` (nA).

    The draws follow from the seed of the run: the same after a reset.
    """

    translations = build_translations(
        ("mean", "mean"), ("start", "start"), ("stop", "stop"), ("stdev", "stdev"), ("dt", "dt")
    )

    def __init__(self, **parameters: Any) -> None:
        self._noise = np.zeros(0)
        super().__init__(**{"dt": simulator.state.dt, **parameters})

    def _checked(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super()._checked(given)
        dt_ms = simulator.state.dt
        steps = round(given["dt"] / dt_ms)
        if steps < 1 or abs(steps * dt_ms - given["dt"]) > SLACK * dt_ms:
            msg = (
                f"NoisyCurrentSource: dt {given['dt']:g} ms is no whole number of time steps of "
                f"{dt_ms:g} ms; nearest: {max(1, steps) * dt_ms:g} ms"
            )
            raise ParameterValueError(msg)
        if given["stdev"] < 0:
            msg = f"NoisyCurrentSource: stdev must not be negative, got {given['stdev']:g} nA"
            raise ParameterValueError(msg)
        return given

    def _at(self, times_ms: Floats, dt_ms: float) -> Floats:
        on = self._is_on(times_ms, dt_ms)
        if not on.any():
            return np.zeros(times_ms.size)
        draw = np.floor((times_ms - self._given["start"]) / self._given["dt"] + SLACK)
        draw = np.maximum(draw, 0).astype(np.int64)
        noise = self._draws(int(draw[on].max()) + 1)[np.where(on, draw, 0)]
        return np.where(on, self._given["mean"] + self._given["stdev"] * noise, 0.0)

    def _draws(self, n: int) -> Floats:
        """The first `n` draws or more, the same each time."""
        if self._noise.size < n:
            size = 1 << max(10, n.bit_length())
            self._noise = simulator.generator(0x401CE, self._number).standard_normal(size)
        return self._noise
