"""Synapses as objects, for scripts that look at them one by one."""

from typing import Any

from pyNN import common

__all__ = ["Connection"]


class Connection(common.Connection):
    """One synapse of a projection; its weight and delay can be read and set."""

    def __init__(self, projection: Any, index: int) -> None:
        self._projection = projection
        self._index = index

    def _column(self, column: int) -> Any:
        return self._projection.synapses()[column][self._index]

    @property
    def presynaptic_index(self) -> int:
        """Index of the source in what the projection connects."""
        return int(self._column(0))

    @property
    def postsynaptic_index(self) -> int:
        """Index of the target in what the projection connects."""
        return int(self._column(1))

    @property
    def presynaptic_cell(self) -> Any:
        """The source."""
        return self._projection.pre[self.presynaptic_index]

    @property
    def postsynaptic_cell(self) -> Any:
        """The target."""
        return self._projection.post[self.postsynaptic_index]

    source, target = presynaptic_cell, postsynaptic_cell

    @property
    def weight(self) -> float:
        """Weight, in the unit of the target's model (nA, uS or mV)."""
        return float(self._column(2))

    @weight.setter
    def weight(self, value: float) -> None:
        self._projection.set_one("weight", self._index, value)

    @property
    def delay(self) -> float:
        """Delay (ms)."""
        return float(self._column(3))

    @delay.setter
    def delay(self, value: float) -> None:
        self._projection.set_one("delay", self._index, value)

    def as_tuple(self, *attribute_names: str) -> tuple[Any, ...]:
        """Values of the attributes named."""
        return tuple(getattr(self, name) for name in attribute_names)
