"""Running networks in experiments: what runs a configuration, and how far it has come."""

from typing import Protocol

from host.config import Config
from host.progress import Progress
from host.results import Results
from host.runshare import RunShare

__all__ = ["Run", "RunShare"]


class Run(Protocol):
    """What runs a configuration: `host.run`."""

    def __call__(self, config: Config, *, progress: Progress) -> Results:
        """Results of `config`."""
