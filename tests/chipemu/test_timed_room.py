"""The compiled engine gives the same however often it must return to have room made."""

import numpy as np
import pytest
from hypothesis import given, settings

from chipemu import timed_engine
from chipemu.timed import layout, traffic
from tests.chipemu.test_cores_books import N_STEPS, cases


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (layout, "LOG_ENTRIES", 1),
        (traffic, "PACKETS_AT_ONCE", 33),
        (traffic, "ROOM", 0),
        (traffic, "PACKETS_TO_DROP", 0),
    ],
)
def test_little_room(module, name, value):
    @settings(max_examples=25, database=None, derandomize=True)
    @given(cases())
    def compare(case):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, value)
            little = case.run(timed_engine.run, N_STEPS).timed
        much = case.run(timed_engine.run, N_STEPS).timed
        assert np.array_equal(little.stretches[0].cores, much.stretches[0].cores)
        assert np.array_equal(little.recording.v_raw, much.recording.v_raw)

    compare()
