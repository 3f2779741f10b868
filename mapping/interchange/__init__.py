"""Between our values and the JSON documents of the SpiNNaker tool chain; see docs/interchange.md.

Plain functions from values to lists and dicts as JSON has them, and back. What comes in must follow
the schemas (`host/schemas`); what these cannot say is checked here.
"""

from mapping.interchange.keys import keys_from_json, keys_to_json
from mapping.interchange.labels import VertexNames, vertex_labels
from mapping.interchange.machine import ChipLimits, machine_from_json, machine_to_json
from mapping.interchange.placements import placements_from_json, placements_to_json
from mapping.interchange.tables import tables_from_json, tables_to_json

__all__ = [
    "ChipLimits",
    "VertexNames",
    "keys_from_json",
    "keys_to_json",
    "machine_from_json",
    "machine_to_json",
    "placements_from_json",
    "placements_to_json",
    "tables_from_json",
    "tables_to_json",
    "vertex_labels",
]
