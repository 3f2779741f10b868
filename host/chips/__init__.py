"""What happened on each chip of a machine, and on each of its links."""

from host.chips.losses import chip_losses
from host.chips.place import places_of
from host.chips.tables import machine_tables

__all__ = ["chip_losses", "machine_tables", "places_of"]
