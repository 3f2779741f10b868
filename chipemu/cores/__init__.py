"""What cores cost and how they behave in time."""

from chipemu.cores.costs import CoreCosts
from chipemu.cores.params import CoreParams

__all__ = ["CoreCosts", "CoreParams"]
