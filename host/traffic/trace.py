"""The packet trace of a traffic run, kept block by block and written at the end."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError
from host.packettrace import join, write_chrome_trace
from host.traffic.experiment import LONGEST_PS, US_PS
from host.units import parse_number
from router.events import Activity, Losses, Trace, TraceFilter
from router.packets import Sends
from router.topology import Topology

__all__ = ["TraceRequest", "Tracer", "parse_trace"]


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """Where a trace goes, and what it keeps.

    Attributes
    ----------
    path : Path
    keys : frozenset of int or None
    chips : tuple of (x, y) or None
    start_ps, end_ps : int
    """

    path: Path
    keys: frozenset[int] | None
    chips: tuple[tuple[int, int], ...] | None
    start_ps: int
    end_ps: int

    def filter(self, topology: Topology) -> TraceFilter:
        """Filter of a fabric on `topology`; errors as of `Topology.chip`."""
        chips = (
            None if self.chips is None else frozenset(topology.chip(x, y) for x, y in self.chips)
        )
        return TraceFilter(self.keys, chips, self.start_ps, self.end_ps)


class Tracer:
    """Keeps the trace of one run; does nothing if none is asked for."""

    def __init__(self, request: TraceRequest | None, topology: Topology) -> None:
        self._request, self._topology = request, topology
        self.filter = None if request is None else request.filter(topology)
        self._keys: list[NDArray[np.uint32]] = []
        self._traces: list[Trace] = []
        self._losses: list[Losses] = []

    def observe(self, sends: Sends, activity: Activity) -> None:
        """Keep what happened in a block."""
        if self.filter is not None:
            self._keys.append(sends.key)
            self._traces.append(activity.trace)
            self._losses.append(_chosen(activity.losses, self.filter))

    def write(self) -> str:
        """Write the trace, and say what is in it; errors as of `write_chrome_trace`."""
        if self._request is None:
            return ""
        keys = np.concatenate(self._keys)
        losses = join(*self._losses)
        if self._request.keys is not None:
            wanted = np.isin(keys[losses.packet], list(self._request.keys))
            losses = _rows(losses, wanted)
        trace = join(*self._traces)
        path = self._request.path
        write_chrome_trace(path, trace, self._topology, keys, losses=losses)
        if not len(trace) + len(losses):
            return f"trace is empty: {path} has none of the keys, chips and times asked for"
        return f"trace {path}: {len(trace):,} stretches and {len(losses):,} losses"


def _chosen(losses: Losses, wanted: TraceFilter) -> Losses:
    kept = (losses.time_ps >= wanted.start_ps) & (losses.time_ps < wanted.end_ps)
    if wanted.chips is not None:
        kept &= np.isin(losses.chip, list(wanted.chips))
    return _rows(losses, kept)


def _rows(losses: Losses, kept: NDArray[np.bool_]) -> Losses:
    return Losses(*(getattr(losses, column.name)[kept] for column in fields(losses)))


def parse_trace(given: Mapping[str, Any]) -> TraceRequest | None:
    """Trace that the texts of the command's options ask for.

    Raises
    ------
    ConfigError
        On a text that cannot be understood, a choice without a file, and a file that cannot be
        written.
    """
    if "trace" not in given:
        chosen = next(
            (n for n in ("trace_keys", "trace_chips", "trace_window") if n in given), None
        )
        if chosen is not None:
            msg = f"--{chosen.replace('_', '-')} needs a file to write to; add --trace FILE"
            raise ConfigError(msg)
        return None
    start_ps, end_ps = (
        _window(str(given["trace_window"])) if "trace_window" in given else (0, 1 << 62)
    )
    return TraceRequest(
        _path(str(given["trace"])),
        _keys(str(given["trace_keys"])) if "trace_keys" in given else None,
        _chips(str(given["trace_chips"])) if "trace_chips" in given else None,
        start_ps,
        end_ps,
    )


def _path(text: str) -> Path:
    """File that can be written, known before the run and not after it."""
    path = Path(text)
    if not text.strip() or path.is_dir():
        msg = f"--trace takes a file to write to, got {text!r}; give the name of one"
        raise ConfigError(msg)
    if not path.parent.is_dir():
        msg = f"--trace {text}: there is no folder {path.parent}; make it first"
        raise ConfigError(msg)
    if not os.access(path.parent, os.W_OK):
        msg = f"--trace {text}: folder {path.parent} cannot be written; choose another"
        raise ConfigError(msg)
    return path


def _keys(text: str) -> frozenset[int]:
    try:
        keys = frozenset(int(part, 0) for part in text.split(","))
    except ValueError as error:
        msg = f"--trace-keys takes keys such as 0x10,0x11; got {text!r}"
        raise ConfigError(msg) from error
    wide = next((key for key in keys if not 0 <= key < 1 << 32), None)
    if wide is not None:
        msg = f"--trace-keys: a key has 32 bits, from 0 to 0xffffffff; got {wide:#x}"
        raise ConfigError(msg)
    return keys


def _chips(text: str) -> tuple[tuple[int, int], ...]:
    try:
        pairs = [tuple(map(int, part.split(","))) for part in text.split()]
        chips = tuple((x, y) for x, y in pairs)
    except ValueError as error:
        msg = f"--trace-chips takes chips such as '0,0 1,0'; got {text!r}"
        raise ConfigError(msg) from error
    if not chips:
        msg = f"--trace-chips takes one chip or more, such as '0,0 1,0'; got {text!r}"
        raise ConfigError(msg)
    return chips


def _window(text: str) -> tuple[int, int]:
    try:
        start_us, end_us = (parse_number(part, "us") for part in text.split(":"))
    except ValueError as error:
        msg = f"--trace-window takes START:END in us, such as '10:20 us'; got {text!r}"
        raise ConfigError(msg) from error
    if not 0 <= start_us < end_us <= LONGEST_PS / US_PS:
        msg = (
            f"--trace-window should end after it starts, within 0 to {LONGEST_PS / US_PS:g} us; "
            f"got {text!r}"
        )
        raise ConfigError(msg)
    return round(start_us * US_PS), round(end_us * US_PS)
