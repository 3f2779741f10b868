"""Key and mask of what each vertex sends, in the form of PACMAN's ``routing_keys.json``."""

import numpy as np
from numpy.typing import NDArray

from mapping.errors import InterchangeError
from mapping.graph import MachineGraph
from mapping.interchange.labels import VertexNames, vertex_labels
from mapping.keys import KeyMap
from mapping.spec import NetworkSpec

__all__ = ["keys_from_json", "keys_to_json"]

ALL_BITS = 0xFFFF_FFFF
Blocks = dict[str, list[dict[str, int]]]


def keys_to_json(spec: NetworkSpec, graph: MachineGraph, keys: KeyMap) -> Blocks:
    """Block of keys of each vertex that sends, by its label."""
    labels = vertex_labels(spec, graph)
    rows = zip(graph.net_vertex.tolist(), keys.key.tolist(), keys.mask.tolist(), strict=True)
    return {labels[vertex]: [{"key": key, "mask": mask}] for vertex, key, mask in rows}


def keys_from_json(data: Blocks, spec: NetworkSpec, graph: MachineGraph) -> KeyMap:
    """Keys of the nets of `graph`, found by the labels of their senders.

    Keys of vertices that send to nobody, and of programs that are not of the network, are passed
    over.

    Raises
    ------
    InterchangeError
        If a label names a vertex that does not exist, or a net has no block of keys, several
        blocks, one that is too short or has gaps, or one that overlaps another net's.
    """
    names = VertexNames.of(spec, graph)
    block_of: dict[int, tuple[str, list[dict[str, int]]]] = {}
    for label, blocks in data.items():
        vertex = names.find(label, _place(label))
        if vertex is not None:
            if vertex in block_of:
                problem = f"the same vertex as {block_of[vertex][0]!r}; keep one of them"
                raise InterchangeError(problem, _place(label))
            block_of[vertex] = label, blocks
    key, mask = np.zeros((2, graph.n_nets), np.int64)
    labels = []
    for net, vertex in enumerate(graph.net_vertex.tolist()):
        if vertex not in block_of:
            problem = f"no keys of {names.own[vertex]!r}, which sends packets"
            raise InterchangeError(problem, "$")
        label, blocks = block_of[vertex]
        need = int(graph.n_streams[vertex]) * int(graph.n_members[vertex])
        key[net], mask[net] = _block(label, blocks, need)
        labels.append(label)
    _check_disjoint(key, mask, labels)
    return KeyMap(key.astype(np.uint32), mask.astype(np.uint32))


def _place(label: str) -> str:
    return f"$[{label!r}]"


def _block(label: str, blocks: list[dict[str, int]], need: int) -> tuple[int, int]:
    """Key and mask of the only block, which must hold `need` keys without a gap."""
    place = _place(label)
    if len(blocks) != 1:
        problem = f"has {len(blocks)} blocks of keys; a vertex sends one stream, with one block"
        raise InterchangeError(problem, place)
    key, mask = blocks[0]["key"], blocks[0]["mask"]
    free = ALL_BITS & ~mask
    if free & (free + 1):
        problem = f"mask {mask:#010x} leaves gaps; it should be ones, then zeros"
        raise InterchangeError(problem, f"{place}[0].mask")
    if key & free:
        problem = f"key {key:#010x} has bits outside of its mask {mask:#010x}"
        raise InterchangeError(problem, f"{place}[0].key")
    if free + 1 < need:
        problem = f"mask {mask:#010x} leaves {free + 1} keys, but {need} are needed"
        raise InterchangeError(problem, f"{place}[0].mask")
    return key, mask


def _check_disjoint(key: NDArray[np.int64], mask: NDArray[np.int64], labels: list[str]) -> None:
    order = np.argsort(key, kind="stable")
    last = key[order] + (ALL_BITS & ~mask[order])
    clash = np.flatnonzero(last[:-1] >= key[order][1:])
    if clash.size:
        one, other = (labels[net] for net in order[clash[0] : clash[0] + 2])
        problem = f"shares the key {key[order[clash[0] + 1]]:#010x} with {one!r}"
        raise InterchangeError(problem, _place(other))
