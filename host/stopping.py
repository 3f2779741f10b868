"""Ending a run early on request: after the steps under way, with all that was done until then."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "interruptible"]


class Stop:
    """A request to stop, which a run looks at between two stretches of steps.

    Attributes
    ----------
    is_requested : bool
    """

    def __init__(self) -> None:
        self.is_requested = False
        self._is_awaited = False

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Context of a run that looks at `is_requested` now and then."""
        self._is_awaited = True
        try:
            yield
        finally:
            self._is_awaited = False

    def request(self) -> None:
        """Ask the run to stop.

        Raises
        ------
        KeyboardInterrupt
            If no run would notice, or one has been asked before: then all stops at once.
        """
        if self.is_requested or not self._is_awaited:
            raise KeyboardInterrupt
        self.is_requested = True


@contextmanager
def interruptible(tell: Callable[[str], None]) -> Iterator[Stop]:
    """Context in which Ctrl-C asks a run to stop; pressed again, it stops all at once.

    Parameters
    ----------
    tell : callable
        Told what will happen, in words.
    """
    stop = Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.request()
        tell("stopping after the steps under way; press Ctrl-C again to stop at once")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # somebody else has a use for it, or ignores it
        yield stop
        return
    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
