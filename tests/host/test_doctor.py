"""The command tells what an installation lacks, and what to do about it."""

import json
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import host.doctor as doctor_module
from fixedpoint import jit, kernels
from host import machines
from host.cli import main
from host.cli.examples import EXAMPLES
from host.doctor import Finding, examine
from host.errors import ConfigError, ExitCode


@pytest.fixture(autouse=True)
def _plain_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*doctor_module.SWITCHES, "NUMBA_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def found(name: str) -> Finding:
    (finding,) = [one for one in examine() if one.name == name]
    return finding


def test_this_installation_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one for one in examine() if one.state == "bad"] == []
    assert main(["doctor", "--json"]) == ExitCode.DONE
    account = json.loads(capsys.readouterr().out)
    assert account["is_well"] is True
    assert {"libraries", "processors", "memory", "arithmetic"} <= {
        finding["name"] for finding in account["findings"]
    }


def without(name: str) -> Callable[[str], str]:
    def found_version(wanted: str) -> str:
        if wanted == name:
            raise PackageNotFoundError(name)
        return version(wanted)

    return found_version


def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor_module, "version", without("h5py"))
    assert found("libraries").text == "h5py is not there"
    assert main(["doctor"]) == ExitCode.NOT_MET
    assert "pip install --editable ." in capsys.readouterr().err


def test_an_old_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_module, "version", lambda name: "1.0")
    assert "numpy is 1.0, needed >=2.0" in found("libraries").text


def test_a_missing_extra_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_module, "version", without("distributed"))
    finding = found("extra sweep")
    assert (finding.state, finding.text) == ("note", "distributed is not there")
    assert "'.[sweep]'" in finding.remedy


def test_little_memory_suggests_a_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    quarter = doctor_module.FULL_SCALE_BYTES // 4
    monkeypatch.setattr(doctor_module, "_free_bytes", lambda: quarter)
    finding = found("memory")
    assert finding.state == "note"
    assert "a scale of 0.2 or less" in finding.remedy


def test_switches_of_numba_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert found("numba").remedy == "unset NUMBA_DISABLE_JIT"


def test_few_processors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3}, raising=False)
    assert found("processors").text == "2 of 8 may be used by this process"


def test_folders_that_cannot_be_written_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert found("folder of runs").state == "bad"
    assert "XDG_CACHE_HOME" in found("kernel cache").remedy


def test_an_empty_cache_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jit, "cache_directory", lambda: tmp_path / "empty")
    assert found("kernel cache").text.startswith("empty")


def test_wrong_arithmetic_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "mul_nearest", lambda a, b: a * b)
    assert found("arithmetic").state == "bad"


def test_what_goes_wrong_in_a_check_is_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        msg = f"{name} is torn"
        raise ConfigError(msg)

    monkeypatch.setattr(machines, "load_machine", load)
    finding = found("data")
    assert finding.state == "bad"
    assert "is torn" in finding.text


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == ExitCode.DONE
    text = " ".join(capsys.readouterr().out.split())
    for example in EXAMPLES[command]:
        assert " ".join(example.split()) in text
