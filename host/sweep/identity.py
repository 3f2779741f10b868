"""Which point is which: a digest of all that its results depend on.

A point keeps its folder when the file of the sweep is edited, so that only what is new is run.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from host.config import Config
from host.costtables import load_costs
from host.machines import load_machine
from host.namedtables import is_file_name
from host.results import plain

__all__ = ["point_digest"]

WITHOUT_EFFECT = ("run.threads", "run.checkpoint_ms", "run.connectivity")
"""Keys that change how long a run takes, but none of its results (`host.config.config_hash`)."""
DIGITS = 10


def point_digest(config: Config, keys: Iterable[str]) -> str:
    """Digest (hexadecimal) of what a point is.

    Parameters
    ----------
    config : Config
    keys : iterable of str
        Keys that vary. Those that have no effect on results count only if they do.

    Notes
    -----
    Machines, costs, networks and mappings in files count by what they say, not by their names.
    """
    values = asdict(config)
    del values["output"]
    for key in WITHOUT_EFFECT:
        if key not in keys:
            section, name = key.split(".")
            del values[section][name]
    values["machine"] = _machine(config.machine)
    if config.cores.costs is not None:
        values["cores"]["costs"] = plain(asdict(load_costs(config.cores.costs)))
    if is_file_name(config.network.name):
        values["network"]["name"] = _contents(Path(config.network.name))
    if config.mapping.folder is not None:
        files = sorted(path for path in Path(config.mapping.folder).rglob("*") if path.is_file())
        values["mapping"]["folder"] = [_contents(path) for path in files]
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


@lru_cache(maxsize=64)
def _machine(name: str) -> str:
    return json.dumps(plain(load_machine(name)), sort_keys=True)


@lru_cache(maxsize=1024)
def _contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
