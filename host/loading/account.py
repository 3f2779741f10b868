"""Load time of a network that has been mapped as a configuration says."""

from dataclasses import asdict, replace
from typing import Any, Literal

from host.config import Config
from host.load import LoadingParams, LoadReport, predict_load
from host.mapper import Mapped

__all__ = ["load_account", "load_summary"]


def load_account(
    config: Config, mapped: Mapped, *, method: Literal["cores", "host"] | None = None
) -> LoadReport:
    """Predict the load of a mapping, with the figures of its machine.

    What is read back depends on what fires: ``chipemu energy`` tells that of a run.

    Parameters
    ----------
    config : Config
    mapped : Mapped
    method : {"cores", "host"}, optional
        Who makes the synapses; by default as the machine says.
    """
    machine_spec = mapped.task.machine_spec
    params: LoadingParams = machine_spec.loading
    return predict_load(
        mapped.task.spec,
        mapped.mapping,
        mapped.task.machine,
        params if method is None else replace(params, method=method),
        cycle_ps=machine_spec.cores.cycle_ps,
        dt_ms=config.run.dt_ms,
    )


def load_summary(report: LoadReport) -> dict[str, Any]:
    """All of a report as plain data, times of terms and sums included."""
    terms = [asdict(term) | {"seconds": term.seconds} for term in report.terms]
    sums = {
        name: getattr(report, name)
        for name in ("mapping_s", "generation_s", "loading_s", "extraction_s", "total_s")
    }
    return asdict(report) | {"terms": terms} | sums
