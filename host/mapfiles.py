"""Files of a mapping that the command is asked for: a picture, and the JSON of the tool chain."""

from pathlib import Path

from host.askedfiles import write_text
from host.config import Config
from host.errors import ConfigError
from host.experiments import prepare_folder
from host.interchange import write_mapping
from host.machines import check_emulable, load_machine
from host.mapper import Mapped
from host.pictures import draw_mapping, picture_of
from host.results import MapResults
from router.errors import FabricError

__all__ = ["check_folder", "save_mapping", "save_picture"]


def check_folder(path: Path, config: Config, *, force: bool = False) -> None:
    """Make the folder `path`, and check that the machine of `config` can be written to it.

    With `force` it may have files in it; those of a mapping are replaced.

    Raises
    ------
    OutputError
        If it cannot be made, or is not empty and `force` does not allow that.
    ConfigError
        If chips have more cores than the files can name.
    """
    try:
        check_emulable(load_machine(config.machine))
    except FabricError as error:
        msg = (
            f"--output writes routes of 18 cores at most, and chips of {config.machine} have more; "
            "leave it out"
        )
        raise ConfigError(msg) from error
    prepare_folder(path, force=force)


def save_picture(path: Path, results: MapResults) -> None:
    """Draw the mapping of `results` to the file `path`, with the loads of its links.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    (spec, _, machine, _), mapping = _mapped(results)
    write_text(path, draw_mapping(picture_of(mapping, machine, spec, mapping.link_load_hz)))


def save_mapping(folder: Path, results: MapResults) -> None:
    """Write the mapping of `results` to `folder` (`host.interchange.write_mapping`).

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    (spec, _, machine, _), mapping = _mapped(results)
    write_mapping(folder, spec, mapping, machine)


def _mapped(results: MapResults) -> Mapped:
    mapped: Mapped = results.mapped
    return mapped
