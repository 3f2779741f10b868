"""The state of the simulation: what the script made, and the machine that runs it.

PyNN wants one module-wide `state`. Nothing is mapped or generated before the first run, or before
the script asks for synapses: until then there are only populations, projections and electrodes.
Between two runs what the script changed is gathered, and told to the session at once.
"""

import math
from collections.abc import Iterable
from importlib import import_module
from math import gcd
from typing import Any

import numpy as np
from pyNN import common

from host.config import Config
from host.neurons import model_of
from host.pynn.clock import to_ms, to_steps
from host.pynn.layout import lay_out
from host.pynn.network import build_network, number_projections, rate_changes
from host.pynn.notices import NOTICES
from host.pynn.refusals import ParameterValueError, StructureError
from host.results import Results

__all__ = ["ID", "State", "name", "state"]

name = "chipemu"

NO_CONFIG = Config()


class ID(int, common.IDMixin):
    """A cell, as PyNN numbers them through all populations."""


class State(common.control.BaseState):
    """What PyNN's common parts ask of a simulator, and the network that is being built."""

    mpi_rank = 0
    num_processes = 1

    def __init__(self) -> None:
        super().__init__()
        self.segment_counter = -1
        self.given_min_delay: float | str = "auto"
        self.given_max_delay: float | str = "auto"
        self.is_expanded_on_host = False
        self.gives_exact_times = False
        self.clear(NO_CONFIG, ())

    def clear(self, config: Config, chosen: Iterable[str]) -> None:
        """Forget the network and begin anew.

        Parameters
        ----------
        config : Config
        chosen : iterable of str
            Dotted keys of it that were asked for; the layout leaves them as they are.
        """
        self.config, self._chosen = config, frozenset(chosen)
        self._results: Results | None = None
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.id_counter = 0
        self.segment_counter = -1
        self.version = 0
        self.step = 0
        self._open: Any = None
        self.reset()

    # --- time --------------------------------------------------------------------------------

    @property
    def dt(self) -> float:
        """Time step (ms)."""
        return self.config.run.dt_ms

    @property
    def t(self) -> float:
        """Time reached (ms)."""
        return to_ms(self.step, self.dt)

    @property
    def min_delay(self) -> float:
        """Least delay (ms): as the script set it, or else the shortest of the network."""
        if not isinstance(self.given_min_delay, str):
            return self.given_min_delay
        return min((low for low, _ in self._delay_ranges()), default=self.dt)

    @property
    def max_delay(self) -> float:
        """Greatest delay (ms): as the script set it, or else the longest of the network."""
        if not isinstance(self.given_max_delay, str):
            return self.given_max_delay
        return max((high for _, high in self._delay_ranges()), default=self.dt)

    def _delay_ranges(self) -> list[tuple[float, float]]:
        ranges = [projection.delay_range() for projection in self.projections]
        return [found for found in ranges if found is not None]

    @property
    def default_delay(self) -> float:
        """Delay (ms) of synapses that were given none."""
        return self.dt if isinstance(self.given_min_delay, str) else self.given_min_delay

    # --- the network ---------------------------------------------------------------------------

    def restructure(self, what: str) -> None:
        """Let the network change in a way that needs a new mapping.

        Raises
        ------
        StructureError
            If it has run already.
        """
        if self.step > 0:
            msg = (
                f"{what} after {self.t:g} ms: the network is on the machine and keeps its "
                "structure; call reset() first, or do it before the first run()"
            )
            raise StructureError(msg)
        self._open = None
        self.touch()

    def touch(self) -> None:
        """Note that something changed which the session has to be told."""
        self.version += 1
        self._is_stale = True

    @property
    def is_open(self) -> bool:
        """Whether there is a session, mapped and generated."""
        return self._open is not None

    @property
    def session(self) -> Any:
        """The session, opened if it is not, with all changes told."""
        if self._open is None:
            placed = [population.placed() for population in self.populations]
            config = lay_out(self.config, self._chosen, placed)
            for population in self.populations:
                population.celltype.tell_limits(population.columns(), population.label, config.run)
            self._open = open_session(config, self._network(), **self._options())
        elif self._is_stale:
            self._open.change(self._network(), **self._options())
        if self._is_stale:
            self._tell_cut_weights()
        self._is_stale = False
        return self._open

    def _tell_cut_weights(self) -> None:
        """Tell which weights the machine does not hold as the script has them."""
        for number, largest, limit in self._open.cut_weights():
            projection = self._open.network.projections[number]
            unit = model_of(self._open.network.population(projection.post)).weight_unit
            NOTICES.tell(
                f"projection {projection.pre} -> {projection.post}: weights of {largest:g} {unit} "
                f"are cut to {limit:g} {unit}, the most that its cores can hold since they were "
                "loaded; reset() loads them anew for the weights there are then"
            )

    def check_owned(self, *cells: Any) -> None:
        """Check that populations, views or assemblies are of this simulation.

        Raises
        ------
        StructureError
            If one was made before the latest setup().
        """
        for whole in {part for each in cells for part in owners(each)} - {*self.populations}:
            msg = (
                f"population {whole.label!r} was made before the latest setup(), which forgot it; "
                "make it anew"
            )
            raise StructureError(msg)

    def _network(self) -> Any:
        return build_network(self.populations, self.projections, self.step, self.dt)

    def number_projections(self) -> None:
        """Let all projections know the numbers that their parts have on the machine."""
        number_projections(self.projections)

    def _options(self) -> dict[str, Any]:
        watched, intervals = {}, [0]
        for population in self.populations:
            members = population.recorder.watched()
            if members.size:
                watched[population.spec_name] = members
                intervals.append(population.recorder.interval_steps())
        return {
            "watched": watched,
            "interval_steps": gcd(*intervals) or 1,
            "currents": tuple(s for s in self.current_sources if s.targets),
        }

    # --- running ---------------------------------------------------------------------------------

    def run(self, simtime: float) -> None:
        """Run for `simtime` ms."""
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        """Run until `tstop` (ms), to the nearest step."""
        if not math.isfinite(tstop):
            msg = f"run until {tstop} ms: a run ends at some time; give a number of ms"
            raise ParameterValueError(msg)
        stop = to_steps(tstop, self.dt)
        if abs(to_ms(stop, self.dt) - tstop) > 1e-6 * self.dt:
            NOTICES.tell(
                f"run until {tstop:g} ms: no whole number of time steps of {self.dt:g} ms; "
                f"until {to_ms(stop, self.dt):g} ms"
            )
        self.running = True
        for population in self.populations:
            population.extend_trains(self.t, to_ms(stop, self.dt))
        borders = rate_changes(self.populations, self.dt, self.step, stop)
        for border in [*borders, stop]:
            if border > self.step:
                self._advance(border)
            if border < stop:
                self.touch()
        session = self.session
        for recorder in self.recorders:
            recorder.take_end(session, self.step)

    def _advance(self, stop: int) -> None:
        first, session = self.step, self.session
        stretch = session.advance(stop - first)
        self.step = stop
        for recorder in self.recorders:
            recorder.take(stretch)
        for source in self.current_sources:
            source.take(first, stop - first)

    def results(self) -> Results | None:
        """What is known of the run so far, or of the last one if there was a reset."""
        if self._open is not None and self.step > 0:
            found: Results = self._open.results()
            return found
        return self._results

    def reset(self) -> None:
        """Go back to time 0 with the same network; the next run begins on a machine loaded anew."""
        self._results = self.results()
        self.running = False
        self.t_start = 0
        self.step = 0
        self.segment_counter += 1
        self._open = None
        self.touch()
        for recorder in self.recorders:
            recorder.forget()
        for source in self.current_sources:
            source.forget()
        for population in self.populations:
            population.forget_trains()

    @property
    def seed(self) -> int:
        """Seed of all random numbers of the machine."""
        return self.config.run.seed


def owners(cells: Any) -> list[Any]:
    """The populations that cells are of."""
    if isinstance(cells, common.Assembly):
        return [owner for part in cells.populations for owner in owners(part)]
    return [cells.grandparent if isinstance(cells, common.PopulationView) else cells]


def open_session(config: Config, network: Any, **options: Any) -> Any:
    """Map and load `network`; the machinery is imported when it is first needed."""
    session = import_module("host.session")
    return session.Session(config, network, **options)


def generator(*key: int) -> np.random.Generator:
    """Random numbers of the host, that depend on the seed of the run and `key`."""
    return np.random.default_rng([state.seed, *key])


state = State()
