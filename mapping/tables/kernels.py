"""Compiled inner loops of tables; the readable forms are in `mapping.tables.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import inlined_kernel, kernel

__all__ = ["list_entries"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Bools = NDArray[np.bool_]


@inlined_kernel
def _one_side(node: int, n_nets: int, node_end: Longs, entering: Longs) -> bool:
    # whether all nets of a group come to a node by the same side; before node n entering[n] enter
    n_inside = entering[node_end[node]] - entering[node]
    if n_inside == 0 or entering[node + 1] - entering[node] == n_nets:
        return True
    if n_inside < n_nets or entering[node + 1] > entering[node]:
        return False
    child = node + 1
    while entering[node_end[child]] == entering[node]:
        child = node_end[child]
    return entering[node_end[child]] - entering[child] == n_nets


@inlined_kernel
def _passage(
    node: int,
    entry: int,
    node_in_link: NDArray[np.int8],
    node_end: Longs,
    node_out_links: NDArray[np.uint8],
    node_goes_up: Bools,
    node_is_core: Bools,
) -> tuple[bool, int, np.uint32]:
    # whether packets that enter at `entry` come to a node, by which link, and where they go on
    out = np.uint32(node_out_links[node])
    if entry < node or entry >= node_end[node]:
        return node_is_core[node] or node_out_links[node] != 0, int(node_in_link[node]), out
    if node_goes_up[node]:
        out |= np.uint32(1 << int(node_in_link[node]))
    if entry == node:
        return True, -1, out
    child = node + 1
    while node_end[child] <= entry:
        child = node_end[child]
    in_link = (int(node_in_link[child]) + 3) % 6
    return node_goes_up[child], in_link, out & ~np.uint32(1 << in_link)


@kernel
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
    """List the entries of all chips; parameters as in `mapping.tables.reference`."""
    n_nodes = node_chip.size
    counts = np.zeros(n_chips + 1, np.int64)
    cores_on = np.zeros(n_chips, np.uint32)
    entering = np.zeros(n_nodes + 1, np.int64)  # nets of the group that enter before a node
    for is_filling in range(2):
        if is_filling:
            indptr = np.cumsum(counts)
            free = indptr[:-1].copy()
            keys = np.empty(indptr[-1], np.uint32)
            masks = np.empty(indptr[-1], np.uint32)
            routes = np.empty(indptr[-1], np.uint32)
            straight = np.empty(indptr[-1], np.bool_)
        for group in range(group_tree.size):
            first, stop = tree_indptr[group_tree[group]], tree_indptr[group_tree[group] + 1]
            nets, nets_stop = net_indptr[group], net_indptr[group + 1]
            n_nets = nets_stop - nets
            targets = group_set[group]
            for at in range(delivery_indptr[targets], delivery_indptr[targets + 1]):
                cores_on[delivery_chip[at]] = delivery_cores[at]
            entering[first : stop + 1] = 0
            for net in range(nets, nets_stop):
                entering[net_entry[net] + 1] += 1
            for node in range(first, stop):
                entering[node + 1] += entering[node]
            for node in range(first, stop):
                chip = node_chip[node]
                one_side = _one_side(node, n_nets, node_end, entering)
                n_entries = block_indptr[group + 1] - block_indptr[group] if one_side else n_nets
                for at in range(n_entries):
                    comes, in_link, out = _passage(
                        node,
                        net_entry[nets if one_side else nets + at],
                        node_in_link,
                        node_end,
                        node_out_links,
                        node_goes_up,
                        node_is_core,
                    )
                    if not comes:
                        continue
                    if not is_filling:
                        counts[chip + 1] += 1
                        continue
                    place = free[chip]
                    free[chip] += 1
                    route = out | cores_on[chip]
                    keys[place] = (
                        block_key[block_indptr[group] + at] if one_side else net_key[nets + at]
                    )
                    masks[place] = (
                        block_mask[block_indptr[group] + at] if one_side else net_mask[nets + at]
                    )
                    routes[place] = route
                    straight[place] = in_link >= 0 and route == np.uint32(1 << ((in_link + 3) % 6))
            for at in range(delivery_indptr[targets], delivery_indptr[targets + 1]):
                cores_on[delivery_chip[at]] = 0
    for chip in range(n_chips):
        part = slice(indptr[chip], indptr[chip + 1])
        order = np.argsort(keys[part])
        keys[part] = keys[part][order]
        masks[part] = masks[part][order]
        routes[part] = routes[part][order]
        straight[part] = straight[part][order]
    return indptr, keys, masks, routes, straight
