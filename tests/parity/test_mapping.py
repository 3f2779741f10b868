"""Each kernel of mapping against its readable form."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping import kernels, reference
from router import mesh, spinn5_boards

PAIRS = [(name, getattr(reference, name), getattr(kernels, name)) for name in kernels.__all__]


def python_form(function):
    return getattr(function, "py_func", function)


def test_every_kernel_has_a_readable_form():
    assert sorted(kernels.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize(("name", "readable", "fast"), PAIRS, ids=[p[0] for p in PAIRS])
def test_parameters_are_the_same(name, readable, fast):
    expected = list(inspect.signature(readable).parameters)
    assert list(inspect.signature(python_form(fast)).parameters) == expected


def grow(function, topology, source, targets, radius):
    n = topology.n_chips
    scratch = np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int8)
    dtypes = np.int32, np.int8, np.uint8, np.int32
    nodes = [np.zeros(n, dtype) for dtype in dtypes]
    n_nodes = function(
        topology.neighbours, topology.xy, topology.chip_id, topology.wrap,
        source, targets, radius, *scratch, *nodes,
    )  # fmt: skip
    return n_nodes, [column[: max(0, n_nodes)].tolist() for column in nodes]


@st.composite
def journeys(draw):
    places = st.tuples(st.integers(0, 5), st.integers(0, 4))
    faults = {
        "dead_chips": draw(st.sets(st.tuples(st.integers(1, 5), st.integers(1, 4)), max_size=6)),
        "dead_links": [
            (*place, link)
            for place, link in draw(st.sets(st.tuples(places, st.integers(0, 5)), max_size=25))
        ],
    }
    kind = draw(st.sampled_from(["mesh", "torus", "boards"]))
    if kind == "boards":
        faults["dead_chips"] = {(x, y) for x, y in faults["dead_chips"] if x <= 4 and y <= 3}
        faults["dead_links"] = [
            (x, y, link) for x, y, link in faults["dead_links"] if x <= 4 and y <= 3
        ]
        topology = spinn5_boards(draw(st.sampled_from([1, 2, 3])), **faults)
    else:
        size = draw(st.integers(6, 9)), draw(st.integers(5, 8))
        topology = mesh(*size, wrap=kind == "torus", **faults)
    chips = st.integers(0, topology.n_chips - 1)
    source = draw(chips)
    targets = np.array(sorted(draw(st.sets(chips, max_size=30))), np.int32)
    if draw(st.booleans()):
        targets = targets[np.argsort(topology.distance(source, targets), kind="stable")]
    return topology, source, targets, draw(st.sampled_from([0, 1, 3, 20]))


@pytest.mark.parametrize("form", [lambda f: f, python_form], ids=["compiled", "python"])
@settings(deadline=None, max_examples=100)
@given(journeys())
def test_grow_tree(form, journey):
    expected = grow(reference.grow_tree, *journey)
    assert grow(form(kernels.grow_tree), *journey) == expected
