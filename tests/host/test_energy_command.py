"""The command ``chipemu energy``: ledgers of finished runs, other tables, pictures, mistakes."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from host.cli import main
from host.energy import default_table, price
from host.energy.table import load_table
from host.errors import ExitCode
from host.runfolder import load_run

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("energy") / "run"
    line = "run pd14 --scale 0.02 --mapping ensemble --time 20 --warmup 10 --quiet --output"
    assert main([*line.split(), str(folder)]) == ExitCode.DONE
    return folder


@pytest.fixture
def chipemu(
    finished: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    shutil.copytree(finished, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(line: str) -> tuple[int, str, str]:
        code = main(line.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def account(chipemu: Command, line: str = "energy run") -> Any:
    code, out, err = chipemu(f"{line} --json")
    assert (code, err) == (ExitCode.DONE, "")
    return json.loads(out)


def figures(table: str) -> list[int]:
    """Energies of the lines of a printed table, without their decimal point."""
    found = re.findall(r"(\d[\d,]*\.\d+) +\d+\.\d %", table)
    return [int(figure.replace(",", "").replace(".", "")) for figure in found]


def printed_total(table: str, name: str) -> int:
    (line,) = re.findall(rf"^{name} .*$", table, flags=re.MULTILINE)
    figure = re.findall(r"\d[\d,]*\.\d+", line)[-1]
    return int(figure.replace(",", "").replace(".", ""))


def test_printed_lines_add_up_to_printed_totals(chipemu: Command) -> None:
    code, out, err = chipemu("energy run --phase all")
    assert (code, out) == (ExitCode.DONE, "")
    assert max(map(len, err.splitlines())) <= 80
    assert "…" not in err
    tables = re.split(r"\n\n", err)
    lines = [part for part in tables if "price:" in part]
    assert len(lines) == 6
    totals = [printed_total(part, "total") for part in lines]
    for part, total in zip(lines, totals, strict=True):
        assert sum(figures(part)) == total
    (phases,) = [part for part in tables if "mean power" in part]
    assert printed_total(phases, "all") == sum(totals)


def test_one_phase_is_shown_with_the_whole(chipemu: Command) -> None:
    _, _, err = chipemu("energy run")
    assert err.count("price:") == 1
    assert "cores polling, synapse" in err
    for text in ("mapping", "extraction", "E_syn", "deadline is assumed"):
        assert text in err
    assert "cores busy, generation" in chipemu("energy run --phase loading")[2]


def test_json_adds_up_and_says_what_the_run_said(chipemu: Command, finished: Path) -> None:
    found = account(chipemu)
    assert found["summary"] == json.loads((finished / "summary.json").read_text())["energy"]
    for phase in found["phases"]:
        assert phase["total_nj"] == sum(line["nj"] for line in phase["lines"])
    assert found["total_nj"] == sum(phase["total_nj"] for phase in found["phases"])
    assert all(line["source"] for phase in found["phases"] for line in phase["lines"])


def test_another_table_prices_the_same_counts(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "extends: spinnaker1\n"
        "core_cycle: {low: 8.5, nominal: 17, high: 34, basis: estimated, source: a smaller node}\n"
    )
    was, is_now = account(chipemu), account(chipemu, "energy run --table mine.yaml")
    lines = [
        {(p["phase"], e["action"], e["what"]): e["nj"] for p in part["phases"] for e in p["lines"]}
        for part in (was, is_now)
    ]
    differ = {key for key in lines[0] if abs(lines[0][key] - lines[1][key]) > 1}
    assert {action for _, action, _ in differ} == {"core_cycle"}
    for key in differ:
        assert lines[1][key] == pytest.approx(lines[0][key] / 10, abs=2)


def test_the_machines_own_table_is_that_of_the_run(chipemu: Command, tmp_path: Path) -> None:
    """Later changes of the machine's file do not reach a finished run."""
    file = tmp_path / "cheap.yaml"
    file.write_text(
        "extends: spinnaker1\n"
        "energy: {chip: {low: 0, nominal: 1, high: 2, unit: mW, basis: estimated, source: x}}\n"
    )
    line = "run pd14 --scale 0.002 --time 1 --warmup 0 --machine cheap.yaml --quiet --output mine"
    assert chipemu(line)[0] == ExitCode.DONE
    file.unlink()
    found = account(chipemu, "energy mine")
    (chip, *_) = [e for p in found["phases"] for e in p["lines"] if p["phase"] == "running"]
    assert (chip["action"], chip["price"]["nominal"], chip["unit"]) == ("chip", 1, "mW")


