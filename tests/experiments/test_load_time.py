"""Recorded loads of the full microcircuit, predicted."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from experiments.load_time import EXPERIMENT, Options, RecordName
from experiments.load_time.records import RECORDS
from host.experiments import Finding
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
    assert not any("from the two other records" in s for s in found.sentences)
