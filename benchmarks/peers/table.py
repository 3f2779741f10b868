"""Figures of a comparison as a Markdown table."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["table"]

HEADINGS = (
    "simulator",
    "RTF",
    "speed relative to NEST",
    "processor time (s per s)",
    "NEST's over it",
    "build (s)",
    "peak memory (GB)",
    "mean rate (spikes/s)",
    "others used (processors)",
)

WHICH = ("median", "least", "most")


def table(content: Mapping[str, Any]) -> str:
    """Text with one table for each comparison: medians, and least to most in brackets."""
    return "\n".join(line for found in content.values() for line in _section(found))


def _section(found: Mapping[str, Any]) -> Iterator[str]:
    task, machine = found["task"], found["machine"]
    n_rounds = max((len(c["runs"]) for c in found["contestants"].values()), default=0)
    yield (
        f"## Scale {task['scale']:g}, {_drive(task['drive'])}: {task['n_synapses']:,} synapses, "
        f"{task['time_ms'] / 1000:g} s after {task['warmup_ms']:g} ms of warm-up"
    )
    yield ""
    yield (
        f"{n_rounds} {'round' if n_rounds == 1 else 'rounds'}, {task['threads']} threads; "
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']:g} GiB, "
        f"{machine['date']}."
    )
    yield ""
    yield f"| {' | '.join(HEADINGS)} |"
    yield f"|---{'|---:' * (len(HEADINGS) - 1)}|"
    for name, contestant in found["contestants"].items():
        yield f"| {name} {contestant['version']} | {' | '.join(_cells(contestant, task))} |"
    for name, reason in found["absent"].items():
        yield f"| {name} | {reason} {'|' * (len(HEADINGS) - 1)}"
    yield ""
    for difference in found["differences"]:
        yield f"Not the same: {difference}."
        yield ""


def _drive(drive: str) -> str:
    return {"poisson": "Poisson drive", "dc": "constant drive"}[drive]


def _cells(contestant: Mapping[str, Any], task: Mapping[str, Any]) -> Iterator[str]:
    disturbances = [run["disturbance"] for run in contestant["runs"]]
    yield _spread(contestant, "rtf")
    yield _ratio(contestant, "speed_over_reference")
    time_s = task["time_ms"] / 1000
    yield _bracketed(*(contestant[which]["cpu_s"] / time_s for which in WHICH))
    yield _ratio(contestant, "less_cpu_than_reference")
    yield _spread(contestant, "build_s")
    yield f"{contestant['median']['peak_rss_bytes'] / 1e9:.2f}"
    yield f"{contestant['median']['mean_rate_hz']:.3f}"
    yield "unknown" if None in disturbances else f"{max(disturbances):.1f} at most"


def _spread(contestant: Mapping[str, Any], key: str) -> str:
    return _bracketed(*(contestant[which][key] for which in WHICH))


def _ratio(contestant: Mapping[str, Any], key: str) -> str:
    ratios = contestant.get(key)
    return "" if ratios is None else _bracketed(*(ratios[which] for which in WHICH))


def _bracketed(middle: float, least: float, most: float) -> str:
    if least == most:
        return f"{middle:.3g}"
    return f"{middle:.3g} ({least:.3g}-{most:.3g})"
