"""The network test in small: one network, two rates, a millisecond."""

import csv

import pytest

from experiments.network_test import EXPERIMENT, Options
from host.progress import SilentProgress


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    options = Options(receive_us=(0.7,), seeds=(1,), ninths=(0, 3), time_ms=1.0)
    folder = tmp_path_factory.mktemp("network_test")
    return EXPERIMENT.run(options, progress=SilentProgress(), output=folder)


def test_the_file_has_a_row_per_rate(finding):
    with finding.files[0].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ninths"] for row in rows] == ["0", "3"]
    assert [row["measured"] for row in rows] == ["0", "1707350"]
    assert rows[0]["received"] == "0"


def test_a_third_of_the_load_arrives_as_it_did(finding):
    received = finding.rows[1][finding.columns.index("received_in_100_ms")]
    assert received == pytest.approx(1_707_350, rel=0.1)


def test_the_sentence_leaves_out_what_had_nothing_to_receive(finding):
    assert len(finding.sentences) == 1
    assert "at n = 3" in finding.sentences[0]


def test_loads_arrive_below_the_knee_and_collapse_above_it(tmp_path):
    options = Options(receive_us=(0.7,), seeds=(1,), ninths=(4, 9), time_ms=0.5, engine="reference")
    found = EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path)
    with found.files[0].open(newline="") as file:
        below, above = csv.DictReader(file)
    assert (below["ninths"], above["ninths"]) == ("4", "9")
    assert int(below["received"]) > 0.98 * int(below["wanted"])
    assert int(above["received"]) < 0.4 * int(above["wanted"])
    assert float(above["router_busy_mean"]) > 0.9
