"""What a pair of spikes does to traces and a weight, in double precision."""

__all__ = ["decayed", "depressed", "final", "grown", "opened", "potentiated"]


def decayed(trace: float, factor: float) -> float:
    """Trace after a time in which it decays by `factor`."""
    return trace * factor


def grown(trace: float) -> float:
    """Trace, decayed up to now, after one more spike."""
    return trace + 1.0


def opened(raw: float, shift: int) -> float:  # noqa: ARG001
    """The weight itself: there are no 16 bits to hold it."""
    return raw


def final(weight: float, shift: int) -> float:  # noqa: ARG001
    """The weight itself."""
    return weight


def potentiated(
    weight: float, w_max: float, amount: float, is_multiplicative: bool, trace: float
) -> float:
    """Weight after a spike of the target that finds `trace` of the source's spikes."""
    if is_multiplicative:
        return weight + (w_max - weight) * amount * trace
    return min(weight + amount * trace, w_max)


def depressed(
    weight: float, w_min: float, amount: float, is_multiplicative: bool, trace: float
) -> float:
    """Weight after a spike of the source that finds `trace` of the target's spikes."""
    if is_multiplicative:
        return weight - (weight - w_min) * amount * trace
    return max(weight - amount * trace, w_min)
