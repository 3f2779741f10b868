"""Connectors expanded on the host, to lists of synapses.

PyNN's own connectors do it, a target at a time, through `_convergent_connect`. Those that are slow
are written anew here for whole arrays; they draw from the connector's own generator.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors, random
from pyNN.parameters import LazyArray

from host.pynn.refusals import ConnectError, UnsupportedError
from host.pynn.synapsetable import Synapses

__all__ = ["expand", "values_of_pairs"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def expand(connector: Any, projection: Any) -> Synapses:
    """All synapses that `connector` makes in `projection`.

    Raises
    ------
    ConnectError
        On indices outside of what is connected.
    """
    pairs = PAIRS.get(type(connector))
    made = pairs(connector, projection) if pairs else None
    if made is None:
        sink = _Sink(projection)
        connector.connect(sink)
        synapses = sink.synapses()
    else:
        synapses = _with_parameters(projection, *made)
    for name, indices, size in (
        ("pre", synapses.pre, projection.pre.size),
        ("post", synapses.post, projection.post.size),
    ):
        if indices.size and not (indices.min() >= 0 and indices.max() < size):
            worst = indices.max() if indices.max() >= size else indices.min()
            msg = f"projection {projection.label}: {name} index {worst} outside of {size} cells"
            raise ConnectError(msg)
    return synapses.ordered()


class _Sink:
    """A projection for PyNN's connectors, that keeps what they connect."""

    def __init__(self, projection: Any) -> None:
        self._projection = projection
        self._pieces: list[tuple[Ints, int, Any, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._projection, name)

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: int,
        location_selector: Any = None,
        **parameters: Any,
    ) -> None:
        if location_selector is not None:
            msg = "location_selector: cells of the machine have one compartment; leave it out"
            raise UnsupportedError(msg)
        pre = np.atleast_1d(np.asarray(presynaptic_indices, dtype=np.int64))
        piece = (pre, int(postsynaptic_index), parameters["weight"], parameters["delay"])
        self._pieces.append(piece)

    def synapses(self) -> Synapses:
        """All that was connected, in the order in which it was."""
        sizes = [pre.size for pre, *_ in self._pieces]

        def column(values: list[Any]) -> Floats:
            spread = (np.broadcast_to(v, n) for v, n in zip(values, sizes, strict=True))
            return np.concatenate([np.zeros(0), *spread])

        none = np.zeros(0, np.int64)
        return Synapses(
            np.concatenate([none, *(piece[0] for piece in self._pieces)]),
            np.repeat(np.array([piece[1] for piece in self._pieces], np.int64), sizes),
            column([piece[2] for piece in self._pieces]),
            column([piece[3] for piece in self._pieces]),
        )


def _with_parameters(projection: Any, pre: Ints, post: Ints, given: dict[str, Any]) -> Synapses:
    """Synapses from `pre` to `post`, with parameters as `given`, or of the synapse type."""
    space = projection.synapse_type.parameter_space
    weight, delay_ms = (
        given[name] if name in given else values_of_pairs(projection, name, space[name], pre, post)
        for name in ("weight", "delay")
    )
    return Synapses(pre, post, weight, delay_ms)


def values_of_pairs(projection: Any, name: str, value: LazyArray, pre: Ints, post: Ints) -> Floats:
    """Values of parameter `name` of the synapses from `pre` to `post`.

    Numbers and arrays with a value per pair of cells are looked up, random values drawn one per
    synapse (from a copy of the script's generator, as in all backends of PyNN), and functions of
    the distance or of the indices computed target by target.
    """
    base = value.base_value
    if isinstance(base, random.RandomDistribution) and not value.operations:
        return np.asarray(deepcopy(base).next(pre.size), np.float64).reshape(pre.size)
    whole = projection.on_pairs(name, value)
    if whole.is_homogeneous:
        return np.full(pre.size, float(whole.evaluate(simplify=True)))
    found = np.zeros(pre.size)
    order = np.argsort(post, kind="stable")
    targets, starts = np.unique(post[order], return_index=True)
    for target, rows in zip(targets.tolist(), np.split(order, starts[1:]), strict=True):
        found[rows] = whole[pre[rows], target]
    return found


