"""What is recorded of a run while it goes on: held in memory, or written in parts to a folder.

The parts are files like those of the finished run (`host.datafiles`), numbered, complete and never
changed: if the run is killed, they are what can be read of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from chipemu.recording import Recording as RawRecording
from host.atomic import complete
from host.config import Config
from host.datafiles import (
    RECORDINGS,
    SPIKES,
    Recorded,
    StoredSpikes,
    read_recordings,
    write_recordings,
    write_spikes,
)
from host.errors import OutputError
from host.observe import recordings, spikes
from host.results import Recording, Spikes
from mapping.spec import NetworkSpec

__all__ = ["Collector", "parts_in"]

PART_BYTES = 1 << 25
"""Spikes and samples that are held in memory, before they make a part."""


class Collector:
    """Spikes and samples of a run so far.

    Parameters
    ----------
    spec : NetworkSpec
    config : Config
    folder : Path, optional
        Where parts are written; by default all is held in memory.
    n_parts : int
        Parts that are there already, of which the run is the continuation; others are removed.
    """

    def __init__(
        self, spec: NetworkSpec, config: Config, folder: Path | None = None, n_parts: int = 0
    ) -> None:
        self._spec, self._config, self._folder = spec, config, folder
        self.n_parts = n_parts
        self._held = Recorded([], [])
        self._n_bytes = 0
        if folder is not None:
            folder.mkdir(exist_ok=True)
            for path in sorted(folder.iterdir()):
                if not path.name[:6].isdecimal() or int(path.name[:6]) > n_parts:
                    path.unlink()
            if config.record.spikes:
                _check_complete(folder, n_parts)

    def add(self, raw: RawRecording) -> None:
        """Take what was recorded in the next steps."""
        if self._config.record.spikes:
            self._held.spikes.append(found := spikes(raw, self._spec, self._config))
            self._n_bytes += found.steps.nbytes + found.neurons.nbytes
        self._held.recordings.append(sampled := recordings(raw, self._spec, self._config))
        self._n_bytes += sum(one.values.nbytes + one.steps.nbytes for one in sampled)
        if self._folder is not None and self._n_bytes > PART_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is held in memory as a part."""
        if self._folder is None or not self._held.recordings:
            return
        stem = f"{self.n_parts + 1:06d}."
        held_spikes, held_recordings = _joined(self._held)
        if held_spikes is not None:
            with complete(self._folder / f"{stem}{SPIKES}") as path:
                write_spikes(path, [held_spikes])
        if held_recordings:
            with complete(self._folder / f"{stem}{RECORDINGS}") as path:
                write_recordings(path, [held_recordings])
        self.n_parts += 1
        self._held, self._n_bytes = Recorded([], []), 0

    def recorded(self) -> Recorded:
        """All parts, those held in memory as the last one."""
        earlier = parts_in(self._folder) if self._folder is not None else Recorded([], [])
        held_spikes, held_recordings = _joined(self._held)
        return Recorded(
            [*earlier.spikes, *([] if held_spikes is None else [held_spikes])],
            [*earlier.recordings, *([held_recordings] if held_recordings else [])],
        )

    def held(self) -> tuple[Spikes | None, tuple[Recording, ...]]:
        """What is held in memory, as one: all of it, if there is no folder."""
        return _joined(self._held)


def parts_in(folder: Path) -> Recorded:
    """The parts in `folder`, which hold all up to some step."""
    if not folder.is_dir():
        return Recorded([], [])
    paths = [path for path in sorted(folder.iterdir()) if path.name[:6].isdecimal()]
    return Recorded(
        [StoredSpikes(path) for path in paths if path.name.endswith(SPIKES)],
        [read_recordings(path) for path in paths if path.name.endswith(RECORDINGS)],
    )


def _check_complete(folder: Path, n_parts: int) -> None:
    for part in range(1, n_parts + 1):
        name = f"{part:06d}.{SPIKES}"
        if not (folder / name).is_file():
            msg = f"{folder / name} is missing; run again from the start with --force"
            raise OutputError(msg)


def _joined(parts: Recorded) -> tuple[Spikes | None, tuple[Recording, ...]]:
    samples = tuple(_joined_samples(pieces) for pieces in zip(*parts.recordings, strict=True))
    if not parts.spikes:
        return None, samples
    first = parts.spikes[0]
    steps = np.concatenate([part.steps for part in parts.spikes])
    neurons = np.concatenate([part.neurons for part in parts.spikes])
    return Spikes(steps, neurons, first.dt_ms, first.populations, first.sizes), samples


def _joined_samples(parts: Sequence[Recording]) -> Recording:
    return replace(
        parts[0],
        steps=np.concatenate([part.steps for part in parts]),
        values=np.concatenate([part.values for part in parts]),
    )
