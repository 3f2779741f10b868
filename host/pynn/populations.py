"""Populations, views of them and assemblies: what cells there are, and with which parameters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import common
from pyNN.parameters import LazyArray, ParameterSpace, Sequence

from host.errors import did_you_mean
from host.pynn import extras, simulator
from host.pynn.layout import PlacedPopulation
from host.pynn.network import unique_name
from host.pynn.recorder import Recorder
from host.pynn.refusals import ParameterValueError
from host.pynn.standardmodels.generated import Trains
from host.pynn.toolchain import ToolChainMethods, whole_size
from mapping.spec import PopulationKind

__all__ = ["Assembly", "Population", "PopulationView"]

Ints = NDArray[np.int64]
TRAINS = 0x7A175
"""Key of the random numbers of generated spike times."""


class Assembly(common.Assembly):
    """Populations and views, taken as one group of cells."""

    _simulator = simulator

    @property
    def receptor_types(self) -> list[str]:
        """Receptors that all members have, in the order in which the first names them."""
        first, *others = (p.celltype.receptor_types for p in self.populations)
        return [kind for kind in first if all(kind in types for types in others)]


Assembly._assembly_class = Assembly


class _Cells:
    """What populations and views of them do alike, by the members of the whole population."""

    def _get_parameters(self, *names: str) -> ParameterSpace:
        population, members = located(self)
        known = population.celltype.default_parameters
        for name in names:
            _check_known(name, known, "parameter", population)
        values = {name: _plain(population.column(name)[members]) for name in names}
        return ParameterSpace(
            values, schema=population.celltype.get_schema(), shape=(members.size,)
        )

    _get_native_parameters = _get_parameters

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        population, members = located(self)
        parameter_space.evaluate(simplify=False)
        population.set_columns(parameter_space.as_dict(), members)

    def _set_initial_value_array(self, variable: str, initial_values: LazyArray) -> None:
        population, members = located(self)
        population.set_initial(variable, initial_values.evaluate(simplify=False), members)

    def record(
        self,
        variables: Any,
        to_file: Any = None,
        sampling_interval: float | None = None,
        locations: Any = None,
    ) -> None:
        """Record `variables` of all cells, every `sampling_interval` ms or every step.

        Parameters
        ----------
        variables : str, sequence of str, or None
            ``"all"``: all there are; None: nothing any more, and what was recorded
            is dropped.
        to_file : str or Neo IO, optional
            To which `end` writes them.
        sampling_interval : float, optional
            A whole number of time steps (ms).
        locations : None
        """
        super().record(variables, to_file, sampling_interval, locations)  # type: ignore[misc]
        if hasattr(to_file, "write_block"):
            simulator.state.write_on_end.append((self, variables, to_file))

    def initialize(self, **initial_values: Any) -> None:
        """Set state variables, now and whenever the simulation is reset.

        Values are as in PyNN: numbers, arrays, `RandomDistribution` or functions of the index; mV
        for ``v``, nA for currents, uS for conductances.
        """
        for variable, value in initial_values.items():
            lazy = LazyArray(value, shape=(self.size,), dtype=float)  # type: ignore[attr-defined]
            self._set_initial_value_array(variable, lazy)

    def _get_view(self, selector: Any, label: str | None = None) -> "PopulationView":
        return PopulationView(self, selector, label)


class PopulationView(_Cells, common.PopulationView):
    """Some of the cells of a population."""

    _assembly_class = Assembly
    _simulator = simulator

    @property
    def initial_values(self) -> dict[str, LazyArray]:
        """Initial values of the cells of the view, by state variable."""
        population, members = located(self)
        return {
            variable: LazyArray(value.evaluate(simplify=False)[members], shape=(self.size,))
            for variable, value in population.initial_values.items()
        }


class Population(_Cells, ToolChainMethods, common.Population):
    """Cells of one type; besides the arguments of PyNN those of the real tool chain.

    Parameters
    ----------
    size, cellclass, cellparams, structure, initial_values, label
        As PyNN has them.
    additional_parameters : mapping, optional
        What the tool chain of the machine takes besides (`host.pynn.extras`), also by keyword.
    """

    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly
    trains: Trains | None = None
    revision = 0
    """How often what the machine is told of it has changed."""
    described: tuple[Any, Any] | None = None
    """What the machine was told last, and when (`host.pynn.network`)."""

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Any = None,
        structure: Any = None,
        initial_values: Any = None,
        label: str | None = None,
        additional_parameters: Any = None,
        **extra: Any,
    ) -> None:
        simulator.state.restructure("a new population")
        self.options = extras.interpret_population({**(additional_parameters or {}), **extra})
        taken = [p.spec_name for p in simulator.state.populations]
        label = label or f"population{common.Population._nPop}"
        self.spec_name = unique_name(str(label), taken)
        if isinstance(cellclass, type) and cellparams is not None:
            cellclass, cellparams = cellclass(**cellparams), None
        elif isinstance(cellclass, type):
            cellclass = cellclass()
        if isinstance(size, float):  # as in the real tool chain
            size = whole_size(size)
        if isinstance(size, int | np.integer) and size < 1:
            msg = f"population {label!r} needs at least 1 cell, got {size}"
            raise ParameterValueError(msg)
        initial_values = {**getattr(cellclass, "stated", {}), **(initial_values or {})}
        super().__init__(size, cellclass, cellparams, structure, initial_values, label)
        simulator.state.populations.append(self)

    def _create_cells(self) -> None:
        state = simulator.state
        first = state.id_counter
        cells = [simulator.ID(i) for i in range(first, first + self.size)]
        for cell in cells:
            object.__setattr__(cell, "parent", self)
        self.all_cells = np.empty(self.size, dtype=object)
        self.all_cells[:] = cells
        self._mask_local = np.ones(self.size, dtype=bool)
        state.id_counter += self.size
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=False)
        self._columns: dict[str, NDArray[Any]] = {}
        self.set_columns(space.as_dict(), np.arange(self.size))
        self.forget_trains()

    def forget_trains(self) -> None:
        """Begin anew with spike times that are drawn on the host."""
        if self.celltype.is_generated:
            rng = simulator.generator(TRAINS, int(self.all_cells[0]))
            self.trains = Trains(self.celltype, self.size, rng)
            self.revision += 1

    def extend_trains(self, from_ms: float, until_ms: float) -> None:
        """Draw the spike times before `until_ms`, if they are drawn on the host."""
        if self.trains is not None:
            self.trains.extend(self._columns, from_ms, until_ms)
            self.revision += 1
            simulator.state.touch()

    def columns(self) -> dict[str, NDArray[Any]]:
        """All parameters, each an array with a value per cell."""
        return self._columns

    def column(self, name: str) -> NDArray[Any]:
        """Values of parameter `name`, one per cell."""
        return self._columns[name]

    def set_columns(self, values: dict[str, Any], members: Ints) -> None:
        """Give `members` new `values` of parameters, arrays with one for each of them."""
        self.celltype.check(values, self.label)
        for name, given in values.items():
            column = self._columns.get(name)
            if column is None:
                column = np.empty(self.size, dtype=np.asarray(given).dtype)
                if column.dtype.kind in "iu":
                    column = column.astype(np.float64)
                self._columns[name] = column
            column[members] = given
        if self.trains is not None:
            self.trains.restart()
        self.revision += 1
        simulator.state.touch()

    def set_initial(self, variable: str, values: NDArray[np.float64], members: Ints) -> None:
        """Set state variable `variable` of `members`, on the machine too if they are there."""
        _check_known(variable, self.celltype.variables, "state variable", self)
        self.celltype.check_initial(variable, values, self.label)
        own = self.celltype.variables[variable]
        default = self.celltype.default_initial_values.get(variable, 0.0)
        held = self.initial_values.get(variable, LazyArray(default, shape=(self.size,)))
        column = np.array(held.evaluate(simplify=False), dtype=np.float64)
        column[members] = values
        base = float(column[0]) if (column == column[0]).all() else column
        for name in {variable, *self.initial_values}:  # the same variable may have two names
            if self.celltype.variables[name] == own:
                self.initial_values[name] = LazyArray(base, shape=(self.size,))
        self.revision += 1
        state = simulator.state
        if state.is_open:
            state.session.set_state(self.spec_name, own, values, members)

    def placed(self) -> PlacedPopulation:
        """What the layout of the machine needs to know."""
        model, kind = type(self.celltype).__name__, self.celltype.kind
        is_neuron = kind is PopulationKind.NEURON
        return PlacedPopulation(model, self.size, is_neuron, self.options["extras"])

    def spike_times_ms(self) -> tuple[NDArray[np.float64], ...]:
        """Spike times (ms) of each member of a spike source array."""
        if self.trains is not None:
            return tuple(self.trains.times_ms)
        return tuple(np.asarray(s.value, np.float64) for s in self._columns["spike_times"])


def located(cells: Any) -> tuple[Population, Ints]:
    """The whole population that `cells` belong to, and which of its members they are."""
    if isinstance(cells, common.PopulationView):
        return cells.grandparent, np.asarray(cells.index_in_grandparent(np.arange(cells.size)))
    return cells, np.arange(cells.size)


def _plain(values: NDArray[Any]) -> Any:
    """One value if all are the same, so that the script gets a number and not an array."""
    if values.dtype == object:
        return values[0] if values.size == 1 else LazyArray(values, values.shape, Sequence)
    return values[0] if (values == values[0]).all() else values


def _check_known(name: str, known: Any, what: str, population: Population) -> None:
    if name not in known:
        kind = type(population.celltype).__name__
        hint = did_you_mean(name, known) or f"; known: {', '.join(known)}"
        msg = f"population {population.label!r}: {kind} has no {what} {name!r}{hint}"
        raise ParameterValueError(msg)
