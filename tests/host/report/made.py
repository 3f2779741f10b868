"""Results to make reports of: a small network with names that are no HTML, and a sweep by hand."""

from pathlib import Path

from host.config import Config, MappingConfig, RunConfig
from host.datatable import Table
from host.pipeline import run
from host.results import Results
from host.sweep import PointError, SweepPoint, SweepResults
from mapping.connectors import FixedTotalNumber, OneToOne
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

HOSTILE = "<img src=x onerror=hit=1>"
OTHER = "B\"'&<b>"
KEYS = ("run.slowdown", "mapping.neurons_per_core")


def network() -> NetworkSpec:
    """Two populations of neurons, the first driven and driving the second."""
    populations = (
        Population("P", 40, PopulationKind.POISSON, {"rate": 2000.0}),
        Population(HOSTILE, 40, PopulationKind.NEURON),
        Population(OTHER, 20, PopulationKind.NEURON),
    )
    projections = (
        Projection("P", HOSTILE, OneToOne(), Constant(0.6), Constant(0.1)),
        Projection(HOSTILE, OTHER, FixedTotalNumber(400), Constant(0.05), Constant(0.5)),
    )
    return NetworkSpec("stub", populations, projections)


def config(timing: str = "full", slowdown: float = 0.05, **more: float) -> Config:
    """So fast that losses are certain, unless the slow-down says otherwise."""
    times = {"time_ms": 30.0, "warmup_ms": 10.0, "threads": 1} | more
    return Config(
        machine="spinn3",
        mapping=MappingConfig(layout="ensemble", neurons_per_core=16),
        run=RunConfig(timing=timing, slowdown=slowdown, **times),
    )


def small_run(folder: Path | None, timing: str = "full", slowdown: float = 0.05) -> Results:
    """A run of `network`."""
    return run(config(timing, slowdown), network=network(), run_dir=folder)


def made_sweep(folder: Path) -> SweepResults:
    """Twelve points of two keys, of which one failed and one does not fit."""
    pairs = [(slow, per_core) for slow in (1.0, 5.0, 20.0, 100.0) for per_core in (16, 64, 128)]
    status = ["done"] * len(pairs)
    status[4], status[7] = "failed", "does_not_fit"
    error = PointError(
        status="failed", type="ConfigError", message=HOSTILE, trace=f"Traceback\n{HOSTILE}"
    )
    unfit = PointError(status="does_not_fit", type="DoesNotFitError", message="too large")
    errors = {4: error, 7: unfit}
    names = [f"points/{k + 1:04d}-abc" for k in range(len(pairs))]
    is_done = [one == "done" for one in status]
    lost = [1.0 / slow if done else None for (slow, _), done in zip(pairs, is_done, strict=True)]
    power = [n / 3.0 if done else None for (_, n), done in zip(pairs, is_done, strict=True)]
    columns = {
        "point": list(range(1, len(pairs) + 1)),
        "status": status,
        "folder": names,
        KEYS[0]: [slow for slow, _ in pairs],
        KEYS[1]: [n for _, n in pairs],
        "lost_share": lost,
        "mean_power_w": power,
        "rtf": [2.0] * len(pairs),
        "is_loss_free": [None if one is None else int(one < 0.02) for one in lost],
        "error_type": [errors[k].type if k in errors else None for k in range(len(pairs))],
        "error": [errors[k].message if k in errors else None for k in range(len(pairs))],
    }
    points = tuple(
        SweepPoint(
            number=k + 1,
            values=dict(zip(KEYS, pair, strict=True)),
            folder=folder / names[k],
            status=status[k],
            error=errors.get(k),
        )
        for k, pair in enumerate(pairs)
    )
    return SweepResults(
        name=f"spike loss {HOSTILE}",
        keys=KEYS,
        table=Table(columns),
        folder=folder,
        base=Config(),
        points=points,
    )
