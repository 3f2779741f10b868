"""Compiled random words: the emulator's Philox, and the generators of the real tool chain.

Integers are treated as in `fixedpoint.kernels`; each kernel has its slow twin in
`fixedpoint.random.reference`, where the sources are given.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

MASK32 = 0xFFFFFFFF

PHILOX_M0 = 0xD2511F53
PHILOX_M1 = 0xCD9E8D57
PHILOX_W0 = 0x9E3779B9
PHILOX_W1 = 0xBB67AE85


@kernel
def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Four random words from a counter and a key of 32-bit words; wider ones are cut."""
    c0 = int(c0) & MASK32
    c1 = int(c1) & MASK32
    c2 = int(c2) & MASK32
    c3 = int(c3) & MASK32
    k0 = int(k0) & MASK32
    k1 = int(k1) & MASK32
    for _ in range(10):
        p0 = PHILOX_M0 * c0
        p1 = PHILOX_M1 * c2
        c0 = ((p1 >> 32) & MASK32) ^ c1 ^ k0
        c1 = p1 & MASK32
        c2 = ((p0 >> 32) & MASK32) ^ c3 ^ k1
        c3 = p0 & MASK32
        k0 = (k0 + PHILOX_W0) & MASK32
        k1 = (k1 + PHILOX_W1) & MASK32
    return c0, c1, c2, c3


@kernel
def philox_fill(
    first: int, c1: int, c2: int, c3: int, k0: int, k1: int, out: NDArray[np.int64]
) -> None:
    """Fill `out`, four equal parts, with the words of consecutive first counters.

    With ``n = len(out) // 4``, ``out[w * n + j]`` is word w of
    ``philox4x32(first + j, c1, c2, c3, k0, k1)``. The rounds stand here once more because only
    without a call does the loop become vector instructions, nine times as fast.
    """
    n = len(out) // 4
    for j in range(n):
        x0 = (int(first) + j) & MASK32
        x1 = int(c1) & MASK32
        x2 = int(c2) & MASK32
        x3 = int(c3) & MASK32
        y0 = int(k0) & MASK32
        y1 = int(k1) & MASK32
        for _ in range(10):
            p0 = PHILOX_M0 * x0
            p1 = PHILOX_M1 * x2
            x0 = ((p1 >> 32) & MASK32) ^ x1 ^ y0
            x1 = p1 & MASK32
            x2 = ((p0 >> 32) & MASK32) ^ x3 ^ y1
            x3 = p0 & MASK32
            y0 = (y0 + PHILOX_W0) & MASK32
            y1 = (y1 + PHILOX_W1) & MASK32
        out[j] = x0
        out[n + j] = x1
        out[2 * n + j] = x2
        out[3 * n + j] = x3


@kernel
def uniform_below(u: int, n: int) -> int:
    """A number in [0, n) from the random word `u`; n at most 2**31."""
    return (int(u) * int(n)) >> 32


@kernel
def invert(u: int, thresholds: NDArray[np.uint32], guide: NDArray[np.int32]) -> int:
    """Number of `thresholds` at most `u`: a draw from the distribution they describe."""
    u = int(u)
    k = int(guide[u >> 24])
    end = len(thresholds)
    while k < end and int(thresholds[k]) <= u:
        k += 1
    return k


@kernel
def sark_rand(x: int, c: int) -> tuple[int, int]:
    """One step of SARK's generator from state (x, c); the new x is the random word."""
    x = int(x)
    c = int(c)
    y = (((c & 1) << 31) | (x >> 1)) ^ ((x << 12) & MASK32)
    c = (2 * c + (x & 1)) & MASK32
    return y ^ (y >> 20), c


@kernel
def jkiss(x: int, y: int, z: int, c: int) -> tuple[int, int, int, int, int]:
    """One step of JKISS64: the random word and the new state."""
    x = (314527869 * int(x) + 1234567) & MASK32
    y = int(y)
    y ^= (y << 5) & MASK32
    y ^= y >> 7
    y ^= (y << 22) & MASK32
    t = 4294584393 * int(z) + int(c)
    c = (t >> 32) & MASK32
    z = t & MASK32
    return (x + y + z) & MASK32, x, y, z, c
