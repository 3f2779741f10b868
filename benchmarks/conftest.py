"""Results of pytest-benchmark as we keep them: no paths, no host name, and ratios to baselines."""

from typing import Any

from benchmarks.machine import machine_facts


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    found = output_json["benchmarks"]
    groups: dict[str, dict[str, Any]] = {}
    for bench in found:
        groups.setdefault(bench["group"], {})[bench["name"]] = _figures(bench, found)
    output_json.clear()
    output_json.update({"machine": machine_facts(), "groups": groups})


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
