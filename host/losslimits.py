"""How much a run may lose before its command fails: what ``--fail-on`` says."""

from collections.abc import Iterable, Mapping

from host.errors import ConfigError, did_you_mean
from host.timing import LOSSES

__all__ = ["CAUSES", "check_counted", "exceeded", "parse_limits"]

CAUSES = ("ring_buffer_saturations", *LOSSES, "delay_clipped")
"""Causes of loss, as in `host.results.Results.losses`."""
ALL = "all"


def parse_limits(texts: Iterable[str]) -> dict[str, int]:
    """Most events that may be lost, by cause.

    Parameters
    ----------
    texts : iterable of str
        ``"COUNT"`` for all causes together, or ``"CAUSE=COUNT"``.

    Returns
    -------
    dict of str to int
        By cause; by ``"all"`` for all together.

    Raises
    ------
    ConfigError
        If a cause is unknown, or a count no whole number of 0 or more.

    Examples
    --------
    >>> parse_limits(["0"]), parse_limits(["late=100", "flushed=0"])
    ({'all': 0}, {'late': 100, 'flushed': 0})
    """
    limits = {}
    for text in texts:
        cause, equals, count = text.rpartition("=")
        if equals and cause not in CAUSES:
            hint = did_you_mean(cause, CAUSES) or f"; known: {', '.join(CAUSES)}"
            msg = f"--fail-on {text}: unknown cause of loss {cause!r}{hint}"
            raise ConfigError(msg)
        if not (count.isascii() and count.isdecimal()):
            msg = f"--fail-on {text}: should be COUNT or CAUSE=COUNT, such as 0 or late=100"
            raise ConfigError(msg)
        limits[cause or ALL] = int(count)
    return limits


def check_counted(limits: Mapping[str, int], timing: str) -> None:
    """Check that a run counts what is limited.

    Raises
    ------
    ConfigError
        If ideal timing does not know a cause: then a limit could never be exceeded.
    """
    unknown = [cause for cause in limits if cause not in (ALL, "ring_buffer_saturations")]
    if timing == "ideal" and unknown:
        msg = (
            f"--fail-on {unknown[0]}={limits[unknown[0]]}: with ideal timing nothing but "
            "ring_buffer_saturations can be lost; choose --timing full, or leave it out"
        )
        raise ConfigError(msg)


def exceeded(losses: Mapping[str, int], limits: Mapping[str, int]) -> list[str]:
    """What of `losses` is above its limit, in words; causes that `losses` does not have are 0."""
    lost = {**losses, ALL: sum(losses.values())}
    return [
        f"{'lost in all' if cause == ALL else cause} {lost.get(cause, 0):,} (limit {limit:,})"
        for cause, limit in limits.items()
        if lost.get(cause, 0) > limit
    ]
