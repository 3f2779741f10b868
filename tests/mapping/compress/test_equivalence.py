"""The proof that tables give the same routes must find every difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.compress import COMPRESSORS, first_difference
from router import RoutingTables
from tests.mapping.compress.random_tables import made_of, random_made, tables_of


def keys_of(key, mask):
    """All keys of an entry, of many those at which all bits but some are equal."""
    free = [bit for bit in range(32) if not int(mask) >> bit & 1]
    keys = np.array([key], np.uint32)
    for bit in free[:3] + free[3:][-6:]:
        keys = np.concatenate([keys, keys | np.uint32(1 << bit)])
    return keys


def differs(made, tables):
    """Whether some key of an entry has another route, key by key."""
    for chip in range(made.tables.n_chips):
        before, after = made.tables.of_chip(chip), tables.of_chip(chip)
        default = made.is_default[made.tables.indptr[chip] : made.tables.indptr[chip + 1]]
        for entry in range(len(before)):
            found = after.lookup_many(keys_of(before.key[entry], before.mask[entry]))
            if not default[entry] and (found < 0).any():
                return True
            if (after.route[found[found >= 0]] != before.route[entry]).any():
                return True
    return False


@pytest.mark.parametrize("name", COMPRESSORS)
@given(made=random_made())
def test_compressors_keep_all_routes(name, made):
    tables = COMPRESSORS[name](made, None)
    assert first_difference(made, tables) is None
    assert not differs(made, tables)
    assert (tables.n_entries <= made.tables.n_entries).all()
    if name == "ordered":
        assert (tables.n_entries <= COMPRESSORS["pair"](made, None).n_entries).all()


@given(random_made(), st.sampled_from(sorted(COMPRESSORS)), st.integers(0, 2**32))
def test_faults_are_found(made, name, seed):
    tables = COMPRESSORS[name](made, None)
    rng = np.random.default_rng(seed)
    key, mask, route = (getattr(tables, one).copy() for one in ("key", "mask", "route"))
    order = np.arange(len(key))
    for _ in range(rng.integers(1, 4) if len(key) else 0):
        entry = rng.integers(len(key))
        match rng.integers(4):
            case 0:
                mask[entry] &= ~(np.uint32(1) << np.uint32(rng.integers(32)))
            case 1:
                route[entry] ^= np.uint32(1) << np.uint32(rng.integers(24))
            case 2:
                key[entry] ^= np.uint32(1) << np.uint32(rng.integers(32))
            case _:
                chip = np.searchsorted(tables.indptr, entry, side="right") - 1
                rng.shuffle(order[tables.indptr[chip] : tables.indptr[chip + 1]])
        key[entry] &= mask[entry]
    wrong = RoutingTables(tables.indptr, key[order], mask[order], route[order])
    assert (first_difference(made, wrong) is not None) == differs(made, wrong)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([], "key 0x00000004 has no entry on chip 1, expected 0x000040"),
        ([(4, 14, 64), (0, 12, 2)], "key 0x00000006 has no entry on chip 1, expected 0x000040"),
        ([(0, 12, 2), (4, 12, 64), (7, 15, 2)], None),
        ([(7, 15, 2), (4, 12, 64)], "key 0x00000007 has the route 0x000002 on chip 1, expected"),
        ([(3, 3, 64), (4, 12, 64)], "key 0x00000003 has the route 0x000040 on chip 1, expected"),
        ([(4, 12, 64), (0, 0, 2)], None),
        ([(4, 12, 64), (0, 0, 4)], "key 0x00000000 has the route 0x000004 on chip 1, expected"),
        ([(4, 12, 64), (2, 6, 4)], "key 0x00000002 has the route 0x000004 on chip 1, expected"),
    ],
)
def test_what_is_said(tables, message):
    made = made_of([], [(4, 12, 64), (0, 12, 2, True)])
    found = first_difference(made, tables_of([], tables))
    assert found is None if message is None else found.startswith(message)


def test_tables_of_another_machine():
    assert first_difference(made_of([], []), tables_of([])) == (
        "there are tables for 1 chips, expected 2"
    )
