"""How far one run of many has come: a whole run as one unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager

from host.progress import COMPILING, Progress

__all__ = ["RunShare"]


class RunShare:
    """Progress that tells of a whole run as one unit of work, by the steps that it has simulated.

    Parameters
    ----------
    progress : Progress
        Told in turn.
    n_steps : int
        Steps of the run, warm-up included.
    """

    def __init__(self, progress: Progress, n_steps: int) -> None:
        self._progress, self._n_steps = progress, n_steps
        self._left, self._is_simulating = 1.0, False

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Run a phase; only the compilation is shown, since it is long and happens once."""
        if name == COMPILING:
            with self._progress.phase(name, total):
                yield
            return
        self._is_simulating = name == "simulate"
        try:
            yield
        finally:
            self._is_simulating = False

    def advance(self, amount: float = 1.0) -> None:
        """Hand on the share of the run that `amount` steps are."""
        if self._is_simulating:
            share = min(amount / self._n_steps, self._left)
            self._left -= share
            self._progress.advance(share)

    def report(self, share: float, note: str) -> None:
        """Say nothing of searches."""

    def finish(self) -> None:
        """Hand on what is left."""
        self._progress.advance(self._left)
        self._left = 0.0
