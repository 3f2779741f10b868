"""Fabrics made by hand."""

import pytest

from router import RoutingTables
from tests.router.by_hand import FABRICS, PARAMS, table


@pytest.fixture(params=FABRICS)
def make(request):
    """Makes a fabric from tables written as ``{(x, y): {key: route}}``."""

    def made(topology, routes, params=PARAMS, **options):
        tables = [table(routes.get(tuple(position), {})) for position in topology.xy.tolist()]
        return request.param(topology, RoutingTables.join(tables), params, **options)

    return made
