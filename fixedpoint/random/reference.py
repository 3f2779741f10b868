"""The random words of `kernels` on plain Python integers, written from their publications.

Sources: Salmon et al. 2011 for Philox; spinn_common (``random``) and SARK for the generators of
the real tool chain.
"""

from bisect import bisect_right
from collections.abc import Sequence

__all__ = [
    "invert",
    "jkiss",
    "philox4x32",
    "philox_fill",
    "sark_rand",
    "uniform_below",
]


def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Four random words from a counter of four words and a key of two; wider ones are cut.

    Notes
    -----
    Philox4x32-10: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
    SC11. Any counter gives independent words, so a draw needs no state, only a name.
    """
    words = [c % 2**32 for c in (c0, c1, c2, c3)]
    for i in range(10):
        high0, low0 = divmod(0xD2511F53 * words[0], 2**32)
        high1, low1 = divmod(0xCD9E8D57 * words[2], 2**32)
        key0 = (k0 + i * 0x9E3779B9) % 2**32
        key1 = (k1 + i * 0xBB67AE85) % 2**32
        words = [high1 ^ words[1] ^ key0, low1, high0 ^ words[3] ^ key1, low0]
    return words[0], words[1], words[2], words[3]


def philox_fill(first: int, c1: int, c2: int, c3: int, k0: int, k1: int, out: list[int]) -> None:
    """Fill `out`, four equal parts, with the words of consecutive first counters.

    With ``n = len(out) // 4``, ``out[w * n + j]`` is word w of
    ``philox4x32(first + j, c1, c2, c3, k0, k1)``.
    """
    n = len(out) // 4
    draws = [philox4x32(first + j, c1, c2, c3, k0, k1) for j in range(n)]
    out[: 4 * n] = [draw[w] for w in range(4) for draw in draws]


def uniform_below(u: int, n: int) -> int:
    """floor(n u / 2^32): a number in [0, n) from the random word `u`; `n` at most 2^31."""
    return n * u // 2**32


def invert(u: int, thresholds: Sequence[int], guide: Sequence[int]) -> int:
    """Number of `thresholds` of at most the random word `u`: a draw from their distribution.

    Parameters
    ----------
    u : int
        Random word.
    thresholds, guide : sequence of int
        As in `fixedpoint.tables.InversionTable`.
    """
    byte = u >> 24
    return bisect_right(thresholds, u, guide[byte], guide[byte + 1])


def sark_rand(x: int, c: int) -> tuple[int, int]:
    """One step of SARK's generator from state (x, c): the new state, whose x is the word."""
    y = ((c % 2) << 31 | x >> 1) ^ x * 2**12 % 2**32
    return y ^ y >> 20, (2 * c + x % 2) % 2**32


def jkiss(x: int, y: int, z: int, c: int) -> tuple[int, int, int, int, int]:
    """One step of JKISS64 from state (x, y, z, c): the random word, then the new state.

    Notes
    -----
    A congruential generator, a shift register and a multiply-with-carry added: Jones 2010, "Good
    practice in (pseudo) random number generation for bioinformatics applications". The on-core
    data generation of SpiNNaker uses it; `y` must not be zero.
    """
    x = (314527869 * x + 1234567) % 2**32
    y ^= y * 2**5 % 2**32
    y ^= y >> 7
    y ^= y * 2**22 % 2**32
    c, z = divmod(4294584393 * z + c, 2**32)
    return (x + y + z) % 2**32, x, y, z, c
