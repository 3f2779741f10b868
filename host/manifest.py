"""The manifest of a run: with the configuration beside it, enough to repeat the run.

It tells what made the run, with which versions, where and when; the whole machine, whatever becomes
of its file; and the SHA-256 of the files outside that the run was made of.
"""

import hashlib
import json
import platform
import sqlite3
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from host.config import Config, config_hash
from host.errors import OutputError
from host.interchange import FILES
from host.results import Results, plain

__all__ = ["FORMAT", "MANIFEST", "inputs_of", "make_manifest", "read_manifest", "versions"]

MANIFEST = "manifest.json"
FORMAT = 2
"""Format of run folders. The first had tables as ``cores.csv`` and ``routers.csv``, and is read."""
VERSIONS_OF = ("chipemu", "numpy", "numba", "h5py")


def make_manifest(results: Results) -> dict[str, Any]:
    """Manifest of a run that ends now, ready for JSON."""
    return {
        "format": FORMAT,
        "versions": versions(),
        "platform": platform.platform(),
        "command": sys.argv,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": results.machine,
        "machine_description": plain(results.machine_description),
        "seed": results.config.run.seed,
        "config_sha256": config_hash(results.config),
        "inputs_sha256": inputs_of(results.config, results.machine_description),
        "wall_s": plain(results.wall_s),
    }


def versions() -> dict[str, str | None]:
    """Versions of all that results may depend on; None: not installed."""
    found = {name: _version(name) for name in VERSIONS_OF}
    return found | {"sqlite": sqlite3.sqlite_version, "python": platform.python_version()}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def inputs_of(config: Config, machine: Mapping[str, Any]) -> dict[str, str | None]:
    """SHA-256 of the files that neither configuration nor machine description hold.

    These are a mapping that was given, and a machine's list of chips. What a network's file says is
    told by the description of the network.

    Returns
    -------
    dict of str to str or None
        By path; None: there is no such file.
    """
    paths = [Path(str(file))] if (file := machine.get("topology", {}).get("file")) else []
    if config.mapping.folder is not None:
        folder = Path(config.mapping.folder)
        names = [name for one in FILES for name in (one, f"{one}.gz")]
        paths += [folder / name for name in names if (folder / name).is_file()]
    return {str(path): _sha256(path) for path in paths}


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of the run in `folder`.

    Raises
    ------
    OutputError
        If it is missing or damaged, or a later version wrote it.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        made = manifest["format"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        msg = f"cannot read {path}: missing or damaged ({error}); run it again"
        raise OutputError(msg) from error
    if not (isinstance(made, int) and 1 <= made <= FORMAT):
        msg = (
            f"{folder} is a run folder of format {made}; this version reads formats 1 to {FORMAT}; "
            "use the version of chipemu that wrote it, or a later one"
        )
        raise OutputError(msg)
    return dict(manifest)
