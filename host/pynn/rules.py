"""PyNN's connectors as rules that cores expand themselves.

A rule holds between whole populations. Where each pair of cells or each target is connected
independently of the others, it holds for every population of an assembly by itself.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from pyNN import common, connectors

from host.pynn.refusals import ParameterValueError
from mapping.connectors import (
    AllToAll,
    Connector,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)

__all__ = ["rule_parts"]


class Kind(NamedTuple):
    """How a connector becomes a rule."""

    rule: Callable[[Any, int, int], Connector | None]
    """Of the connector and the sizes of both populations; None if there is no such rule."""
    pre_may_split: bool
    """Whether it holds for each source population of an assembly by itself."""
    post_may_split: bool


def _degree_rule(rule: Callable[..., Connector]) -> Callable[[Any, int, int], Connector | None]:
    def build(connector: Any, n_pre: int, n_post: int) -> Connector | None:
        candidates = (n_pre if rule is FixedInDegree else n_post) - (
            not connector.allow_self_connections
        )
        if not isinstance(connector.n, int):
            return None
        if not connector.with_replacement and connector.n > candidates:
            return None  # PyNN connects to all, then begins again
        return rule(connector.n, connector.allow_self_connections, bool(connector.with_replacement))

    return build


def _total(connector: Any, _n_pre: int, _n_post: int) -> Connector | None:
    if not isinstance(connector.n, int):
        return None
    return FixedTotalNumber(
        connector.n, connector.allow_self_connections, bool(connector.with_replacement)
    )


def _one_to_one(_connector: Any, n_pre: int, n_post: int) -> Connector | None:
    return OneToOne() if n_pre == n_post else None


def _all_to_all(connector: Any, _n_pre: int, _n_post: int) -> Connector | None:
    return AllToAll(connector.allow_self_connections)


def _bernoulli(connector: Any, _n_pre: int, _n_post: int) -> Connector | None:
    if not 0 <= connector.p_connect <= 1:
        msg = f"p_connect = {connector.p_connect:g}: a probability lies between 0 and 1"
        raise ParameterValueError(msg)
    return PairwiseBernoulli(connector.p_connect, connector.allow_self_connections)


KINDS: dict[type, Kind] = {
    connectors.OneToOneConnector: Kind(_one_to_one, False, False),
    connectors.AllToAllConnector: Kind(_all_to_all, True, True),
    connectors.FixedProbabilityConnector: Kind(_bernoulli, True, True),
    connectors.FixedTotalNumberConnector: Kind(_total, False, False),
    connectors.FixedNumberPreConnector: Kind(_degree_rule(FixedInDegree), False, True),
    connectors.FixedNumberPostConnector: Kind(_degree_rule(FixedOutDegree), True, False),
}
"""Connectors that have a rule. A class derived from one may connect otherwise, and has none."""


def rule_parts(connector: Any, pre: Any, post: Any) -> list[tuple[Any, Any, Connector]] | None:
    """Rules between whole populations that `connector` means from `pre` to `post`.

    Returns
    -------
    list of (population, population, Connector) or None
        None if it means something that there is no rule for.
    """
    kind = KINDS.get(type(connector))
    if kind is None or not isinstance(getattr(connector, "allow_self_connections", True), bool):
        return None
    sources, targets = _whole(pre), _whole(post)
    if sources is None or targets is None:
        return None
    if (len(sources) > 1 and not kind.pre_may_split) or (
        len(targets) > 1 and not kind.post_may_split
    ):
        return None
    parts = []
    for source in sources:
        for target in targets:
            rule = kind.rule(connector, source.size, target.size)
            if rule is None:
                return None
            parts.append((source, target, rule))
    return parts


def _whole(cells: Any) -> list[Any] | None:
    """The whole populations that `cells` are, if they are."""
    members = cells.populations if isinstance(cells, common.Assembly) else [cells]
    return members if all(isinstance(m, common.Population) for m in members) else None
