"""Results of a mapping, made by hand."""

from typing import Any

from host.config import Config
from host.results import MapResults


def summary(mean: float, largest: int, total: int = 0) -> dict[str, Any]:
    """Fields of `mapping.cost.Summary`, rising to `largest`."""
    deciles = tuple(largest * k // 10 for k in range(11))
    return {"mean": mean, "max": largest, "total": total, "deciles": deciles}


REPORT = {
    "n_cores": 6050,
    "n_delay_cores": 0,
    "n_chips": 404,
    "n_boards": 9,
    "n_idle_cores": 347,
    "entries_before": summary(1000.5, 1200, 400_000),
    "entries_made": summary(750.25, 800, 300_000),
    "entries_after": summary(500.5, 600, 200_000),
    "tree_links_per_spike": 400.2,
    "reached_per_spike": 390.0,
    "hops_per_target": 9.5,
    "link_load": {"mean_hz": 40_000.0, "max_hz": 200_000.0, "hottest": "(3, 4) NE"},
    "depth_per_net": summary(33.0, 48),
    "board_crossings_per_net": summary(59.0, 68),
    "dtcm_bytes": summary(20_000.0, 32 << 10),
    "sdram_bytes": summary(1e6, 3 << 20),
    "depth_per_spike": 33.5,
    "board_crossings_per_spike": 59.5,
}
LINKS = {
    "slowdown": 20.0,
    "capacity_hz": 7e6,
    "board_capacity_hz": 2.8e6,
    "hottest_share": 0.03,
    "fullest": "(0, 3) N",
    "fullest_share": 0.125,
}
LIMITS = {"chips": 432, "boards": 9, "cores": 6840, "table_entries": 1023} | {
    "sdram_bytes": 12 << 20,
    "dtcm_bytes": 64 << 10,
}
STAGE_S = {
    "kernels": 9.0,
    "network": 0.0,
    "machine": 0.5,
    "partition": 0.25,
    "place": 0.5,
    "route": 1.5,
    "keys": 0.0,
    "tables": 0.0,
    "compress": 0.0,
    "check": 0.25,
    "report": 0.125,
}


def map_results(config: Config | None = None, **changes: Any) -> MapResults:
    """Results whose report has `changes`."""
    return MapResults(
        config=config or Config(),
        machine="spinnaker1-9boards",
        n_neurons=77_169,
        n_synapses=298_880_968,
        report=REPORT | changes,
        links=LINKS,
        limits=LIMITS,
        check={
            "passed": True,
            "n_nets": 3,
            "n_keys": 1210,
            "n_deliveries": 9,
            "n_links": 7,
            "longest": 48,
        },
        stage_s=STAGE_S,
        mapping_s=2.5,
    )
