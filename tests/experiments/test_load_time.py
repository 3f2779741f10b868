"""Recorded loads of the full microcircuit, predicted."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from experiments.load_time import EXPERIMENT, Options, RecordName
from experiments.load_time.records import RECORDS
from experiments.load_time.run import left_out_s
from host.experiments import Finding
from host.load import LoadReport, LoadTerm
from host.machines import load_machine
from host.progress import SilentProgress

NAMES: tuple[RecordName, ...] = get_args(RecordName)


def find(options: Options, folder: Path) -> Finding:
    return EXPERIMENT.run(options, progress=SilentProgress(), output=folder)


@pytest.fixture(scope="module")
def finding(tmp_path_factory: pytest.TempPathFactory) -> Finding:
    return find(Options(what_if=False), tmp_path_factory.mktemp("load_time"))


def rows(finding: Finding, number: int) -> list[dict[str, str]]:
    with finding.files[number].open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_recorded_is_predicted_within_a_quarter(finding: Finding, name: str) -> None:
    found = [row for row in rows(finding, 0) if row["record"] == name]
    assert [row["quantity"] for row in found] == [q.name for q in RECORDS[name].quantities]
    for row in found:
        assert float(row["predicted"]) == pytest.approx(float(row["recorded"]), rel=0.25), row


def test_a_record_is_predicted_from_the_two_others_as_well(finding: Finding) -> None:
    (sentence,) = (s for s in finding.sentences if s.startswith("from the two other records"))
    seconds = float(sentence.split(" takes ")[1].split(" s:")[0].replace(",", ""))
    assert seconds == pytest.approx(11_277, rel=0.25)


def report_of(n_exchanges: int, n_packets: int, packet_us: float) -> LoadReport:
    """A load of exchanges and packets alone."""
    rows = (("exchanges", n_exchanges, 1.0), ("packets", n_packets, packet_us))
    return LoadReport(
        terms=tuple(
            LoadTerm(phase="loading", name=name, count=n, unit="", each_us=us, basis="derived")
            for name, n, us in rows
        )
    )


def test_the_record_left_out_by_hand() -> None:
    """Java took 18.56 s: 8.56 of packets, so 0.1 s for each of 100 cores.

    Python took 89.7 s: 20 for 200 cores, so 0.1 s for each of 697 packets.
    """
    reports: dict[RecordName, LoadReport] = {
        "cores-2020-java": report_of(100, 856, 1e4),
        "cores-2020": report_of(200, 697, 5.0),
        "host-2020": report_of(300, 1_000, 7.0),
    }
    assert left_out_s(reports) == pytest.approx(300 * 0.1 + 1_000 * 0.1)


def test_bytes_are_short_enough_to_be_read(finding: Finding) -> None:
    links = {row[0]: row[2:5] for row in finding.rows if row[1] == "link"}
    assert links["host-2020"][0] == "GB"
    assert links["host-2020"][2] == pytest.approx(5_255_862_244 / 1e9, abs=5e-4)
    assert links["cores-2020"][0] == "MB"
    assert links["cores-2020"][2] == pytest.approx(32_591_480 / 1e6, abs=5e-4)
    for row in finding.rows:
        assert all(len(f"{figure:.12g}") <= 9 for figure in row[3:5] if figure is not None)


def test_the_machine_of_2017_loads_as_the_record_says() -> None:
    assert load_machine("spinnaker1-vanalbada2018").loading == RECORDS["host-2017"].params


def test_terms_add_up_to_what_is_compared(finding: Finding) -> None:
    terms = [row for row in rows(finding, 1) if row["load"] == "cores-2020"]

    def seconds(phase: str) -> float:
        return sum(float(row["seconds"]) for row in terms if row["phase"] == phase)

    compared = {
        row["quantity"]: float(row["predicted"])
        for row in rows(finding, 0)
        if row["record"] == "cores-2020"
    }
    assert seconds("generation") == pytest.approx(compared["generation"], abs=0.01)
    loading = compared["transfer"] + compared["expansion"]
    assert seconds("loading") == pytest.approx(loading, abs=0.02)


def test_changes_of_todays_load(tmp_path: Path) -> None:
    found = find(Options(records=("host-2017",)), tmp_path)
    totals: dict[str, float] = {}
    for row in rows(found, 1):
        totals[row["load"]] = totals.get(row["load"], 0.0) + float(row["seconds"])
    assert totals["by the host"] > 10 * totals["today"]
    assert totals["all boards at once"] < totals["today"] < totals["one board at a time"]
    assert totals["link ten times as fast"] <= totals["today"]
    ratio = totals["by the host"] / totals["today"]
    (said,) = (s for s in found.sentences if s.startswith("by the host:"))
    assert said.endswith(f", {ratio:.2f} times today's")
    assert not any("from the two other records" in s for s in found.sentences)
