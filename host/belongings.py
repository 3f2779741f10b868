"""Files that a run is made of: the user's network and machine files, and those that these name.

The hash of a configuration notices what they say, wherever they lie. A run folder keeps those of
the network, so that it can be repeated when they are gone or have changed.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from host.errors import ConfigError
from host.namedtables import is_file_name
from host.yamlfile import read_document

if TYPE_CHECKING:
    from host.config import Config

__all__ = ["belonging_files", "content_sha256", "keep_network", "with_kept_network"]

NAMING = ("extends", "costs", "energy", "file")
"""Keys whose values may be names of files, relative to the file in which they stand."""
SUFFIXES = (".yaml", ".yml", ".json", ".json.gz", ".csv", ".npz")
NETWORK = "network"
"""Folder within a run folder."""


def belonging_files(path: Path) -> tuple[Path, ...]:
    """`path` itself and all files that it names, and these name in turn; also missing ones.

    Parameters
    ----------
    path : Path
        A network file or a machine file.
    """
    found = {path: None}
    for name in _names_in(path):
        if path.parent / name not in found:
            found |= dict.fromkeys(belonging_files(path.parent / name))
    return tuple(found)


def _names_in(path: Path) -> Iterator[str]:
    if path.suffix not in {".yaml", ".yml"}:
        return
    try:
        yield from _named(read_document(path).data)
    except ConfigError:  # told where the file is used
        return


def _named(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in NAMING and isinstance(item, str) and item.endswith(SUFFIXES):
            yield item
        yield from _named(item)


def content_sha256(name: str) -> str:
    """SHA-256 (hexadecimal) of a file and all that it names, wherever it lies; else `name` itself.

    Parameters
    ----------
    name : str
        Of a network or a machine.
    """
    if not (is_file_name(name) or name.endswith(SUFFIXES)):
        return name
    digest = hashlib.sha256()
    for path in belonging_files(Path(name)):
        content = path.read_bytes() if path.is_file() else b"missing"
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def keep_network(name: str, folder: Path, *, earlier: Path | None = None) -> None:
    """Copy the network file `name`, and the lists beside it, to the run folder `folder`.

    Parameters
    ----------
    name : str
        Of a network; one that is no file is left alone.
    folder : Path
    earlier : Path, optional
        Folder that has a copy, as of when the run began; that is taken instead.

    Raises
    ------
    OSError
    """
    if not is_file_name(name):
        return
    path = Path(name)
    if earlier is not None and (earlier / NETWORK / path.name).is_file():
        path = earlier / NETWORK / path.name
    for source in belonging_files(path):
        target = folder / NETWORK / source.relative_to(path.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def with_kept_network(config: "Config", folder: Path) -> "Config":
    """`config` of the run in `folder`, with the copy that it keeps of its network file, if any.

    The hash of the configuration is the same for both.
    """
    copy = folder / NETWORK / Path(config.network.name).name
    if not (is_file_name(config.network.name) and copy.is_file()):
        return config
    return replace(config, network=replace(config.network, name=str(copy)))
