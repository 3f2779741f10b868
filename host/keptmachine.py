"""The machine of a run, kept in full: as it was, whatever becomes of its preset or file.

A finished run has it in its manifest, one that goes on in a file of its own.
"""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from host.errors import OutputError
from host.machines import MachineSpec
from host.manifest import MANIFEST, read_manifest
from host.results import plain

__all__ = ["keep_machine", "kept_machine"]

MACHINE = "machine.json"


def keep_machine(machine: MachineSpec, folder: Path) -> None:
    """Write `machine` to the folder of a run that goes on."""
    text = json.dumps(plain(asdict(machine)), indent=2)
    (folder / MACHINE).write_text(f"{text}\n", encoding="utf-8")


def kept_machine(folder: Path) -> MachineSpec | None:
    """Machine of the run in `folder`, finished or not; None: a version that kept none wrote it.

    Raises
    ------
    OutputError
        If a file is damaged, or describes what this version does not know.
    """
    try:
        if (folder / MANIFEST).is_file():
            described = read_manifest(folder)["machine_description"]
        elif (folder / MACHINE).is_file():
            described = json.loads((folder / MACHINE).read_text(encoding="utf-8"))
        else:
            return None
        return TypeAdapter(MachineSpec).validate_python(described)
    except (LookupError, ValidationError, ValueError) as error:
        msg = (
            f"{folder} describes no machine that this version of chipemu knows; "
            "use the version that made the run, or run it again"
        )
        raise OutputError(msg) from error
