"""The limit of the router."""

import pytest

from mapping import Budgets, DoesNotFitError, Machine
from mapping.compress import check_sizes
from router import mesh
from tests.mapping.compress.random_tables import tables_of


def test_tables_that_stay_too_large_name_the_chip():
    machine = Machine(mesh(2, 1), Budgets(table_entries=2))
    full = [(0, 15, 1), (1, 15, 2), (4, 15, 3)]
    with pytest.raises(DoesNotFitError, match=r"chip \(1, 0\) \(entries\): need 3, limit 2"):
        check_sizes(tables_of([], full), machine)
    check_sizes(tables_of(full[:2], full[1:]), machine)


def test_no_tables_fit():
    check_sizes(tables_of(), Machine(mesh(2, 1), Budgets(table_entries=0)))
    check_sizes(tables_of([], []), Machine(mesh(2, 1), Budgets(table_entries=0)))
