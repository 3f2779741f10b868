"""Sweeps: one configuration at many points, each a run folder, all of them one table.

``plan_sweep`` reads the file of a sweep and checks every point, ``run_sweep`` runs those that have
no folder yet, ``load_sweep`` reads back what there is.
"""

from host.sweep.drive import Listener, NoListener, numbered, run_sweep
from host.sweep.folder import PointError
from host.sweep.plan import Plan, Point, plan_sweep
from host.sweep.pool import LocalPool, Pool
from host.sweep.results import SweepPoint, SweepResults, load_sweep

__all__ = [
    "Listener",
    "LocalPool",
    "NoListener",
    "Plan",
    "Point",
    "PointError",
    "Pool",
    "SweepPoint",
    "SweepResults",
    "load_sweep",
    "numbered",
    "plan_sweep",
    "run_sweep",
]
