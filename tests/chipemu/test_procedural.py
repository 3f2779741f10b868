"""Rows made for each spike: the same results as with stored ones, in little room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import compiled_engine, reference_engine
from chipemu.compiled_engine import Cores
from chipemu.procedural import rows
from chipemu.recording import Sampling, join
from host.numerics import Numerics
from mapping.graph import Layout
from tests.chipemu.test_compiled_engine import bursting
from tests.parity.test_chipemu import assert_same, image_of, networks

N_STEPS = 30


def images(spec, layout=Layout.ENSEMBLE, n_threads=1):
    """The same network, stored and procedural."""
    synapse_cores = 2 if layout is Layout.ENSEMBLE else 1
    stored, procedural = (
        image_of(spec, layout, 5, synapse_cores, Numerics(seed=5, is_procedural=made), n_threads)
        for made in (False, True)
    )
    return stored, procedural


@settings(max_examples=60)
@given(networks(), st.sampled_from(Layout), st.integers(1, 3), st.integers(1, 40))
def test_the_same_results(spec, layout, n_threads, room):
    stored, procedural = images(spec, layout, n_threads)
    sampling = Sampling(np.arange(stored.n_neurons), 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "FIRST_ROOM", room)
        found = compiled_engine.run(
            procedural, N_STEPS, sampling=sampling, n_threads=n_threads, steps_per_call=7
        )
    assert_same(found, compiled_engine.run(stored, N_STEPS, sampling=sampling))


@settings(max_examples=15)
@given(networks())
def test_the_readable_engine_makes_rows_too(spec):
    stored, procedural = images(spec)
    assert_same(reference_engine.run(procedural, 20), compiled_engine.run(stored, 20))
    assert procedural.matrix.n_synapses == stored.matrix.n_synapses
    for row in range(stored.row_channel.size):
        for made, kept in zip(procedural.matrix.row(row), stored.matrix.row(row), strict=True):
            np.testing.assert_array_equal(made, kept)


@settings(max_examples=30)
@given(networks(), st.integers(0, N_STEPS), st.booleans())
def test_a_snapshot_goes_on_with_rows_stored_or_made(spec, middle, was_stored):
    stored, procedural = images(spec)
    before, after = (stored, procedural) if was_stored else (procedural, stored)
    cores = Cores(before)
    parts = [cores.advance(0)]
    while cores.step < middle:
        parts.append(cores.advance(middle - cores.step))
    cores = Cores(after, snapshot=cores.snapshot())
    while cores.step < N_STEPS:
        parts.append(cores.advance(N_STEPS - cores.step))
    assert_same(join(parts), compiled_engine.run(stored, N_STEPS))


def test_room_does_not_grow_with_the_run(monkeypatch):
    """The ring is gone round often: rows lie before and behind the oldest."""
    monkeypatch.setattr(rows, "FIRST_ROOM", 64)
    stored, procedural = images(bursting())
    cores = Cores(procedural)
    heads, sizes, parts = set(), [], []
    while cores.step < 300:
        parts.append(cores.advance(3))
        made = cores._rows.made
        heads.add(int(made.head[0]))
        sizes.append(made.pool.size)
    assert len(heads) > 10
    assert sizes[100:] == sizes[100:101] * len(sizes[100:])
    n_live = procedural.matrix.n_delays * int(cores._rows.made.size.sum())
    assert sizes[-1] < 4 * n_live
    assert_same(join(parts), compiled_engine.run(stored, cores.step))
