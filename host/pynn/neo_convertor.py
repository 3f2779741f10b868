"""Neo blocks as arrays of (neuron, time, value): in place of sPyNNaker's ``neo_convertor``.

Times are in ms, values in the unit of the signal; rows are ordered by neuron, then by time.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "convert_analog_signal",
    "convert_data",
    "convert_data_list",
    "convert_gsyn",
    "convert_gsyn_exc_list",
    "convert_gsyn_inh_list",
    "convert_spikes",
    "convert_spiketrains",
    "convert_v_list",
    "count_spikes",
    "count_spiketrains",
]

Rows = NDArray[np.float64]


def convert_analog_signal(signal_array: Any, time_unit: Any = "ms") -> Rows:
    """Rows of one signal: index in the population, time, value; shape (n, 3)."""
    n_samples, n_channels = signal_array.shape
    members = np.asarray(signal_array.array_annotations["channel_index"], np.float64)
    times = np.asarray(signal_array.times.rescale(time_unit).magnitude)
    values = np.asarray(signal_array.magnitude).T.reshape(-1)
    return np.column_stack((np.repeat(members, n_samples), np.tile(times, n_channels), values))


def convert_spiketrains(spiketrains: Iterable[Any]) -> Rows:
    """Rows of all trains: index in the population, time; shape (n, 2)."""
    rows = [
        np.column_stack((np.full(len(train), train.annotations["source_index"]), train.magnitude))
        for train in spiketrains
    ]
    return np.concatenate([np.empty((0, 2)), *rows])


def convert_spikes(neo: Any, run: int = 0) -> Rows:
    """Rows of the spikes of one run."""
    return convert_spiketrains(_segment(neo, run).spiketrains)


def convert_data(data: Any, name: str, run: int = 0) -> Rows:
    """Rows of one variable of one run.

    Raises
    ------
    ValueError
        If there is no such run or variable.
    """
    if name == "spikes":
        return convert_spikes(data, run)
    found = _segment(data, run).filter(name=name)
    if not found:
        msg = f"the block has no signal {name!r}"
        raise ValueError(msg)
    return convert_analog_signal(found[0])


def convert_data_list(data: Any, name: str, runs: Sequence[int] | None = None) -> list[Rows]:
    """Rows of one variable, run by run; None: of all runs."""
    return [convert_data(data, name, run) for run in _runs(data, runs)]


def convert_v_list(data: Any, runs: Sequence[int] | None = None) -> list[Rows]:
    """Rows of the membrane potential, run by run."""
    return convert_data_list(data, "v", runs)


def convert_gsyn_exc_list(data: Any, runs: Sequence[int] | None = None) -> list[Rows]:
    """Rows of the excitatory input, run by run."""
    return convert_data_list(data, "gsyn_exc", runs)


def convert_gsyn_inh_list(data: Any, runs: Sequence[int] | None = None) -> list[Rows]:
    """Rows of the inhibitory input, run by run."""
    return convert_data_list(data, "gsyn_inh", runs)


def convert_gsyn(gsyn_exc: Any, gsyn_inh: Any) -> Rows:
    """Rows of both inputs of the first run: index, time, excitatory, inhibitory; shape (n, 4).

    Raises
    ------
    ValueError
        If they are of different neurons or times.
    """
    exc, inh = convert_data(gsyn_exc, "gsyn_exc"), convert_data(gsyn_inh, "gsyn_inh")
    if exc.shape != inh.shape or not np.allclose(exc[:, :2], inh[:, :2]):
        msg = "gsyn_exc and gsyn_inh are of different neurons or times"
        raise ValueError(msg)
    return np.column_stack((exc, inh[:, 2]))


def count_spiketrains(spiketrains: Iterable[Any]) -> int:
    """Spikes of all trains."""
    return sum(map(len, spiketrains))


def count_spikes(neo: Any) -> int:
    """Spikes of the first run."""
    return count_spiketrains(neo.segments[0].spiketrains)


def _runs(data: Any, runs: Sequence[int] | None) -> Sequence[int]:
    return range(len(data.segments)) if runs is None else runs


def _segment(data: Any, run: int) -> Any:
    if not 0 <= run < len(data.segments):
        msg = f"there is no run {run}; the block has {len(data.segments)}, counted from 0"
        raise ValueError(msg)
    return data.segments[run]
