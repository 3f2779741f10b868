"""Results of pytest-benchmark as we keep them: no paths, no host name, and ratios to baselines.

Benchmarks lie in a folder for each level, `kernel`, `stage` and `system`, and their results in an
entry for each. Those of one pytest-benchmark group do the same work; one of them may be the
baseline, which the others' speed is told in multiples of, from the same run.
"""

from pathlib import PurePosixPath
from typing import Any

from benchmarks.machine import machine_facts

LEVELS = ("kernel", "stage", "system")


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    found = output_json["benchmarks"]
    levels: dict[str, dict[str, dict[str, Any]]] = {level: {} for level in LEVELS}
    for bench in found:
        file = PurePosixPath(bench["fullname"].partition("::")[0])
        groups = levels[file.parent.name]
        groups.setdefault(bench["group"], {})[bench["name"]] = _figures(bench, found)
    output_json.clear()
    output_json.update({"machine": machine_facts(), **levels})


def _figures(bench: dict[str, Any], all_of_them: list[dict[str, Any]]) -> dict[str, Any]:
    """Times of a benchmark; the median leaves out what disturbed some rounds."""
    info, stats = bench["extra_info"], bench["stats"]
    figures = {
        "median_s": stats["median"],
        "min_s": stats["min"],
        "rounds": stats["rounds"],
        **info,
    }
    if "items" in info:
        figures["ns_per_item"] = round(1e9 * stats["median"] / info["items"], 3)
    for other in all_of_them:
        if other["group"] == bench["group"] and other["extra_info"].get("is_baseline"):
            figures["speed_over_baseline"] = round(other["stats"]["median"] / stats["median"], 2)
    return figures
