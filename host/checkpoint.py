"""Checkpoints: the state of a run between two steps, in one file, from which it goes on.

The file is a NumPy archive: arrays by name, with check sums, and a header in JSON. It holds the
state of the cores (`chipemu.snapshot`), the counts so far (`host.tally`) and how many parts of
recorded data belong to it (`host.collector`).
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from host.atomic import complete
from host.config import Config, config_hash
from host.errors import OutputError

__all__ = ["Checkpoint", "check_image", "image_digest", "read_checkpoint", "write_checkpoint"]

FORMAT = 1
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Checkpoint:
    """Where a run is.

    Attributes
    ----------
    step : int
        Steps done.
    n_parts : int
        Parts of recorded data up to there.
    wall_s : float
        Wall time of the simulation so far (s).
    image : str
        `image_digest` of what the cores were loaded with.
    cores, tally : mapping of str to ndarray
        What `chipemu.compiled_engine.Cores.snapshot` and `host.tally.Tally.arrays` gave.
    """

    step: int
    n_parts: int
    wall_s: float
    image: str
    cores: Arrays
    tally: Arrays


def image_digest(image: MachineImage) -> str:
    """SHA-256 (hexadecimal) of all that a run depends on but the synaptic words.

    It does not depend on the number of threads, by which the words are sorted; that each source
    has as many synapses as before tells networks apart well enough.
    """
    digest = hashlib.sha256()
    tables = [_fields(entry) for entry in (*image.direct, *image.poisson)]
    facts = [image.dt_ms, image.seed, int(image.arithmetic), image.n_channels, tables]
    digest.update(json.dumps(facts).encode())
    for array in (
        image.model,
        image.constants,
        image.i_offset,
        image.v_init,
        *image.events,
        image.row_channel,
        image.matrix.row_start,
        image.matrix.source_rows,
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    if image.plastic is not None:
        plastic = image.plastic
        for array in (plastic.matrix.row_start, plastic.rule, plastic.choices, plastic.amounts):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _fields(entry: Any) -> list[Any]:
    """Fields of a run of sources, its table as a list."""
    return [getattr(value, "thresholds", np.array(value)).tolist() for value in entry]


def write_checkpoint(path: Path, checkpoint: Checkpoint, config: Config) -> None:
    """Write `checkpoint` of a run of `config`; the file is complete or as it was."""
    header = {
        "format": FORMAT,
        "chipemu": version("chipemu"),
        "config_sha256": _hash(config),
        "step": checkpoint.step,
        "n_parts": checkpoint.n_parts,
        "wall_s": checkpoint.wall_s,
        "image": checkpoint.image,
    }
    arrays: dict[str, Any] = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    arrays |= {f"cores.{name}": array for name, array in checkpoint.cores.items()}
    arrays |= {f"tally.{name}": array for name, array in checkpoint.tally.items()}
    with complete(path) as scratch, scratch.open("wb") as file:
        np.savez(file, **arrays)


def read_checkpoint(path: Path, config: Config) -> Checkpoint:
    """The checkpoint in the file `path`.

    Parameters
    ----------
    path : Path
    config : Config
        That of the run.

    Raises
    ------
    OutputError
        If the file is damaged, another version wrote it, or it is of a run of another
        configuration.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop("header").tobytes())
        checkpoint = Checkpoint(
            **{key: header[key] for key in ("step", "n_parts", "wall_s", "image")},
            cores=_named("cores.", arrays),
            tally=_named("tally.", arrays),
        )
        facts = header["format"], header["chipemu"], header["config_sha256"]
    except (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        msg = f"checkpoint {path} is damaged ({why}); run again from the start with --force"
        raise OutputError(msg) from error
    _check(path, facts, config)
    return checkpoint


def _named(prefix: str, arrays: Arrays) -> Arrays:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def _check(path: Path, facts: tuple[int, str, str], config: Config) -> None:
    number, wrote, config_sha256 = facts
    if (number, wrote) != (FORMAT, version("chipemu")):
        msg = (
            f"checkpoint {path} was written by chipemu {wrote} (format {number}), this is "
            f"{version('chipemu')} (format {FORMAT}); go on with that version, or run again"
        )
        raise OutputError(msg)
    if config_sha256 != _hash(config):
        msg = (
            f"checkpoint {path} is of a run of another configuration (hash {config_sha256[:8]}) "
            f"than config.yaml beside it ({_hash(config)[:8]}); undo what was changed there"
        )
        raise OutputError(msg)


def _hash(config: Config) -> str:
    """Hash of all that the state at a checkpoint depends on: not of how long the run is to be."""
    return config_hash(replace(config, run=replace(config.run, time_ms=config.run.dt_ms)))


def check_image(checkpoint: Checkpoint, image: str) -> None:
    """Check that the cores are loaded with what they were at the checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
    image : str
        `image_digest`.

    Raises
    ------
    OutputError
        If not: the network is another one.
    """
    if checkpoint.image != image:
        msg = (
            "the network is not the one of the checkpoint: chipemu, a library, a plug-in or a "
            "machine file has changed since; run again from the start with --force"
        )
        raise OutputError(msg)
