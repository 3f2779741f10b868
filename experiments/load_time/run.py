"""Predicted against recorded loads of the microcircuit, and changes of today's; see README.md."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from experiments.load_time import Options, RecordName
from experiments.load_time.records import RECORDS, Quantity, Record
from host.config import Config, load_config
from host.experiments import Cell, Finding
from host.load import LoadingParams, LoadReport, predict_load
from host.loading.tables import duration_text
from host.mapper import Mapped
from host.pipeline import map_only
from host.progress import Progress

__all__ = ["left_out_s", "quantity_of", "run"]

COLUMNS = ("record", "quantity", "unit", "predicted", "recorded", "ratio", "known")
TERM_COLUMNS = ("load", "phase", "term", "count", "unit", "each_us", "seconds", "basis")
TODAY: dict[str, object] = {"network.name": "pd14", "mapping.layout": "ensemble"}
"""Ensembles of 64 neurons, as today's tool chain maps the microcircuit in real time."""


class _Load(NamedTuple):
    name: str
    report: LoadReport


def run(options: Options, *, progress: Progress, output: Path) -> Finding:
    """Predict all records, and today's load with one figure after the other changed."""
    records = {name: RECORDS[name] for name in options.records}
    reports = {name: _report(record, progress) for name, record in records.items()}
    rows = [
        _row(name, quantity, reports[name])
        for name, record in records.items()
        for quantity in record.quantities
    ]
    loads = [_Load(name, report) for name, report in reports.items()]
    sentences = list(_sentences(rows, reports))
    if options.what_if:
        today = [*_what_if(progress)]
        loads += today
        sentences += _changes(today)
    files = (
        _write(output / "load_time.csv", COLUMNS, rows),
        _write(output / "load_terms.csv", TERM_COLUMNS, _term_rows(loads)),
    )
    return Finding(columns=COLUMNS, rows=tuple(rows), sentences=tuple(sentences), files=files)


def quantity_of(report: LoadReport, name: str) -> float:
    """What a report says of a recorded quantity, in s or bytes."""
    if name == "link":
        return float(report.link_bytes)
    if name == "generation":
        return report.generation_s
    expansion_s = sum(t.seconds for t in report.terms if t.name.startswith("expansion"))
    return expansion_s if name == "expansion" else report.loading_s - expansion_s


def left_out_s(reports: Mapping[RecordName, LoadReport]) -> float:
    """Transfer of the host's matrices in 2020 (s), without figures that come from its record.

    The time of a core follows from the record of Java, that of a packet then from the record of
    the specifications that Python sent.
    """
    java, python, host = (
        {term.name: term for term in reports[name].terms}
        for name in ("cores-2020-java", "cores-2020", "host-2020")
    )
    recorded = {
        name: next(q.recorded for q in RECORDS[name].quantities if q.name == "transfer")
        for name in ("cores-2020-java", "cores-2020")
    }
    core_s = (recorded["cores-2020-java"] - java["packets"].seconds) / java["exchanges"].count
    rest_s = recorded["cores-2020"] - python["exchanges"].count * core_s
    packet_s = rest_s / python["packets"].count
    return host["exchanges"].count * core_s + host["packets"].count * packet_s


def _report(record: Record, progress: Progress) -> LoadReport:
    config = load_config(None, record.settings)
    return _predict(config, _mapped(config, progress), record.params)


def _mapped(config: Config, progress: Progress) -> Mapped:
    mapped: Mapped = map_only(config, progress=progress).mapped
    return mapped


def _predict(config: Config, mapped: Mapped, params: LoadingParams) -> LoadReport:
    task = mapped.task
    return predict_load(
        task.spec,
        mapped.mapping,
        task.machine,
        params,
        cycle_ps=task.machine_spec.cores.cycle_ps,
        dt_ms=config.run.dt_ms,
    )


def _row(name: str, quantity: Quantity, report: LoadReport) -> tuple[Cell, ...]:
    predicted = quantity_of(report, quantity.name)
    known = "calibrated" if quantity.is_calibrated else "predicted"
    unit, size = "s", 1.0
    if quantity.name == "link":
        unit, size = ("GB", 1e9) if quantity.recorded >= 1e9 else ("MB", 1e6)
    told, recorded = (round(figure / size, 3) for figure in (predicted, quantity.recorded))
    ratio = round(predicted / quantity.recorded, 3)
    return name, quantity.name, unit, told, recorded, ratio, known


def _what_if(progress: Progress) -> Iterator[_Load]:
    """Today's load, by the host as well, and with one figure changed at a time."""
    config = load_config(None, TODAY)
    mapped = _mapped(config, progress)
    today = mapped.task.machine_spec.loading
    changes: dict[str, dict[str, object]] = {
        "today": {},
        "by the host": {"method": "host"},
        "by the host, waiting for each packet": {"method": "host", "window": 1},
        "one board at a time": {"parallel_boards": 1},
        "all boards at once": {"parallel_boards": 1_200},
        "link ten times as fast": {"link_hz": 10 * today.link_hz},
        "exchanges ten times as fast": {"core_us": today.core_us / 10},
        "candidates drawn twice as fast": {"trial_cycles": today.trial_cycles // 2},
        "blocks of slices": {"blocks": "slices"},
    }
    for name, change in changes.items():
        yield _Load(name, _predict(config, mapped, replace(today, **change)))  # type: ignore[arg-type]


def _term_rows(loads: Iterable[_Load]) -> Iterator[tuple[Cell, ...]]:
    for load in loads:
        for term in load.report.terms:
            count, each = round(term.count, 1), round(term.each_us, 4)
            cells = term.phase, term.name, count, term.unit, each, round(term.seconds, 3)
            yield load.name, *cells, term.basis


def _sentences(
    rows: Sequence[tuple[Cell, ...]], reports: Mapping[RecordName, LoadReport]
) -> Iterator[str]:
    predicted = [row for row in rows if row[-1] == "predicted"]
    if predicted:
        worst = max(predicted, key=lambda row: abs(float(row[5] or 0) - 1))
        yield (
            f"of {len(predicted)} quantities that no figure comes from, the farthest is "
            f"{worst[1]} of {worst[0]}: {worst[5]} of what was recorded"
        )
    if {"host-2020", "cores-2020", "cores-2020-java"} <= set(reports):
        left_out = left_out_s(reports)
        recorded = next(q.recorded for q in RECORDS["host-2020"].quantities if q.name == "transfer")
        yield (
            f"from the two other records of 2020, sending the host's matrices takes "
            f"{left_out:,.0f} s: {left_out / recorded:.2f} of what was recorded"
        )
    for name, report in reports.items():
        yield f"{name}: {duration_text(report.total_s)} in all; waits for {report.critical}"


def _changes(loads: Sequence[_Load]) -> Iterator[str]:
    today = loads[0].report
    yield f"today: {duration_text(today.total_s)} in all; waits for {today.critical}"
    for load in loads[1:]:
        total = load.report.total_s
        yield f"{load.name}: {duration_text(total)}, {total / today.total_s:.2f} times today's"


def _write(path: Path, columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> Path:
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path
