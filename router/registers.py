"""The router's time-out registers: a small floating-point number of clock cycles in a byte.

The low nibble of the byte is the mantissa M, the high nibble the exponent E. It stands for
``(M + 16 - 2**(4 - E)) * 2**E`` cycles if E is at most 4, else for ``(M + 16) * 2**E``; 0xFF waits
for ever. Source: SpiNNaker datasheet v2.02, 10.11, register r0.
"""

from bisect import bisect_left

from router.errors import FabricError

__all__ = ["FOREVER", "wait_byte", "wait_cycles", "wait_exponent"]

FOREVER = 0xFF
"""The byte that never times out."""


def wait_cycles(byte: int) -> int | None:
    """Clock cycles that `byte` stands for; None: for ever.

    Raises
    ------
    FabricError
        If `byte` is none.

    Examples
    --------
    >>> wait_cycles(0x40), wait_cycles(0x4F), wait_cycles(0xFF)
    (240, 480, None)
    """
    if not 0 <= byte <= 0xFF:
        msg = f"a time-out register holds 0 to 255, got {byte}"
        raise FabricError(msg)
    if byte == FOREVER:
        return None
    mantissa, exponent = byte & 0xF, byte >> 4
    if exponent <= 4:
        return (mantissa + 16 - (1 << (4 - exponent))) << exponent
    return (mantissa + 16) << exponent


_CYCLES = [wait_cycles(byte) or 0 for byte in range(FOREVER)]
"""Cycles of each byte but the last; they increase."""


def wait_byte(cycles: int | None) -> int:
    """Byte that stands for `cycles` clock cycles.

    Parameters
    ----------
    cycles : int or None
        None: for ever.

    Raises
    ------
    FabricError
        If no byte does; names the nearest numbers that a byte can hold.

    Examples
    --------
    >>> hex(wait_byte(240)), hex(wait_byte(480))
    ('0x40', '0x4f')
    """
    if cycles is None:
        return FOREVER
    byte = bisect_left(_CYCLES, cycles)
    if byte < len(_CYCLES) and _CYCLES[byte] == cycles:
        return byte
    near = " or ".join(str(c) for c in _CYCLES[max(0, byte - 1) : byte + 1])
    msg = f"no time-out register holds {cycles} cycles; the nearest it can hold: {near}"
    raise FabricError(msg)


def wait_exponent(cycles: int | None) -> int:
    """Exponent of the byte that stands for `cycles`: the unit of the delay histogram is its power.

    Examples
    --------
    >>> wait_exponent(240)
    4
    """
    return wait_byte(cycles) >> 4
