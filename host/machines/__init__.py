"""Descriptions of machines: presets by name, and the user's own files."""

from host.machines.build import build_machine, build_topology, check_emulable
from host.machines.loader import list_machines, load_machine
from host.machines.spec import Housing, MachineSpec, TopologySection

__all__ = [
    "Housing",
    "MachineSpec",
    "TopologySection",
    "build_machine",
    "build_topology",
    "check_emulable",
    "list_machines",
    "load_machine",
]
