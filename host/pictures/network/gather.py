"""What a picture of a network shows: its populations and projections, or groups of them.

A network with many populations is often one circuit many times over: ``c00_L4E`` to ``c33_L4E``.
Names that differ by one numbered part alone are then gathered to one node, if what they stand for
is of one kind; its projections are those of all its members, added up.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from host.networks.description import (
    NetworkDescription,
    PopulationDescription,
    ProjectionDescription,
)

__all__ = ["MOST_NODES", "Edge", "NetworkPicture", "Node", "gather"]

MOST_NODES = 24
"""Populations that are drawn one by one."""
SEPARATORS = re.compile(r"[\s_./:\-]+")
NUMBERED = re.compile(r"[A-Za-z]*\d+[A-Za-z]*")


class Node(NamedTuple):
    """A population, or several that are alike."""

    name: str
    members: tuple[PopulationDescription, ...]

    @property
    def size(self) -> int:
        """Members of all its populations."""
        return sum(member.size for member in self.members)

    @property
    def is_neuron(self) -> bool:
        """Whether it is neurons, not a stimulating device."""
        return self.members[0].is_neuron

    @property
    def effect(self) -> str:
        """That of its populations on their targets."""
        return self.members[0].effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """All projections of one effect from one node to another.

    Attributes
    ----------
    pre, post : int
        Numbers of nodes.
    receptor : {"excitatory", "inhibitory"}
    projections : tuple of ProjectionDescription
    in_degree : float
        Synapses that a neuron of the target receives, mean.
    """

    pre: int
    post: int
    receptor: str
    projections: tuple[ProjectionDescription, ...]
    in_degree: float

    @property
    def synapses(self) -> float:
        """Expected number."""
        return sum(p.expected_synapses for p in self.projections)

    @property
    def is_probabilistic(self) -> bool:
        """Whether chance decides who is connected."""
        fixed = ("one_to_one", "all_to_all", "explicit_list")
        return any(p.rule not in fixed for p in self.projections)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPicture:
    """Nodes and the edges between them.

    Attributes
    ----------
    name : str
    nodes : tuple of Node
    edges : tuple of Edge
    is_gathered : bool
        Whether a node can be several populations.
    """

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_gathered: bool

    def driver_of(self, k: int) -> int | None:
        """Node that node `k`, a device, drives alone; None if there are several or none."""
        if self.nodes[k].is_neuron:
            return None
        targets = {edge.post for edge in self.edges if edge.pre == k}
        return targets.pop() if len(targets) == 1 else None


def gather(network: NetworkDescription) -> NetworkPicture:
    """Collect what a picture of `network` shows.

    Parameters
    ----------
    network : NetworkDescription

    Returns
    -------
    NetworkPicture
        At most `MOST_NODES` nodes, if names allow it.
    """
    populations = network.populations
    names = [p.name for p in populations]
    if len(populations) > MOST_NODES:
        names = _gathered(names, populations)
    members: dict[str, list[PopulationDescription]] = defaultdict(list)
    for name, population in zip(names, populations, strict=True):
        members[name].append(population)
    nodes = tuple(Node(name, tuple(found)) for name, found in members.items())
    number = {name: k for k, name in enumerate(members)}
    of = {p.name: number[name] for p, name in zip(populations, names, strict=True)}
    ways: dict[tuple[int, int, str], list[ProjectionDescription]] = defaultdict(list)
    for p in network.projections:
        ways[of[p.pre], of[p.post], p.receptor].append(p)
    edges = tuple(
        Edge(
            pre=pre,
            post=post,
            receptor=receptor,
            projections=tuple(found),
            in_degree=sum(p.expected_synapses for p in found) / nodes[post].size,
        )
        for (pre, post, receptor), found in ways.items()
    )
    is_gathered = len(nodes) < len(populations)
    return NetworkPicture(name=network.name, nodes=nodes, edges=edges, is_gathered=is_gathered)


def _gathered(names: Sequence[str], populations: Sequence[PopulationDescription]) -> list[str]:
    """Names in which one kind of numbered part is left out; those given if none of it helps."""
    parts = [SEPARATORS.split(name) for name in names]
    forms = {_form(part) for found in parts for part in found if NUMBERED.fullmatch(part)}
    best = list(names)
    for form in sorted(forms):
        shorter = ["_".join(part for part in found if _form(part) != form) for found in parts]
        kinds = {(s, p.kind, p.effect) for s, p in zip(shorter, populations, strict=True)}
        is_uniform = len(kinds) == len(set(shorter)) and all(shorter)
        if is_uniform and len(set(shorter)) < len(set(best)):
            best = shorter
    return best


def _form(part: str) -> str:
    """Part of a name with its numbers made alike."""
    return re.sub(r"\d+", "#", part)
