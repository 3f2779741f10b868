"""What all placers must do, for random graphs on damaged machines."""

import importlib.util
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mapping import Budgets, DoesNotFitError, Machine, SpecError
from mapping.place import PLACERS, Search, traffic_hops
from mapping.place.fill import group_needs
from router import mesh
from tests.mapping.place.graphs import check_placed, graphs, machines, make_graph, ring

HAS_METIS = importlib.util.find_spec("pymetis") is not None
needs_metis = pytest.mark.skipif(not HAS_METIS, reason="pymetis is not installed")
NAMES = [pytest.param(n, marks=needs_metis if n == "metis" else ()) for n in sorted(PLACERS)]


def placement_or_error(name, graph, machine, search):
    try:
        return PLACERS[name](graph, machine, search)
    except DoesNotFitError as error:
        return error


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(graphs(), machines(), st.integers(0, 2**70))
def test_placed_within_budgets_or_refused_with_reason(name, graph, machine, seed):
    search = Search(seed=seed, moves=300)
    refused = placement_or_error("hilbert", graph, machine, Search())
    if isinstance(refused, DoesNotFitError):
        assert refused.need > refused.limit
        assert refused.remedy
        with pytest.raises(DoesNotFitError, match=re.escape(str(refused))):
            PLACERS[name](graph, machine, search)
        return
    placement = PLACERS[name](graph, machine, search)
    check_placed(graph, placement, machine)
    assert traffic_hops(graph, placement, machine) >= 0
    again = PLACERS[name](graph, machine, search)
    assert np.array_equal(again.chip, placement.chip)
    assert np.array_equal(again.core, placement.core)


@pytest.mark.parametrize("name", NAMES)
def test_all_chips_dead(name):
    machine = Machine(mesh(1, 1, dead_chips=[(0, 0)]))
    with pytest.raises(DoesNotFitError, match="cores of one group on a chip: need 2, limit 0"):
        PLACERS[name](make_graph([2], [0], []), machine, Search())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("cores", "sdram", "resource"),
    [
        ([5] * 13, 1, "application cores"),
        ([17], 1, "cores of one group"),
        ([4] * 10, 20, "SDRAM of all chips"),
        ([2], 60, "SDRAM of one group"),
        ([9] * 5, 1, "chips, on which cores or SDRAM stay idle"),
        ([2] * 5, 35, "chips, on which cores or SDRAM stay idle"),
    ],
)
def test_what_cannot_be_placed_is_told(name, cores, sdram, resource):
    machine = Machine(mesh(2, 2), Budgets(sdram_bytes=100))
    graph = make_graph(cores, [sdram] * len(cores), [])
    with pytest.raises(DoesNotFitError, match=resource) as caught:
        PLACERS[name](graph, machine, Search())
    assert caught.value.need > caught.value.limit
    assert "use" in caught.value.remedy


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_place(name):
    graph = make_graph([1], [0], [])
    none = {field: getattr(graph, field)[:0] for field in ("role", "group", "sdram_bytes")}
    placement = PLACERS[name](replace(graph, **none), Machine(mesh(2, 2)), Search())
    assert placement.chip.size == 0


@pytest.mark.parametrize("name", [n for n in NAMES if n.values[0] not in {"hilbert", "sequential"}])
def test_locality_is_found(name):
    graph, machine = ring(), Machine(mesh(6, 6))
    plain = traffic_hops(graph, PLACERS["hilbert"](graph, machine, Search()), machine)
    found = traffic_hops(graph, PLACERS[name](graph, machine, Search()), machine)
    assert found < 0.5 * plain


def test_metis_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymetis", None)
    message = r"placer 'metis' needs pymetis; install chipemu\[place\] or choose"
    with pytest.raises(SpecError, match=message):
        PLACERS["metis"](ring(), Machine(mesh(6, 6)), Search())


def test_spectral_refuses_too_many(monkeypatch):
    monkeypatch.setattr("mapping.place.spectral.MOST_TWINS", 50)
    with pytest.raises(DoesNotFitError, match=r"'spectral' can order: need 60, limit 50; .*rcm"):
        PLACERS["spectral"](ring(), Machine(mesh(6, 6)), Search())


@pytest.mark.parametrize("name", ["anneal", "rcm", "spectral"])
def test_too_many_pairs_are_refused(monkeypatch, name):
    monkeypatch.setattr("mapping.place.traffic.MOST_PAIRS", 100)
    with pytest.raises(DoesNotFitError, match=r"pairs of groups .* need 480, limit 100; .*hilbert"):
        PLACERS[name](ring(), Machine(mesh(6, 6)), Search())


@given(graphs())
@settings(deadline=None, max_examples=30)
def test_groups_that_fit_one_by_one_find_room(graph):
    cores, sdram = group_needs(graph)
    assume(sdram.max() <= 300)
    machine = Machine(mesh(graph.n_groups, 1), Budgets(sdram_bytes=300))
    for name in ("sequential", "hilbert"):
        check_placed(graph, PLACERS[name](graph, machine, Search()), machine)
    assert cores.max() <= 7
