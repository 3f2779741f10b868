"""What a pair of spikes does to traces and a weight, in plain Python integers.

Written from the behaviour of sPyNNaker's pair rule (``timing_pair_impl.h``, the two weight rules
of one term, ``stdp_typedefs.h``); `kernels` has compiled twins under the same names. Traces are
16-bit numbers in s4.11, weights within an update s16.15.
"""

from fixedpoint.reference import mul_floor, wrap32

__all__ = ["decayed", "depressed", "final", "grown", "opened", "potentiated"]


def wrap16(x: int) -> int:
    """Low 16 bits of `x` as a signed number."""
    return (x + 2**15) % 2**16 - 2**15


def decayed(trace: int, factor: int) -> int:
    """Trace after a time whose entry of the look-up table is `factor`."""
    return (trace * factor) >> 11


def grown(trace: int) -> int:
    """Trace, decayed up to now, after one more spike."""
    return wrap16(trace + 2**11)


def opened(raw: int, shift: int) -> int:
    """A weight of 16 bits as s16.15."""
    return wrap32(raw << shift)


def final(weight: int, shift: int) -> int:
    """A weight in s16.15 as 16 bits: what is below their last bit is lost."""
    return (weight >> shift) % 2**16


def potentiated(weight: int, w_max: int, amount: int, is_multiplicative: bool, trace: int) -> int:
    """Weight after a spike of the target that finds `trace` of the source's spikes."""
    share = trace << 4
    if is_multiplicative:
        return wrap32(weight + mul_floor(mul_floor(wrap32(w_max - weight), amount), share))
    return min(wrap32(weight + mul_floor(amount, share)), w_max)


def depressed(weight: int, w_min: int, amount: int, is_multiplicative: bool, trace: int) -> int:
    """Weight after a spike of the source that finds `trace` of the target's spikes."""
    share = trace << 4
    if is_multiplicative:
        return wrap32(weight - mul_floor(mul_floor(wrap32(weight - w_min), amount), share))
    return max(wrap32(weight - mul_floor(amount, share)), w_min)
