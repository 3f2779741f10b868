"""Each kernel of placers against its readable form."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.place import kernels, reference
from mapping.place.anneal import THRESHOLDS
from router import mesh, spinn5_boards

quick = settings(deadline=None, max_examples=60)


def test_every_kernel_has_a_readable_form():
    assert sorted(kernels.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize("name", kernels.__all__)
def test_parameters_are_the_same(name):
    fast = getattr(kernels, name)
    expected = list(inspect.signature(getattr(reference, name)).parameters)
    assert list(inspect.signature(getattr(fast, "py_func", fast)).parameters) == expected


chips = st.lists(st.integers(0, 20), min_size=0, max_size=12).map(lambda x: np.array(x, np.int64))
needs = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), max_size=20)
memory = st.sampled_from([6, 12, 1000])


@quick
@given(chips, memory, needs)
def test_next_fit(free_cores, most_sdram, groups):
    cores, sdram = np.array(groups, np.int64).reshape(-1, 2).T.copy()
    arguments = free_cores, most_sdram, cores, sdram
    expected = reference.next_fit(*arguments)
    assert kernels.next_fit(*arguments).tolist() == expected.tolist()


@quick
@given(chips, memory, needs, st.integers(1, 4), st.booleans())
def test_fill_densely(free_cores, most_sdram, groups, power, is_even):
    cores, sdram = np.array(groups, np.int64).reshape(-1, 2).T.copy()
    cores = 1 + cores % 4 * 2 if is_even else cores
    sizes, number = np.unique(cores, return_inverse=True)
    stream = np.argsort(number, kind="stable")
    indptr = np.searchsorted(number[stream], np.arange(len(sizes) + 1))
    arguments = free_cores, most_sdram, sizes, sizes**power, indptr, stream, sdram
    if not len(sizes):
        return
    expected = reference.fill_densely(*arguments)
    assert kernels.fill_densely(*arguments).tolist() == expected.tolist()


@quick
@given(chips, memory, needs, st.integers(0, 3), st.integers(0, 999))
def test_keep_in_step(free_cores, most_sdram, groups, n_kinds, seed):
    rng = np.random.default_rng(seed)
    cores, sdram = np.array(groups, np.int64).reshape(-1, 2).T.copy()
    cores %= 3
    sizes, size = np.unique(cores, return_inverse=True)
    stream = np.argsort(size, kind="stable")
    indptr = np.searchsorted(size[stream], np.arange(len(sizes) + 1))
    left = np.diff(indptr)
    counts = np.zeros((0, len(sizes)), np.int64)
    for _ in range(n_kinds):
        taken = rng.integers(0, left + 1)
        if taken.any():
            counts, left = np.vstack([counts, taken]), left - taken
    room = rng.choice([*free_cores.tolist(), 3], len(counts)).astype(np.int64)
    arguments = (
        free_cores, most_sdram, room, counts, np.ones(len(counts), np.int64), indptr, stream, sdram
    )  # fmt: skip
    expected = reference.keep_in_step(*arguments)
    assert kernels.keep_in_step(*arguments).tolist() == expected.tolist()


@st.composite
def topologies(draw):
    faults = {
        "dead_chips": draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=2)),
        "dead_links": draw(
            st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), max_size=9)
        ),
    }
    if draw(st.booleans()):
        return spinn5_boards(draw(st.integers(1, 3)), **faults)
    return mesh(
        draw(st.integers(5, 7)), draw(st.integers(4, 6)), wrap=draw(st.booleans()), **faults
    )


@quick
@given(topologies(), st.integers(1, 3))
def test_hops_between(topology, step):
    arguments = topology.neighbours, np.arange(0, topology.n_chips, step)
    expected = reference.hops_between(*arguments)
    assert np.array_equal(kernels.hops_between(*arguments), expected)


@st.composite
def annealings(draw):
    """Groups on a small machine, with random weights between sets of twins."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    topology = draw(topologies())
    n = min(topology.n_chips, 20)
    chips = np.sort(rng.choice(topology.n_chips, n, replace=False))
    n_groups, capacity = draw(st.integers(2, 25)), draw(st.sampled_from([6, 12]))
    cores, sdram = rng.integers(1, 4, n_groups), rng.integers(0, 5, n_groups)
    twin = np.sort(rng.integers(0, draw(st.integers(1, n_groups)), n_groups))
    twin = np.unique(twin, return_inverse=True)[1]
    n_members = np.bincount(twin)
    weight = np.triu(rng.integers(0, 50, (len(n_members),) * 2) * rng.integers(0, 2))
    weight = weight + np.triu(weight, 1).T
    weight[np.diag(n_members == 1)] = 0
    first, other = np.nonzero(weight)
    hops = reference.hops_between(topology.neighbours, chips)
    hops[hops < 0] = 99
    place, free_cores, free_sdram = (
        np.zeros(n_groups, np.int64),
        np.full(n, capacity),
        np.full(n, 14),
    )
    for group in range(n_groups):
        fits = (free_cores >= cores[group]) & (free_sdram >= sdram[group])
        place[group] = at = rng.choice(np.flatnonzero(fits))
        free_cores[at] -= cores[group]
        free_sdram[at] -= sdram[group]
    seated, slot = np.full((n, 26), -1), np.zeros_like(place)
    n_seated = np.bincount(place, minlength=n)
    for chip in range(n):
        groups = np.flatnonzero(place == chip)
        seated[chip, : len(groups)], slot[groups] = groups, np.arange(len(groups))
    several = n_members > 1
    field_row = np.where(several, np.cumsum(several) - 1, -1)
    field = np.zeros((several.sum(), n), np.int32)
    for one in np.flatnonzero(several):
        field[field_row[one]] = hops[:, place[twin == one]].sum(axis=1)
    place_at = np.full((topology.width, topology.height), -1, np.int32)
    place_at[tuple(topology.xy[chips].T)] = np.arange(n)
    fixed = (
        cores, sdram, twin, np.searchsorted(first, np.arange(len(n_members) + 1)), other,
        weight[first, other], np.unique(twin, return_index=True)[1], field_row,
        hops.ravel(), np.arange(n) * n, np.arange(n),
        topology.xy[chips], place_at, topology.wrap, THRESHOLDS,
    )  # fmt: skip
    state = place, slot, seated, n_seated, free_cores, free_sdram, field
    window = draw(st.sampled_from([1, 2, 4, 99]))
    control = draw(st.integers(0, 2**62)), draw(st.integers(0, 2**40)), 60, window
    return fixed, state, (*control, draw(st.sampled_from([0.0, 20.0, 1e3])))


@settings(deadline=None, max_examples=40)
@given(annealings())
def test_anneal(case):
    fixed, state, control = case
    slow, fast = ([array.copy() for array in state] for _ in range(2))
    expected = reference.anneal(*fixed, *slow, *control)
    assert kernels.anneal(*fixed, *fast, *control) == expected
    for name, a, b in zip(("place", "slot"), slow[:2], fast[:2], strict=True):
        assert a.tolist() == b.tolist(), name
    n_seated = slow[3].tolist()
    assert fast[3].tolist() == n_seated
    for chip, n in enumerate(n_seated):
        assert slow[2][chip, :n].tolist() == fast[2][chip, :n].tolist()
    for a, b in zip(slow[4:], fast[4:], strict=True):
        assert np.array_equal(a, b)
