"""Finished runs in the formats of other tools: one folder or file of each (docs/formats.md).

`host.export.nix.neo_block` gives a run as an object of Neo, with a spike train for each neuron.
"""

from host.export.formats import FORMATS, Format, check_format, default_target, export_run

__all__ = ["FORMATS", "Format", "check_format", "default_target", "export_run"]
