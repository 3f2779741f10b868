"""Runs that are interrupted and go on: nothing of it is to be seen in the results."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import host
from chipemu.recording import Recording as RawRecording
from host import collector
from host.checkpoint import read_checkpoint
from host.cli import main
from host.config import Config, load_config
from host.errors import ConfigError, ExitCode, OutputError
from host.results import Results, summary
from host.resume import resume
from host.runfolder import load_run, unfinished_folder
from host.runlog import RunLog
from host.unfinished import read_prefix, working_in

SETTINGS = {
    "network.scale": 0.02,
    "run.time_ms": 40.0,
    "run.warmup_ms": 10.0,
    "run.checkpoint_ms": 10.0,
    "run.threads": 1,
    "record.v": {"L4E": 3},
    "record.currents": {"L5I": 1},
    "record.interval_ms": 0.3,
}
BULK = ("spikes.h5", "recordings.h5", "counters.json", "actions.json")
OF_THE_MOMENT = {"wall_s", "rtf", "peak_rss_bytes", "run_dir"}


class KilledError(BaseException):
    """Stands for the end of the process."""


def config_with(**settings: object) -> Config:
    changes = {key.replace("__", "."): value for key, value in settings.items()}
    return load_config(None, SETTINGS | changes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folder of a run without interruption."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    host.run(config_with(run__checkpoint_ms=None), run_dir=folder)
    return folder


def assert_same(folder: Path, other: Path) -> None:
    for name in BULK:
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name
    one, two = (summary(load_run(path)) for path in (folder, other))
    for key in set(one) - OF_THE_MOMENT:
        assert one[key] == two[key], key
    assert sorted(path.name for path in folder.parent.iterdir() if "unfinished" in path.name) == []


def interrupt(monkeypatch: pytest.MonkeyPatch, step: int, simulate: Callable[[], object]) -> None:
    """Let a run end once a recording goes beyond `step`."""
    take = RunLog._take

    def killed(log: RunLog, recording: RawRecording) -> None:
        take(log, recording)
        if log.tally.n_steps > step:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(RunLog, "_take", killed)
        with pytest.raises(KilledError):
            simulate()


@pytest.mark.parametrize(
    ("interval_ms", "step", "threads"),
    [(10.0, 130, 2), (0.7, 333, 1), (3.1, 31, 1), (40.0, 401, 2)],
)
def test_interrupted_runs_give_the_same(
    tmp_path: Path,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    interval_ms: float,
    step: int,
    threads: int,
) -> None:
    monkeypatch.setattr(collector, "PART_BYTES", 300)  # several parts between checkpoints
    monkeypatch.setattr("host.engines.STEPS_PER_CALL", 17)
    folder = tmp_path / "a"
    config = config_with(run__checkpoint_ms=interval_ms)
    interrupt(monkeypatch, step, lambda: host.run(config, run_dir=folder))
    assert not folder.exists()
    done = read_checkpoint(unfinished_folder(folder) / "checkpoint.npz", config)
    assert 0 < done.step <= step + 17
    resume(folder, changes={"run.threads": threads})
    assert_same(folder, whole)


def test_interrupted_twice(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a"
    interrupt(monkeypatch, 150, lambda: host.run(config_with(), run_dir=folder))
    interrupt(monkeypatch, 320, lambda: resume(folder))
    resume(folder)
    assert_same(folder, whole)


def test_what_an_unfinished_run_has_recorded_can_be_read(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a"
    interrupt(monkeypatch, 450, lambda: host.run(config_with(), run_dir=folder))
    prefix = read_prefix(folder)
    expected = load_run(whole).spikes
    assert expected is not None
    steps = np.concatenate([part.steps for part in prefix.spikes])
    neurons = np.concatenate([part.neurons for part in prefix.spikes])
    early = expected.steps < 400
    np.testing.assert_array_equal(steps, expected.steps[early])
    np.testing.assert_array_equal(neurons, expected.neurons[early])
    assert steps.size > 10
    assert [len(part) for part in prefix.recordings] == [3] * 4
    with pytest.raises(OutputError, match=r"is not finished; go on with it by: chipemu resume"):
        load_run(folder)


@pytest.mark.parametrize("with_checkpoints", [True, False])
def test_a_killed_process(tmp_path: Path, whole: Path, with_checkpoints: bool) -> None:
    """SIGKILL at some moment of the simulation."""
    folder = tmp_path / "a"
    settings = SETTINGS | {"run.checkpoint_ms": 5.0 if with_checkpoints else None}
    code = (
        "import pathlib, time, host\n"
        "from host import engines\n"
        "engines.STEPS_PER_CALL = 10\n"
        "advance = engines._advance\n"
        "def slow(cores, n_steps, interval, listener):\n"
        "    tell = lambda n: (print(n, flush=True), time.sleep(0.02))\n"
        "    advance(cores, n_steps, interval, listener._replace(advance=tell))\n"
        "engines._advance = slow\n"
        f"config = host.load_config(None, {settings!r})\n"
        f"host.run(config, run_dir=pathlib.Path({str(folder)!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(15):
            assert child.stdout.readline()
        time.sleep(np.random.default_rng().uniform(0.0, 0.3))  # any moment will do
        child.send_signal(signal.SIGKILL)
    assert not folder.exists()
    assert (unfinished_folder(folder) / "checkpoint.npz").is_file() == with_checkpoints
    resume(folder)
    assert_same(folder, whole)


def test_a_finished_run_becomes_longer(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "a"
    host.run(config_with(run__time_ms=17.3), run_dir=folder)
    assert main(["resume", str(folder), "--time", "40", "--threads", "2", "--quiet"]) == 0
    assert_same(folder, whole)


def refuse(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["resume", *arguments, "--quiet"]) == ExitCode.USER
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_what_cannot_go_on(tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no run" in refuse(capsys, str(tmp_path / "nothing"))
    assert "no run folder: it has no manifest" in refuse(capsys, str(tmp_path))
    assert "is finished; to make it longer, give --time" in refuse(capsys, str(whole))
    assert "has no checkpoint to go on from; runs with --checkpoint-every" in refuse(
        capsys, str(whole), "--time", "1 s"
    )
    folder = tmp_path / "a"
    host.run(config_with(run__time_ms=1.0), run_dir=folder)
    assert "the run has gone 1 ms already; give more" in refuse(
        capsys, str(folder), "--time", "0.5"
    )
    assert "no whole number of time steps" in refuse(capsys, str(folder), "--time", "1.23")
    assert load_run(folder).config.run.time_ms == 1.0
    assert not unfinished_folder(folder).exists()
    with pytest.raises(ConfigError, match=r"run.seed: a run that goes on can only change run.time"):
        resume(folder, changes={"run.seed": 3})


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a"
    interrupt(monkeypatch, 250, lambda: host.run(config_with(), run_dir=folder))
    return folder


def test_damage_is_told(interrupted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unfinished_folder(interrupted) / "checkpoint.npz"
    good = path.read_bytes()
    for damaged in (good[: len(good) // 2], b"", good[:200] + b"\xff" * 8 + good[208:]):
        path.write_bytes(damaged)
        assert "is damaged (" in refuse(capsys, str(interrupted))
    path.write_bytes(good)
    config = unfinished_folder(interrupted) / "config.yaml"
    text = config.read_text()
    config.write_text(text.replace("seed: 1", "seed: 2"))
    assert "is of a run of another configuration" in refuse(capsys, str(interrupted))
    config.write_text(text)
    parts = unfinished_folder(interrupted) / "parts"
    (first, *_) = sorted(parts.glob("*.spikes.h5"))
    first.unlink()
    assert f"{first.name} is missing" in refuse(capsys, str(interrupted))


def test_other_versions_and_networks_are_told(
    interrupted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("host.checkpoint.version", lambda _: "99.0")
        assert "was written by chipemu" in refuse(capsys, str(interrupted))
    with monkeypatch.context() as patch:
        patch.setattr("host.checkpoint.FORMAT", 99)
        assert "this is" in refuse(capsys, str(interrupted))
    with monkeypatch.context() as patch:
        patch.setattr("host.networks.pd14.V_THRESH_MV", -51.0, raising=False)
        patch.setattr("host.runlog.image_digest", lambda _: "another")
        assert "the network is not the one of the checkpoint" in refuse(capsys, str(interrupted))


def test_one_run_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    with working_in(folder), pytest.raises(OutputError, match="another run is writing"):
        host.run(config_with(run__time_ms=0.1), run_dir=folder)


def test_an_unfinished_run_is_not_overwritten_by_the_command(
    interrupted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "pd14", "--scale", "0.002", "--time", "1", "--warmup", "0", "--quiet"]
    assert main([*command, "--output", str(interrupted)]) == ExitCode.USER
    assert "has an unfinished run; go on with it by: chipemu resume" in capsys.readouterr().err
    assert main([*command, "--output", str(interrupted), "--force"]) == ExitCode.DONE
    assert not unfinished_folder(interrupted).exists()


def test_checkpoints_need_ideal_timing_and_the_compiled_engine() -> None:
    for key, value in (("run.timing", "full"), ("run.engine", "reference")):
        with pytest.raises(ConfigError, match=r"run.checkpoint_ms: .* cannot go on from a check"):
            load_config(None, {"run.checkpoint_ms": 5, key: value})


def test_failed_runs_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_with(run__checkpoint_ms=None)
    interrupt(monkeypatch, 0, lambda: host.run(config, run_dir=tmp_path / "a"))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("host.collector.write_spikes", full)
    with pytest.raises(OutputError, match=r"cannot write run folder .*: No space left on device"):
        host.run(config_with(), run_dir=tmp_path / "a")


def test_results_are_read_from_the_folder(whole: Path) -> None:
    results: Results = load_run(whole)
    assert results.spikes is not None
    in_memory = host.run(config_with(run__checkpoint_ms=None))
    assert in_memory.spikes is not None
    np.testing.assert_array_equal(results.spikes.steps, in_memory.spikes.steps)
    np.testing.assert_array_equal(results.spikes.neurons, in_memory.spikes.neurons)
    assert results.spikes.counts() == in_memory.spikes.counts()
    for name in in_memory.spikes.populations:
        for read, held in zip(results.spikes.of(name), in_memory.spikes.of(name), strict=True):
            np.testing.assert_array_equal(read, held)
    for read, held in zip(results.recordings, sorted_by_name(in_memory), strict=True):
        assert replace(read, values=held.values, steps=held.steps, members=held.members)
        np.testing.assert_array_equal(read.values, held.values)
        np.testing.assert_array_equal(read.steps, held.steps)


def sorted_by_name(results: Results) -> list[host.results.Recording]:
    return sorted(results.recordings, key=lambda r: (r.variable, r.population))
