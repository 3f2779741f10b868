"""What chipemu needs of a computer and an installation, and what to do where it is missing.

Each check is a function that gives one `Finding`, and never raises: what goes wrong in it is what
it finds.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

__all__ = ["Finding", "examine"]

State = Literal["good", "note", "bad"]
GIB = 1 << 30
FULL_SCALE_BYTES = round(1.9 * GIB)
"""Peak memory of the full-scale microcircuit with full timing (docs/benchmarks.md)."""
RUN_BYTES = GIB
"""Room on the disk that runs of some length ask for."""
CACHE_BYTES = 200 << 20
"""Room that the compiled kernels ask for."""
SWITCHES = {
    "NUMBA_DISABLE_JIT": "kernels are interpreted, a hundred times slower",
    "NUMBA_BOUNDSCHECK": "kernels check every index, several times slower",
    "NUMBA_CACHE_DIR": "that folder does not notice edits of kernels; empty it after each",
}
"""Settings of numba that change how kernels run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    name : str
        What was looked at.
    state : {"good", "note", "bad"}
        All is well; there is something to know; runs will fail or be needlessly slow.
    text : str
        What was found.
    remedy : str
        What to do about it; empty if there is nothing to do.
    """

    name: str
    state: State
    text: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Findings of all checks, in the order of `CHECKS`."""
    return tuple(finding for check in CHECKS for finding in _found(check))


