"""Packets as cores send them, and the time phase."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import FabricError
from router.packets import EmergencyState, Sends, time_phase


def sends(times, n=None):
    n = len(times) if n is None else n
    return Sends(
        np.array(times, np.int64),
        np.arange(n, dtype=np.int32),
        np.zeros(n, np.uint32),
        np.zeros(n, bool),
    )


@pytest.mark.parametrize("times", [[], [0], [3, 3, 4]])
def test_times_that_never_fall(times):
    assert len(sends(times)) == len(times)


@pytest.mark.parametrize("times", [[-1], [-1, 0], [2, 1], [0, 5, 4]])
def test_times_that_fall_or_are_negative(times):
    with pytest.raises(
        FabricError, match=r"must not be negative and must not fall; use Sends\.sort"
    ):
        sends(times)


def test_arrays_of_one_length():
    with pytest.raises(FabricError, match="expected one length"):
        sends([0, 1], n=3)
    with pytest.raises(FabricError, match="expected one length"):
        Sends(*(np.zeros((2, 2), dtype) for dtype in (np.int64, np.int32, np.uint32, bool)))


def test_arrays_cannot_be_changed():
    packets = Sends.sort([2, 1], 0, 7)
    for array in (packets.time_ps, packets.core, packets.key, packets.has_payload):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 0xFFFFFFFF), st.booleans()),
        min_size=1,
    )
)
def test_sort_is_by_time_then_core_then_as_given(lines):
    packets = Sends.sort(*zip(*lines, strict=True))
    found = list(zip(packets.time_ps, packets.core, packets.key, packets.has_payload, strict=True))
    assert found == sorted(lines, key=lambda line: line[:2])
    assert [a.dtype for a in (packets.time_ps, packets.core, packets.key, packets.has_payload)] == [
        np.int64,
        np.int32,
        np.uint32,
        np.bool_,
    ]


def test_sort_takes_one_value_for_all():
    packets = Sends.sort([5, 4, 4], [1, 2, 1], 0xFFFFFFFF, True)
    assert packets.time_ps.tolist() == [4, 4, 5]
    assert packets.core.tolist() == [1, 2, 1]
    assert packets.key.tolist() == [0xFFFFFFFF] * 3
    assert packets.has_payload.all()
    assert len(Sends.sort([], [], 0)) == 0
    with pytest.raises(FabricError, match="must not be negative"):
        Sends.sort([-1, 0], 0, 0)


def test_sort_does_not_touch_what_it_is_given():
    times = np.array([3, 1], np.int64)
    Sends.sort(times, 0, 0)
    times[0] = 2  # still writable
    assert times.tolist() == [2, 1]


@given(st.integers(0, 10**15), st.integers(1, 10**12))
def test_the_phase_is_a_gray_code_of_four_phases(time_ps, phase_ps):
    now = time_phase(time_ps, phase_ps)
    assert now == [0b00, 0b01, 0b11, 0b10][time_ps // phase_ps % 4]
    # one phase later a single bit differs, two phases later both do, after four none
    assert (now ^ time_phase(time_ps + phase_ps, phase_ps)).bit_count() == 1
    assert now ^ time_phase(time_ps + 2 * phase_ps, phase_ps) == 0b11
    assert now == time_phase(time_ps + 4 * phase_ps, phase_ps)


@given(st.integers(0, 10**15))
def test_without_a_phase_nothing_ages(time_ps):
    assert time_phase(time_ps, 0) == 0


def test_emergency_states_are_the_bits_of_the_control_byte():
    """SpiNNaker datasheet v2.02, 8.3: 00 normal, 01 first leg and normal, 10 first, 11 second."""
    assert [int(state) for state in EmergencyState] == [0b00, 0b01, 0b10, 0b11]
    assert [state.name for state in EmergencyState] == [
        "NORMAL",
        "DIVERTED_WITH_NORMAL",
        "DIVERTED",
        "REVERTING",
    ]
