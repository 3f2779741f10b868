"""Packet traces as Chrome trace events, which ui.perfetto.dev shows: `docs/trace.md`.

Each chip is a process with one track per router, link and register; none of them holds two packets
at a time, so stretches on a track never overlap. An arrow leads from each stretch of a packet's way
to the next. Format: "Trace Event Format" (Google, 2016). Times are in us there; all six decimals
are written, of which Perfetto drops the last three.

A file may be large, so it is made of text in chunks, never of one object per event.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from host.errors import OutputError
from router.events import Deliveries, Fate, Losses, Trace, TraceKind
from router.geometry import N_LINKS, Link
from router.packets import CORES_PER_CHIP
from router.topology import Topology

__all__ = ["join", "write_chrome_trace"]

CHUNK = 1 << 15
"""Events that are made into text at once."""
PS_PER_US = 1_000_000

PLACES = np.array([CORES_PER_CHIP, 1, N_LINKS, CORES_PER_CHIP])
"""Places of each `TraceKind` that a chip has."""
FIRST_TRACK = np.array([N_LINKS + 1, 0, 1, N_LINKS + 2])
TRACK_STEP = np.array([2, 1, 1, 2])
"""Tracks of a chip: its router, its links, and two for each core: what it sends and receives."""
TRACKS = 64
"""Thread numbers set aside for each process; they must differ between processes too."""

PROCESS = (
    '{"ph":"M","name":"process_name","pid":%d,"args":{"name":"chip (%d, %d)"}},\n'
    '{"ph":"M","name":"process_sort_index","pid":%d,"args":{"sort_index":%d}}'
)
THREAD = (
    '{"ph":"M","name":"thread_name","pid":%d,"tid":%d,"args":{"name":"%s"}},\n'
    '{"ph":"M","name":"thread_sort_index","pid":%d,"tid":%d,"args":{"sort_index":%d}}'
)
SLICE = (
    '{"ph":"X","name":"0x%08x","cat":"%s","pid":%d,"tid":%d,"ts":%d.%06d,"dur":%d.%06d,'
    '"args":{"packet":%d,"key":"0x%08x"}}'
)
ARROW = (
    '{"ph":"s","name":"way","cat":"way","id":%d,"pid":%d,"tid":%d,"ts":%d.%06d},\n'
    '{"ph":"f","bp":"e","name":"way","cat":"way","id":%d,"pid":%d,"tid":%d,"ts":%d.%06d}'
)
LOSS = (
    '{"ph":"i","s":"t","name":"%s","cat":"loss","pid":%d,"tid":%d,"ts":%d.%06d,'
    '"args":{"packet":%d,"key":"0x%08x","outputs":"0x%06x"}}'
)

Numbers = NDArray[np.int64]
Records = TypeVar("Records", Deliveries, Losses, Trace)


def write_chrome_trace(
    path: Path,
    trace: Trace,
    topology: Topology,
    keys: NDArray[np.uint32],
    *,
    losses: Losses | None = None,
    has_arrows: bool = True,
) -> None:
    """Write a trace that ui.perfetto.dev opens; `path` is replaced when it is complete.

    Parameters
    ----------
    path : Path
    trace : Trace
        In any order; `join` puts those of several runs together.
    topology : Topology
    keys : ndarray of uint32, shape (n_packets,)
        Key of each packet sent.
    losses : Losses, optional
        Shown on the tracks of the routers, by the name of their `Fate`.
    has_arrows : bool
        Whether to draw each packet's way, which more than doubles the file.

    Raises
    ------
    OutputError
        If `path` cannot be written, or a packet has no key.
    """
    last = max(record.packet.max(initial=-1) for record in (trace, losses) if record is not None)
    if last >= len(keys):
        msg = f"trace {path}: packet {last} has no key among {len(keys)}; give the key of every one"
        raise OutputError(msg)
    with _replacing(path) as file:
        file.write('{"traceEvents":[')
        separator = "\n"
        for text in _texts(trace, topology, keys, losses, has_arrows=has_arrows):
            file.write(separator + text)
            separator = ",\n"
        file.write("\n]}\n")


def join(first: Records, *others: Records) -> Records:
    """Put the records of several runs together, one after the other."""
    columns = ([getattr(part, f.name) for part in (first, *others)] for f in fields(first))
    return type(first)(*(np.concatenate(column) for column in columns))


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """File that becomes `path` when it is closed without an error."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            with whole.open("w", encoding="ascii") as file:
                yield file
            whole.replace(path)
    except OSError as error:
        msg = f"cannot write trace {path}: {error.strerror}; choose another file"
        raise OutputError(msg) from error


def _texts(
    trace: Trace,
    topology: Topology,
    keys: NDArray[np.uint32],
    losses: Losses | None,
    *,
    has_arrows: bool,
) -> Iterator[str]:
    tid = _tid(trace.kind, trace.place)
    places = [tid] if losses is None else [tid, _router_tid(losses)]
    yield from _names(np.unique(np.concatenate(places)), topology)
    for rows in _chunks(np.arange(len(trace))):
        yield _slices(trace, rows, tid[rows], keys)
    if has_arrows:
        parents = _parents(trace, topology)
        for rows in _chunks(np.flatnonzero(parents >= 0)):
            yield _arrows(trace.start_ps, tid, parents[rows], rows)
    if losses is not None:
        for rows in _chunks(np.arange(len(losses))):
            yield _losses(losses, rows, keys)


