"""The state of all cores between two steps, as named arrays that can be kept and brought back.

A snapshot does not depend on the number of threads: what is counted by block of neurons has been
handed over with the latest recording, and the rest is by neuron.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ImageError
from chipemu.state import History, State

__all__ = ["restore", "take_snapshot"]

MADE_ANEW = {
    *("input_exc", "input_inh", "rings", "fired", "fired_words", "draws", "counts"),
    *("saturated", "emitted", "i_offset", "level", "next_change"),
}
"""Arrays that are cleared or written afresh in each step, or handed over with recordings; injected
currents, and which event of spike arrays comes next, follow from the step."""
BETWEEN_STEPS = tuple(name for name in State._fields if name not in MADE_ANEW)
"""What neurons keep from one step to the next."""


def take_snapshot(step: int, state: State, history: History) -> dict[str, NDArray[np.generic]]:
    """What the steps from `step` on depend on; `history` ends there."""
    now = step - int(history.origin[0])
    return {
        "step": np.array([step], np.int64),
        **{name: getattr(state, name).copy() for name in BETWEEN_STEPS},
        "source": history.source[: history.start[now]].copy(),
        "start": history.start[: now + 1].copy(),
    }


def restore(
    snapshot: Mapping[str, NDArray[np.generic]], state: State, history: History, *, room: int
) -> tuple[int, State, History]:
    """The step, the state and the history that `take_snapshot` was given.

    Parameters
    ----------
    snapshot : mapping of str to ndarray
    state : State
        Of the same cores before the first step.
    history : History
        Likewise.
    room : int
        Spikes that the history is to have room for.

    Raises
    ------
    ImageError
        If the snapshot is of other cores.
    """
    for name in BETWEEN_STEPS:
        array, wanted = snapshot.get(name), getattr(state, name)
        if array is None or (array.shape, array.dtype) != (wanted.shape, wanted.dtype):
            have = "nothing" if array is None else f"{array.shape} {array.dtype}"
            msg = f"snapshot: {name} has {have}, these cores {wanted.shape} {wanted.dtype}"
            raise ImageError(msg)
    step, start = int(snapshot["step"][0]), snapshot["start"].astype(np.int64)
    source = np.empty(max(history.source.size, 2 * (int(start[-1]) + room)), np.int32)
    source[: start[-1]] = snapshot["source"]
    kept: dict[str, Any] = {name: snapshot[name].copy() for name in BETWEEN_STEPS}
    return (
        step,
        state._replace(**kept),
        History(
            source,
            start,
            np.array([step - start.size + 1], np.int64),
            history.event,
        ),
    )