def _found(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        yield Finding(check.__name__.strip("_"), "bad", text, "see the error; reinstall chipemu")


def _versions() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("chipemu", "good", f"{version('chipemu')} on Python {python}")


def _requirements() -> Iterator[Finding]:
    """Libraries, those of extras apart."""
    wanted = [Requirement(text) for text in distribution("chipemu").requires or ()]
    core = [one for one in wanted if _belongs_to("", one)]
    lacking = [text for one in core if (text := _lacking(one))]
    if lacking:
        remedy = "install chipemu again: pip install --editable ."
        yield Finding("libraries", "bad", "; ".join(lacking), remedy)
    else:
        yield Finding("libraries", "good", f"all {len(core)} there")
    for extra in distribution("chipemu").metadata.get_all("Provides-Extra") or ():
        own = [one for one in wanted if one not in core and _belongs_to(extra, one)]
        lacking = [text for one in own if (text := _lacking(one))]
        name = f"extra {extra}"
        if lacking:
            remedy = f"if you want it: pip install --editable '.[{extra}]'"
            yield Finding(name, "note", "; ".join(lacking), remedy)
        else:
            yield Finding(name, "good", ", ".join(one.name for one in own))


def _belongs_to(extra: str, requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _lacking(requirement: Requirement) -> str:
    """What is wrong with a library; empty if nothing is."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not there"
    if requirement.specifier.contains(found, prereleases=True):
        return ""
    return f"{requirement.name} is {found}, needed {requirement.specifier}"


def _processors() -> Iterator[Finding]:
    there = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    if usable < there:
        text = f"{usable} of {there} may be used by this process"
        yield Finding("processors", "note", text, f"say --threads {usable}, or allow more")
    else:
        yield Finding("processors", "good", f"{there}, all usable")
    limit = os.environ.get("NUMBA_NUM_THREADS")
    if limit is not None:
        text = f"NUMBA_NUM_THREADS={limit} limits the threads of kernels"
        yield Finding("threads", "note", text, "unset it, unless that is meant")


def _memory() -> Iterator[Finding]:
    free = _free_bytes()
    if free is None:
        yield Finding("memory", "note", "this system does not tell", "")
    elif free < FULL_SCALE_BYTES:
        remedy = f"choose a scale of {max(0.01, free / FULL_SCALE_BYTES):.1g} or less, or free some"
        text = f"{_gib(free)} free; the full microcircuit takes {_gib(FULL_SCALE_BYTES)}"
        yield Finding("memory", "note", text, remedy)
    else:
        yield Finding("memory", "good", f"{_gib(free)} free, enough for the full microcircuit")


def _free_bytes() -> int | None:
    """Memory that programs can have, or what a control group leaves of it."""
    path = Path("/proc/meminfo")
    if not path.exists():
        return None
    lines = dict(line.split(":", 1) for line in path.read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1024
    group = Path("/sys/fs/cgroup/memory.max")
    text = group.read_text().strip() if group.exists() else "max"
    return free if text == "max" else min(free, int(text))


def _disk() -> Iterator[Finding]:
    here = Path.cwd()
    if not os.access(here, os.W_OK):
        remedy = "go to another folder, or choose one with --output"
        yield Finding("folder of runs", "bad", f"{here} cannot be written", remedy)
        return
    free = shutil.disk_usage(here).free
    if free < RUN_BYTES:
        remedy = "free some, or choose another disk with --output"
        yield Finding("folder of runs", "note", f"{_gib(free)} free at {here}", remedy)
    else:
        yield Finding("folder of runs", "good", f"{_gib(free)} free at {here}")


def _kernels() -> Iterator[Finding]:
    from fixedpoint import jit  # noqa: PLC0415

    for name, meaning in SWITCHES.items():
        if os.environ.get(name, "0") not in ("", "0"):
            yield Finding("numba", "note", f"{name} is set: {meaning}", f"unset {name}")
    folder = jit.cache_directory()
    home = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(home, os.W_OK):
        remedy = "set XDG_CACHE_HOME to a folder that can be written"
        text = f"{home} cannot be written: kernels are compiled in every run"
        yield Finding("kernel cache", "bad", text, remedy)
        return
    n_kernels = len(list(folder.rglob("*.nbi"))) if folder.exists() else 0
    free = shutil.disk_usage(home).free
    if not n_kernels and free < CACHE_BYTES:
        yield Finding("kernel cache", "bad", f"{_gib(free)} free at {home}", "free some")
    elif not n_kernels:
        text = f"empty: the first run compiles for about a minute ({folder})"
        yield Finding("kernel cache", "note", text, "make demo fills it")
    else:
        yield Finding("kernel cache", "good", f"{n_kernels} kernels in {folder}")


def _compiler() -> Iterator[Finding]:
    """Compile something small, and compare it with the readable twin."""
    from fixedpoint import kernels, reference  # noqa: PLC0415

    pairs = [(3 << 14, -5), (-(2**31), 2**31 - 1), (12_345_678, 87_654_321)]
    wrong = [pair for pair in pairs if kernels.mul_nearest(*pair) != reference.mul_nearest(*pair)]
    if wrong:
        text = f"compiled and readable products of s16.15 differ for {wrong[0]}"
        yield Finding("arithmetic", "bad", text, "empty the kernel cache; if it stays, report it")
    else:
        yield Finding("arithmetic", "good", "compiled kernels agree with the reference")


def _plug_ins() -> Iterator[Finding]:
    from host.experiments import list_experiments  # noqa: PLC0415
    from host.plugins import list_algorithms  # noqa: PLC0415

    broken = [*list_experiments().broken.values(), *list_algorithms().broken]
    for text in broken:
        yield Finding("plug-in", "bad", text, "mend or remove the package that offers it")
    if not broken:
        yield Finding("plug-ins", "good", "all can be loaded")


def _data() -> Iterator[Finding]:
    """Machines, networks and energy tables that come along."""
    from host.energy import load_table  # noqa: PLC0415
    from host.machines import list_machines, load_machine  # noqa: PLC0415
    from host.machines.texts import list_energy  # noqa: PLC0415

    machines = [name for name in list_machines() if "Nboards" not in name and "WxH" not in name]
    tables = list(list_energy())
    for name in machines:
        load_machine(name)
    for name in tables:
        load_table(name)
    yield Finding("data", "good", f"{len(machines)} machines, {len(tables)} energy tables load")


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / GIB:.1f} GiB"


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _versions,
    _requirements,
    _processors,
    _memory,
    _disk,
    _kernels,
    _compiler,
    _plug_ins,
    _data,
)
"""All checks."""
