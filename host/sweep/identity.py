"""Which point is which: a digest of all that its results depend on.

A point keeps its folder when the file of the sweep is edited, so that only what is new is run.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from host.config import Config, config_hash

__all__ = ["point_digest"]

WITHOUT_EFFECT = ("threads", "checkpoint_ms", "connectivity")
"""Keys of ``run`` that change how long a run takes, but none of its results (`config_hash`)."""
DIGITS = 10


def point_digest(config: Config, keys: Collection[str]) -> str:
    """Digest (hexadecimal) of what a point is.

    Parameters
    ----------
    config : Config
        Machines, networks and mappings in files count by what they say, not by their names.
    keys : collection of str
        Keys that vary. Those that have no effect on results count only if they do.
    """
    varied = {name: getattr(config.run, name) for name in WITHOUT_EFFECT if f"run.{name}" in keys}
    folder = config.mapping.folder
    mapping = () if folder is None else _contents(Path(folder))
    config = replace(config, mapping=replace(config.mapping, folder=None))
    text = json.dumps([config_hash(config), varied, mapping], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


@lru_cache(maxsize=64)
def _contents(folder: Path) -> tuple[str, ...]:
    """Digests of the files of a mapping."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
