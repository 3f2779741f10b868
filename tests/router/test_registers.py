"""The time-out registers, against the formula of the datasheet."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import FabricError
from router.registers import FOREVER, wait_byte, wait_cycles, wait_exponent


def datasheet_cycles(byte):
    """SpiNNaker datasheet v2.02, 10.11, r0: (M + 16 - 2^(4-E)) 2^E, or (M + 16) 2^E if E > 4."""
    mantissa, exponent = byte % 16, byte // 16
    less = Fraction(2) ** (4 - exponent) if exponent <= 4 else 0
    return (mantissa + 16 - less) * Fraction(2) ** exponent


@pytest.mark.parametrize("byte", range(FOREVER))
def test_every_byte_stands_for_the_datasheets_cycles(byte):
    assert wait_cycles(byte) == datasheet_cycles(byte)
    assert wait_byte(wait_cycles(byte)) == byte
    assert wait_exponent(wait_cycles(byte)) == byte // 16


def test_what_the_datasheet_says_of_the_bytes():
    assert wait_cycles(0x00) == 0
    assert wait_cycles(0xFF) is None
    cycles = [wait_cycles(byte) for byte in range(FOREVER)]
    assert all(isinstance(c, int) for c in cycles)
    assert cycles == sorted(set(cycles))  # increases monotonically


@pytest.mark.parametrize(
    ("cycles", "byte"), [(0, 0x00), (240, 0x40), (480, 0x4F), (512, 0x50), (None, 0xFF)]
)
def test_known_values(cycles, byte):
    assert wait_byte(cycles) == byte
    assert wait_cycles(byte) == cycles
    assert wait_exponent(cycles) == byte >> 4


@given(st.integers(-5, 1_100_000))
def test_cycles_that_no_byte_holds_are_refused_with_the_nearest(cycles):
    can_hold = [datasheet_cycles(byte) for byte in range(FOREVER)]
    if cycles in can_hold:
        assert wait_cycles(wait_byte(cycles)) == cycles
        return
    near = [c for c in can_hold if c < cycles][-1:] + [c for c in can_hold if c > cycles][:1]
    with pytest.raises(FabricError) as caught:
        wait_byte(cycles)
    assert str(caught.value) == (
        f"no time-out register holds {cycles} cycles; the nearest it can hold: "
        + " or ".join(map(str, near))
    )
    with pytest.raises(FabricError):
        wait_exponent(cycles)


@pytest.mark.parametrize("cycles", [17, 239, 241, 481, datasheet_cycles(0xFE) + 1])
def test_some_that_no_byte_holds(cycles):
    with pytest.raises(FabricError, match="the nearest it can hold"):
        wait_byte(int(cycles))


@pytest.mark.parametrize("byte", [-1, 256, 0x140])
def test_no_byte(byte):
    with pytest.raises(FabricError, match=f"holds 0 to 255, got {byte}"):
        wait_cycles(byte)