# --- connectors for whole arrays -----------------------------------------------------------------

Made = tuple[Ints, Ints, dict[str, Any]]


def _generator(connector: Any) -> Any:
    """NumPy's generator of a connector: that of the script, so that its seed holds."""
    rng = connector.rng
    return rng.rng if isinstance(rng, random.NumpyRNG) else np.random.RandomState(rng.seed)


def _all_to_all(connector: Any, projection: Any) -> Made:
    n_pre, n_post = projection.shape
    post, pre = np.divmod(np.arange(n_pre * n_post), n_pre)  # as PyNN: target by target
    if not connector.allow_self_connections:
        others = ~_is_self(projection, pre, post)
        pre, post = pre[others], post[others]
    return pre, post, {}


def _one_to_one(_connector: Any, projection: Any) -> Made:
    both = np.arange(min(projection.shape))
    return both, both.copy(), {}


def _from_list(connector: Any, projection: Any) -> Made | None:
    if type(connector) is connectors.FromFileConnector:
        _read(connector)
    names = connector.column_names
    known = projection.synapse_type.get_parameter_names()
    for name in names:
        if name not in known:
            msg = f"projection {projection.label}: {name!r} is no parameter of a static synapse"
            raise ConnectError(msg)
    table = np.atleast_2d(np.asarray(connector.conn_list, np.float64))
    if table.size == 0:
        none = np.zeros(0, np.int64)
        return none, none, {name: np.zeros(0) for name in ("weight", "delay")}
    pre, post = (np.rint(table[:, i]).astype(np.int64) for i in (0, 1))
    return pre, post, {name: table[:, i].copy() for i, name in enumerate(names, 2)}


def _read(connector: Any) -> None:
    names = list(connector.file.get_metadata().get("columns", ("weight", "delay")))
    connector.column_names = [name for name in names if name not in ("i", "j")]
    connector.conn_list = connector.file.read()


def _total(connector: Any, projection: Any) -> Made:
    n_pre, n_post = projection.shape
    n = connector.n if isinstance(connector.n, int) else int(connector.n.next())
    draw = _generator(connector)
    if connector.with_replacement and connector.allow_self_connections is True:
        return draw.randint(0, n_pre, n), draw.randint(0, n_post, n), {}
    pre, post, _ = _all_to_all(connector, projection)
    if not connector.with_replacement and n > pre.size:
        msg = (
            f"projection {projection.label}: {n} synapses without replacement, but only "
            f"{pre.size} pairs; allow replacement"
        )
        raise ConnectError(msg)
    chosen = draw.choice(pre.size, n, replace=connector.with_replacement)
    return pre[chosen], post[chosen], {}


def _is_self(projection: Any, pre: Ints, post: Ints) -> NDArray[np.bool_]:
    sources = projection.pre.all_cells.astype(np.int64)
    targets = projection.post.all_cells.astype(np.int64)
    same: NDArray[np.bool_] = sources[pre] == targets[post]
    return same


def _small_world(connector: Any, projection: Any) -> Made:
    """Neighbours within a distance, each synapse rewired to a target drawn anew, or not."""
    if connector.n_connections is not None:
        msg = "SmallWorldConnector(n_connections=…) is not supported; leave it out"
        raise UnsupportedError(msg)
    distances = connector._generate_distance_map(projection)
    degree = float(connector.d_expression.split("<")[1])
    pre, post = np.nonzero(distances.evaluate(simplify=False) < degree)
    if not connector.allow_self_connections:
        others = ~_is_self(projection, pre, post)
        pre, post = pre[others], post[others]
    draw = _generator(connector)
    rewired = np.flatnonzero(draw.uniform(size=pre.size) < connector.rewiring)
    post[rewired] = draw.randint(0, projection.post.size, rewired.size)
    return pre, post, {}


PAIRS: dict[type, Callable[[Any, Any], Made | None]] = {
    connectors.AllToAllConnector: _all_to_all,
    connectors.OneToOneConnector: _one_to_one,
    connectors.FromListConnector: _from_list,
    connectors.FromFileConnector: _from_list,
    connectors.FixedTotalNumberConnector: _total,
    connectors.SmallWorldConnector: _small_world,
}
"""Connectors that make all their pairs at once."""