def test_polling_by_choice(chipemu: Command) -> None:
    def polled(option: str) -> set[str]:
        lines = account(chipemu, f"energy run {option}")["phases"][-2]["lines"]
        return {line["what"] for line in lines if line["action"] == "core_poll_cycle"}

    assert polled("") == {"synapse"}
    assert polled("--polling none") == set()
    assert polled("--polling neuron,poisson") == {"neuron", "poisson"}
    assert polled("--polling all") == {"neuron", "synapse", "poisson"}


def test_the_picture_is_drawn(chipemu: Command, tmp_path: Path) -> None:
    assert chipemu("energy run --picture where.svg --quiet") == (ExitCode.DONE, "", "")
    assert ET.parse(tmp_path / "where.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("energy nowhere", "nowhere is no run folder"),
        ("energy run --phase runing", "no phase 'runing'; did you mean 'running'?"),
        ("energy run --polling synapses", "no role 'synapses' of cores; did you mean 'synapse'?"),
        ("energy run --table spinaker1", "unknown table of energy 'spinaker1'; did you mean"),
        ("energy run --table none.yaml", "cannot read none.yaml"),
        ("energy run --picture no/where.svg", "there is no folder no; make it first"),
        ("energy run --picture a.png", "--picture a.png: choose a name that ends in .svg"),
        ("energy run --table empty.yaml", "empty.yaml is empty; copy a table"),
        ("energy run --table bad.yaml", "bad.yaml:2: router_bit.nominal should be"),
    ],
)
def test_mistakes_are_one_line(chipemu: Command, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text("extends: spinnaker1\nrouter_bit: {nominal: -1}\n")
    (tmp_path / "empty.yaml").touch()
    code, out, err = chipemu(line)
    assert (code, out) == (ExitCode.USER, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_a_run_of_a_version_that_did_not_count(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "run/actions.json").unlink()
    code, _, err = chipemu("energy run")
    assert code == ExitCode.USER
    assert "run it again" in err


@pytest.mark.parametrize("text", ["{", "{}", '{"format": 1, "phases": 1}', "[]"])
@pytest.mark.parametrize("name", ["actions.json", "summary.json"])
def test_a_damaged_file_is_told(chipemu: Command, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "run" / name).write_text(text)
    code, _, err = chipemu("energy run")
    assert code == ExitCode.USER
    assert "cannot read run folder run" in err
    assert len(err.strip().splitlines()) == 1


def test_runs_are_priced_again_from_python(finished: Path) -> None:
    results = load_run(finished)
    assert results.actions is not None
    ledger = price(results.actions, default_table())
    own = ledger.e_syn_j()
    other = price(results.actions, load_table("spinnaker2")).e_syn_j()
    assert own is not None
    assert other is not None
    assert float(own.nominal * 10**6) == results.energy["e_syn_uj"] != float(other.nominal * 10**6)


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", 2), ("cycle_ps", 0), ("action", "bogus"), ("n", -1), ("phase", "mapping")],
)
def test_wrong_counts_are_refused(
    chipemu: Command, tmp_path: Path, key: str, value: object
) -> None:
    file = tmp_path / "run/actions.json"
    data = json.loads(file.read_text())
    for where in (data, *data["phases"], *(c for p in data["phases"] for c in p["counts"])):
        if key in where:
            where[key] = value
    file.write_text(json.dumps(data))
    code, _, err = chipemu("energy run")
    assert code == ExitCode.USER
    assert "cannot read run folder run" in err
    assert len(err.strip().splitlines()) == 1


def test_a_slow_down_that_cannot_be_kept_is_told(chipemu: Command) -> None:
    line = "run pd14 --scale 0.02 --mapping ensemble --time 10 --warmup 0 --slowdown 0.1"
    assert "not valid: the deadline is missed" in chipemu(f"{line} --output fast")[2]
    found = account(chipemu, "energy fast")["summary"]
    assert found["deadline"] == "missed"
    assert found["load"] > 1
    text = " ".join(chipemu("energy fast")[2].split())
    assert f"have work for {found['load']:.3g} times the time that there is" in text
    assert account(chipemu)["summary"]["load"] < 1


def test_only_frames_hold_boards(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("extends: spinnaker1\nhousing: {chips_per_board: 0}\n")
    code, _, err = chipemu("machines m.yaml")
    assert code == ExitCode.USER
    assert "chips_per_board is 0" in err