def _chunks(rows: Numbers) -> Iterator[Numbers]:
    return (rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK))


def _lines(template: str, *columns: Iterable[object]) -> str:
    """Lines made of `template` and one value from each column."""
    rows = zip(*(c.tolist() if isinstance(c, np.ndarray) else c for c in columns), strict=True)
    return ",\n".join(map(template.__mod__, rows))


def _us(time_ps: Numbers) -> tuple[Numbers, Numbers]:
    """Whole microseconds, and the six digits behind the point."""
    return np.divmod(time_ps, PS_PER_US)


def _tid(kind: NDArray[np.int8], place: NDArray[np.int32]) -> Numbers:
    """Number of the thread of each place; that of its process is ``tid // TRACKS``."""
    chip, within = np.divmod(place.astype(np.int64), PLACES[kind])
    tid: Numbers = (chip + 1) * TRACKS + FIRST_TRACK[kind] + TRACK_STEP[kind] * within
    return tid  # process 0 has a meaning of its own in Perfetto


def _router_tid(losses: Losses) -> Numbers:
    return _tid(np.full(len(losses), TraceKind.ROUTE, np.int8), losses.chip)


def _names(tids: Numbers, topology: Topology) -> Iterator[str]:
    """Names of the processes and threads that occur."""
    pids = np.unique(tids // TRACKS)
    if not pids.size:
        return
    yield _lines(PROCESS, pids, *topology.xy[pids - 1].T, pids, pids)
    names = [_track_name(tid // TRACKS - 1, tid % TRACKS, topology) for tid in tids.tolist()]
    pid_of = tids // TRACKS
    yield _lines(THREAD, pid_of, tids, names, pid_of, tids, tids % TRACKS)


def _track_name(chip: int, track: int, topology: Topology) -> str:
    if track == 0:
        return "router"
    if track <= N_LINKS:
        x, y = topology.xy[topology.neighbours[chip, track - 1]]
        return f"link {Link(track - 1).name} to ({x}, {y})"
    core, receives = divmod(track - N_LINKS - 1, 2)
    return f"core {core} {'receives' if receives else 'sends'}"


def _slices(trace: Trace, rows: Numbers, tid: Numbers, keys: NDArray[np.uint32]) -> str:
    packet, start_ps = trace.packet[rows], trace.start_ps[rows]
    key = keys[packet]
    kind = [TraceKind(k).name.lower() for k in trace.kind[rows].tolist()]
    dur_ps = trace.end_ps[rows] - start_ps
    pid = tid // TRACKS
    return _lines(SLICE, key, kind, pid, tid, *_us(start_ps), *_us(dur_ps), packet, key)


def _arrows(start_ps: Numbers, tid: Numbers, parents: Numbers, rows: Numbers) -> str:
    """Arrows from stretch `parents` to stretch `rows`, one for each pair.

    Both ends name the start of their stretch, since its end may be the start of the next one there.
    """
    tails, heads = (
        (rows + 1, tid[ends] // TRACKS, tid[ends], *_us(start_ps[ends])) for ends in (parents, rows)
    )
    return _lines(ARROW, *tails, *heads)


def _losses(losses: Losses, rows: Numbers, keys: NDArray[np.uint32]) -> str:
    tid = _router_tid(losses)[rows]
    fate = [Fate(f).name for f in losses.fate[rows].tolist()]
    packet, time_ps = losses.packet[rows], losses.time_ps[rows]
    pid, key = tid // TRACKS, keys[packet]
    return _lines(LOSS, fate, pid, tid, *_us(time_ps), packet, key, losses.outputs[rows])


def _parents(trace: Trace, topology: Topology) -> Numbers:
    """Row of the stretch before each one on its packet's way, -1 if the trace has none.

    A stretch leads into or out of the router of a chip. The one before it is that of the same
    packet which led there last, at or before the time at which it starts.
    """
    came_from, led_to = _ends(trace, topology)
    row = np.tile(np.arange(len(trace)), 2)
    is_next = np.repeat([False, True], len(trace))
    node = np.concatenate((led_to, came_from))
    packet, time_ps = trace.packet[row], np.concatenate((trace.end_ps, trace.start_ps))
    order = np.lexsort((is_next, time_ps, node, packet))
    at = np.arange(len(order))
    last = np.maximum.accumulate(np.where(is_next[order], 0, at))
    before, after = order[last], order
    is_found = is_next[after] & ~is_next[before]
    is_found &= (packet[before] == packet[after]) & (node[before] == node[after])
    parents = np.full(len(trace), -1, np.int64)
    parents[row[after[is_found]]] = row[before[is_found]]
    return parents


def _ends(trace: Trace, topology: Topology) -> tuple[Numbers, Numbers]:
    """Where each stretch comes from and leads to: ``2 * chip`` into its router, plus 1 out of it.

    What a core receives leads to -1.
    """
    chip, within = np.divmod(trace.place.astype(np.int64), PLACES[trace.kind])
    is_route, is_link = trace.kind == TraceKind.ROUTE, trace.kind == TraceKind.LINK
    came_from = 2 * chip + ~is_route
    led_to = 2 * chip + is_route
    led_to[is_link] = 2 * topology.neighbours[chip[is_link], within[is_link]]
    led_to[trace.kind == TraceKind.RECEIVE] = -1
    return came_from, led_to
