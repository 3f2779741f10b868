"""The kernels of tables in readable Python, by the same names and parameters."""

import numpy as np
from numpy.typing import NDArray

from router.geometry import opposite

__all__ = ["list_entries"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Bools = NDArray[np.bool_]


def list_entries(
    tree_indptr: Longs,
    node_chip: Ints,
    node_in_link: NDArray[np.int8],
    node_end: Longs,
    node_out_links: NDArray[np.uint8],
    node_goes_up: Bools,
    node_is_core: Bools,
    delivery_indptr: Longs,
    delivery_chip: Ints,
    delivery_cores: Words,
    group_tree: Longs,
    group_set: Longs,
    net_indptr: Longs,
    net_entry: Longs,
    net_key: Words,
    net_mask: Words,
    block_indptr: Longs,
    block_key: Words,
    block_mask: Words,
    n_chips: int,
) -> tuple[Longs, Words, Words, Words, Bools]:
    """List the entries of all chips, one for each block where all nets of a group come one way.

    Parameters
    ----------
    tree_indptr, node_chip, node_in_link, node_end, node_out_links, node_goes_up, node_is_core
        As `RouteForest` has them.
    delivery_indptr, delivery_chip, delivery_cores
        As `Deliveries` has them.
    group_tree, group_set : ndarray of int64, shape (n_groups,)
        Tree and target set of each group of nets.
    net_indptr : ndarray of int64, shape (n_groups + 1,)
        Nets of each group.
    net_entry : ndarray of int64, shape (n_nets,)
    net_key, net_mask : ndarray of uint32, shape (n_nets,)
    block_indptr, block_key, block_mask
        The keys of each group, in as few blocks as possible.
    n_chips : int

    Returns
    -------
    indptr : ndarray of int64, shape (n_chips + 1,)
    key, mask, route : ndarray of uint32, shape (n_entries,)
        By chip, then key.
    is_default : ndarray of bool, shape (n_entries,)
        Whether the packets go straight on.
    """
    rows = []
    children: dict[int, list[int]] = {}
    for tree in range(len(tree_indptr) - 1):
        for node in range(int(tree_indptr[tree]), int(tree_indptr[tree + 1])):
            child = node + 1
            while child < node_end[node]:
                children.setdefault(node, []).append(child)
                child = int(node_end[child])
    for group, (tree, targets) in enumerate(zip(group_tree, group_set, strict=True)):
        reached = slice(*delivery_indptr[targets : targets + 2])
        cores = dict(zip(delivery_chip[reached].tolist(), delivery_cores[reached], strict=True))
        nets = range(int(net_indptr[group]), int(net_indptr[group + 1]))
        for node in range(int(tree_indptr[tree]), int(tree_indptr[tree + 1])):
            ways = [
                _way(node, int(net_entry[net]), children.get(node, []), node_end) for net in nets
            ]
            arrays = node_in_link, node_out_links, node_goes_up, node_is_core
            if len(set(ways)) == 1:
                blocks = slice(*block_indptr[group : group + 2])
                n_blocks = int(block_indptr[group + 1] - block_indptr[group])
                entries = zip(
                    block_key[blocks], block_mask[blocks], ways[:1] * n_blocks, strict=True
                )
            else:
                entries = zip(net_key[nets], net_mask[nets], ways, strict=True)
            for key, mask, way in entries:
                comes, in_link, out = _passage(node, way, *arrays)
                if comes:
                    chip = int(node_chip[node])
                    out |= int(cores.get(chip, 0))
                    is_default = in_link >= 0 and out == 1 << opposite(in_link)
                    rows.append((chip, int(key), int(mask), out, is_default))
    rows.sort()
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    indptr = np.searchsorted(columns[0], np.arange(n_chips + 1)).astype(np.int64)
    key, mask, route = (np.array(column, np.uint32) for column in columns[1:4])
    return indptr, key, mask, route, np.array(columns[4], bool)


ABOVE, HERE = -1, -2


def _way(node: int, entry: int, children: list[int], node_end: Longs) -> int:
    """Whence a net comes that enters at `entry`: from above, here, or from a child."""
    if entry == node:
        return HERE
    return next((child for child in children if child <= entry < node_end[child]), ABOVE)


def _passage(
    node: int,
    way: int,
    node_in_link: NDArray[np.int8],
    node_out_links: NDArray[np.uint8],
    node_goes_up: Bools,
    node_is_core: Bools,
) -> tuple[bool, int, int]:
    """Whether packets come this way, by which link, and by which links they leave."""
    out = int(node_out_links[node])
    if way == ABOVE:
        return bool(node_is_core[node]) or out != 0, int(node_in_link[node]), out
    if node_goes_up[node]:
        out |= 1 << int(node_in_link[node])
    if way == HERE:
        return True, -1, out
    in_link = opposite(int(node_in_link[way]))
    return bool(node_goes_up[way]), in_link, out & ~(1 << in_link)
