"""The whole pipeline on one screen: network, mapping, generation, run, settlement.

>>> from host import load_config, run
>>> results = run(load_config(None, {"network.scale": 0.02}))  # doctest: +SKIP
"""

import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chipemu import compiled_engine, reference_engine
from chipemu.image import MachineImage
from chipemu.params import Arithmetic, Constants
from chipemu.recording import Recording as RawRecording
from chipemu.recording import Sampling
from host.accounts import Activity, Plant, population_rates_hz, settle_energy, synaptic_events
from host.config import Config, check_config
from host.errors import ConfigError, UnsupportedError
from host.image import Numerics, build_image
from host.machines import MachineSpec, load_machine
from host.networks import build_network
from host.progress import COMPILING, Progress, SilentProgress
from host.results import MapResults, Recording, Results, Spikes
from host.runfolder import write_run
from host.warmup import compile_kernels, is_compiled
from mapping.spec import NetworkSpec, PopulationKind

__all__ = ["map_only", "run"]


class _Clock:
    """Wall time of each phase (s), shown as it passes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.wall_s: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Time and show the phase `name`."""
        start_s = time.perf_counter()
        with self._progress.phase(name, total):
            yield
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - start_s
