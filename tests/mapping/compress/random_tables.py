"""Tables like those that `build_tables` makes: disjoint blocks of keys, few routes."""

import numpy as np
from hypothesis import strategies as st

from mapping.tables import MadeTables
from router import RoutingTables

LINKS = [1 << link for link in range(6)]


def made_of(*chips):
    """`MadeTables` of rows of key, mask, route and, if True, default; one list for each chip."""
    sizes = [0, *(len(rows) for rows in chips)]
    rows = [(*row, False)[:4] for chip in chips for row in sorted(chip)]
    columns = np.array([row[:3] for row in rows], np.uint32).reshape(-1, 3).T
    tables = RoutingTables(np.cumsum(sizes), *(column.copy() for column in columns))
    return MadeTables(tables, np.array([row[3] for row in rows], bool))


def tables_of(*chips):
    """`RoutingTables` of rows of key, mask and route in the order given; one list per chip."""
    sizes = [0, *(len(rows) for rows in chips)]
    columns = np.array([row for rows in chips for row in rows], np.uint32).reshape(-1, 3).T
    return RoutingTables(np.cumsum(sizes), *(column.copy() for column in columns))


def rows_of(tables, chip=0):
    """Rows of key, mask and route of one chip."""
    one = tables.of_chip(chip)
    return list(zip(one.key.tolist(), one.mask.tolist(), one.route.tolist(), strict=True))


@st.composite
def random_made(draw):
    """`MadeTables` of one to three chips, with or without gaps between the blocks of keys.

    Default entries go straight on by one link; others may have the same route.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_bits, shift = draw(st.sampled_from([3, 6])), draw(st.sampled_from([0, 4, 26]))
    share_of_gaps, n_routes = draw(st.sampled_from([0.0, 0.3])), draw(st.integers(1, 6))
    routes = np.append(rng.integers(1, 1 << 24, n_routes), rng.choice(LINKS, 2))
    chips = []
    for _ in range(draw(st.integers(1, 3))):
        rows, pending = [], [(0, n_bits)]
        while pending:
            key, bits = pending.pop()
            if bits and rng.random() < 0.8:
                pending += [(key, bits - 1), (key | 1 << (bits - 1), bits - 1)]
            elif rng.random() >= share_of_gaps:
                route = int(rng.choice(routes))
                is_default = route in LINKS and bool(rng.random() < 0.7)
                mask = (1 << 32) - (1 << (bits + shift))
                rows.append((key << shift, mask, route, is_default))
        chips.append(rows)
    return made_of(*chips)
