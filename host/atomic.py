"""Files that are either complete or not there, and that never change afterwards."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["complete", "share"]


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """Path to write to, which becomes `path` once all of it is on the disk."""
    scratch = path.with_name(f"new.{path.name}")
    yield scratch
    with scratch.open("rb") as file:
        os.fsync(file.fileno())
    scratch.replace(path)


def share(source: Path, target: Path) -> None:
    """Let the file `source` also be `target`: as a link, or as a copy where there are none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
