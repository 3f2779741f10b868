"""The user's side of chipemu: configuration, networks, running, results and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from host.config import Config, load_config
    from host.pipeline import map_only, run
    from host.results import Results
    from host.resume import resume
    from host.runfolder import load_run
    from host.sweep import load_sweep

__all__ = [
    "Config",
    "Results",
    "load_config",
    "load_run",
    "load_sweep",
    "map_only",
    "resume",
    "run",
]

_HOMES = {
    "Config": "host.config",
    "Results": "host.results",
    "load_config": "host.config",
    "load_run": "host.runfolder",
    "load_sweep": "host.sweep",
    "map_only": "host.pipeline",
    "resume": "host.resume",
    "run": "host.pipeline",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``chipemu --help`` stays quick."""
    if name not in _HOMES:
        msg = f"module 'host' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
