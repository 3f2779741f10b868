"""Methods of populations that the real tool chain has besides PyNN's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.pynn import neo_convertor
from host.pynn.extras import Extras, interpret_population
from host.pynn.notices import NOTICES

__all__ = ["ToolChainMethods", "whole_size"]


def whole_size(size: float) -> int:
    """Number of cells nearest to `size`, told if that is another number."""
    nearest = round(size)
    if nearest != size:
        NOTICES.tell(f"Population of {size!r} cells: made of {nearest}")
    return nearest


class ToolChainMethods:
    """Mixed into `Population`, which has ``options``, PyNN's ``get_data`` and ``initialize``."""

    options: dict[str, Any]

    def set_max_atoms_per_core(self, max_atoms_per_core: Any) -> None:
        """Let at most so many cells of this population share a core."""
        said: Extras = interpret_population({"neurons_per_core": max_atoms_per_core})["extras"]
        self.options["extras"] = said.over(self.options["extras"])

    def add_placement_constraint(self, x: int, y: int, p: int | None = None) -> None:
        """Take note of a wish to be on chip (x, y), core p: the placer decides."""
        del x, y, p
        _tell_placed()

    def set_constraint(self, constraint: Any) -> None:
        """Take note of a constraint (`host.pynn.splitters`); a limit of cells per core holds."""
        limit = getattr(constraint, "max_atoms", None)
        if limit is None:
            _tell_placed()
        else:
            self.set_max_atoms_per_core(limit)

    add_constraint = set_constraint

    def set_mapping_constraint(self, constraint_dict: dict[str, Any]) -> None:
        """Take note of a wish to be on a chip: the placer decides."""
        del constraint_dict
        _tell_placed()

    def set_state(self, **values: Any) -> None:
        """Set state variables now; here as with ``initialize``, which holds after a reset, too."""
        NOTICES.tell("Population.set_state: as initialize, so it holds after reset(), too")
        self.initialize(**values)  # type: ignore[attr-defined]

    def spinnaker_get_data(
        self, variable: str, as_matrix: bool = False, view_indexes: Any = None
    ) -> NDArray[np.float64]:
        """Recorded data as an array.

        Parameters
        ----------
        variable : str
        as_matrix : bool
            Samples by neurons, shape (n_samples, n_neurons); not of spikes.
        view_indexes : sequence of int, optional
            Of these neurons alone.

        Returns
        -------
        ndarray
            Rows of (neuron, time in ms, value), of spikes of (neuron, time in ms).
        """
        block = self.get_data(variable)  # type: ignore[attr-defined]
        rows = neo_convertor.convert_data(block, variable, len(block.segments) - 1)
        if view_indexes is not None:
            rows = rows[np.isin(rows[:, 0], np.asarray(view_indexes))]
        if not as_matrix or variable == "spikes":
            return rows
        n_neurons = np.unique(rows[:, 0]).size
        return rows[:, 2].reshape(n_neurons, -1).T


def _tell_placed() -> None:
    NOTICES.tell("placement constraints: the placer decides; setup(placer=...) names another")
