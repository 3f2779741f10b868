"""Independent proof that a mapping does what was asked."""

from mapping.check.forest import check_forest
from mapping.check.proof import CheckReport, check, check_placement

__all__ = ["CheckReport", "check", "check_forest", "check_placement"]
