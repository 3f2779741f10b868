"""Sweeps: one configuration at many points, each a run folder, all of them one table."""

from host.sweep.folder import PointError
from host.sweep.results import SweepPoint, SweepResults, load_sweep

__all__ = ["PointError", "SweepPoint", "SweepResults", "load_sweep"]
