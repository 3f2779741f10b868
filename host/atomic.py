"""Files that are either complete or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["complete"]


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """Path to write to, which becomes `path` once all of it is on the disk."""
    scratch = path.with_name(f"new.{path.name}")
    yield scratch
    with scratch.open("rb") as file:
        os.fsync(file.fileno())
    scratch.replace(path)
