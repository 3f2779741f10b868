"""The command: options, outputs, exit codes, and one line for every mistake."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from host.cli import main
from host.config import Config, load_config
from host.errors import ExitCode, HostError, did_you_mean, exit_code
from host.networks import NETWORKS, Network
from host.progress import Progress
from host.results import MapResults, Results
from host.runfolder import load_run, write_run
from host.timing import LOSSES, Losses, StretchTiming, Timing
from mapping.errors import CheckError, DoesNotFitError, SpecError
from mapping.spec import NetworkSpec
from tests.host.map_stubs import map_results

Command = Callable[[Sequence[str]], tuple[int, str, str]]

RESULTS = Results(
    config=Config(),
    machine="spinnaker1-6boards",
    n_neurons=77_169,
    n_synapses=298_880_968,
    n_cores=6050,
    n_chips=404,
    n_boards=9,
    rates_hz={"L23E": 0.9, "L4E": 4.4},
    losses={"ring_buffer_saturations": 3, "late": 0},
    counters={},
    wall_s={"map": 0.5, "keys": 0.001, "run": 1.5},
    rtf=1.5,
    peak_rss_bytes=3 << 30,
    energy={"e_syn_uj": 0.6, "slowdown": 20.0, "deadline": "assumed"},
)
PRESETS = (
    "neuroaix",
    "spinn3",
    "spinn5",
    "spinnaker1",
    "spinnaker1-minimal",
    "spinnaker1-rhodes2019",
    "spinnaker1-vanalbada2018",
    "spinnaker2",
    "template",
)


class Pipeline(ModuleType):
    """Stands in for the pipeline: keeps what it was called with, and gives fixed results."""

    def __init__(self) -> None:
        super().__init__("host.pipeline")
        self.configs: list[Config] = []
        self.error: BaseException | None = None

    def run(
        self, config: Config, *, progress: Progress, run_dir: Path | None, **_: object
    ) -> Results:
        self._called(config)
        with progress.phase("running", total=1):
            progress.advance()
        results = replace(RESULTS, config=config)
        return results if run_dir is None else write_run(results, run_dir)

    def map_only(
        self, config: Config, *, progress: Progress, origin: Path | None = None
    ) -> MapResults:
        self._called(config)
        with progress.phase("mapping"):
            return map_results(config)

    def _called(self, config: Config) -> None:
        self.configs.append(config)
        if self.error is not None:
            raise self.error


def unbuilt(config: Config) -> NetworkSpec:
    raise NotImplementedError


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipeline:
    fake = Pipeline()
    monkeypatch.setitem(NETWORKS, "brunel", Network("balanced random network", unbuilt))
    monkeypatch.setitem(sys.modules, "host.pipeline", fake)
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def chipemu(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(arguments: Sequence[str]) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_run_writes_a_folder_and_shows_tables(chipemu: Command, tmp_path: Path) -> None:
    code, out, err = chipemu(["run", "pd14", "--output", "runs/a"])
    assert (code, out) == (ExitCode.DONE, "")
    assert load_run(tmp_path / "runs/a").n_neurons == 77_169
    for text in (
        "running",
        "L4E",
        "4.400",
        "298,880,968 synapses",
        "6,050 cores on 404 chips of 9 boards",
        "2.00 s (map 0.50, run 1.50)",
        "1.5 (wall over biological time)",
        "3.0 GiB",
        "3 ring buffer saturations",
        "0.6 uJ per synaptic event (assumes the deadline is met)",
        "runs/a",
    ):
        assert text in err
    assert "late" not in err


def test_brackets_in_names_are_shown(chipemu: Command) -> None:
    code, _, err = chipemu(["run", "pd14", "--output", "a[red]b[-b]"])
    assert code == ExitCode.DONE
    assert "a[red]b[-b]" in err


def test_run_chooses_a_new_folder_each_time(chipemu: Command, tmp_path: Path) -> None:
    for _ in range(2):
        assert chipemu(["run", "pd14", "--quiet"]) == (ExitCode.DONE, "", "")
    names = sorted(path.name[-2:] for path in (tmp_path / "runs").iterdir())
    assert names == ["-1", "-2"]


def test_run_json_is_one_object_and_nothing_else(chipemu: Command) -> None:
    code, out, err = chipemu(["run", "pd14", "--output", "a", "--json"])
    assert code == ExitCode.DONE
    account = json.loads(out)
    assert account["run_dir"] == "a"
    assert account["energy"] == {"e_syn_uj": 0.6, "slowdown": 20.0, "deadline": "assumed"}
    assert "spikes/s" not in err


def test_map_json(chipemu: Command, tmp_path: Path) -> None:
    code, out, err = chipemu(["map", "pd14", "--json", "--quiet"])
    assert (code, err) == (ExitCode.DONE, "")
    assert json.loads(out)["entries_before"]["max"] == 1200
    assert not any(tmp_path.iterdir())


def test_every_option_reaches_the_configuration(chipemu: Command, pipeline: Pipeline) -> None:
    line = (
        "run brunel --scale 0.5 --time 2s --warmup 100 --dt 0.2 --slowdown 20x --drive dc "
        "--initial original --mapping ensemble --neurons-per-core 80 --synapse-cores 2 "
        "--machine spinn5 --timing ideal --engine compiled --seed 9 --threads 2 --output 7 "
        "--set run.rounding=nearest --set record.v={L4E:\\ 3} --quiet"
    )
    arguments = line.replace("\\ ", "~").split()
    code, _, err = chipemu([argument.replace("~", " ") for argument in arguments])
    assert (code, err) == (ExitCode.DONE, "")
    (config,) = pipeline.configs
    network, run, mapping = config.network, config.run, config.mapping
    assert (network.name, network.scale) == ("brunel", 0.5)
    assert (network.drive, network.initial) == ("dc", "original")
    assert (run.time_ms, run.warmup_ms, run.dt_ms, run.slowdown) == (2000.0, 100.0, 0.2, 20.0)
    assert (run.timing, run.engine, run.seed, run.threads) == ("ideal", "compiled", 9, 2)
    assert run.rounding == "nearest"
    assert (mapping.layout, mapping.neurons_per_core, mapping.synapse_cores) == (
        "ensemble",
        80,
        2,
    )
    assert (config.machine, config.output, config.record.v) == ("spinn5", "7", {"L4E": 3})


def test_full_timing_is_asked_for_by_options(chipemu: Command, pipeline: Pipeline) -> None:
    line = "run pd14 --timing full --slowdown 2x --set cores.spread=0.5 --set cores.costs=polling"
    assert chipemu([*line.split(), "--quiet"])[0] == ExitCode.DONE
    (config,) = pipeline.configs
    assert (config.run.timing, config.slowdown) == ("full", 2.0)
    assert (config.cores.spread, config.cores.costs) == (0.5, "polling")


def test_losses_and_margins_are_shown(chipemu: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    energy = {"e_syn_uj": 0.6, "slowdown": 1.0, "deadline": "met"}
    losses = Losses(**dict.fromkeys(LOSSES, 7), overruns=0)
    stretch = StretchTiming(
        first_step=0,
        stop_step=10,
        is_loss_free=False,
        losses=losses,
        dropped={},
        packets_sent=1,
        packets_received=1,
        margins={},
    )
    timing = Timing(
        step_us=100.0,
        stretches={"run": stretch},
        saturated=0,
        delay_clipped=0,
        in_flight=0,
        unprocessed=0,
        undelivered=0,
    )
    timed = replace(RESULTS, timing=timing, energy=energy)
    monkeypatch.setattr(f"{__name__}.RESULTS", timed)
    code, out, err = chipemu(["run", "pd14", "--timing", "full", "--output", "a"])
    assert (code, out) == (ExitCode.DONE, "")
    assert "NOT loss-free: 7 router dropped, 7 buffer overflow" in err
    assert "slack of 100 us" in err
    assert "assumes the deadline" not in err


def test_file_then_options_then_set(chipemu: Command, pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("network: {name: brunel}\nrun: {seed: 1, time_ms: 5}\n")
    chipemu(["run", "c.yaml", "--seed", "2", "--quiet"])
    chipemu(["run", "pd14", "--config", "c.yaml", "--seed", "2", "--set", "run.seed=3"])
    first, second = pipeline.configs
    assert (first.network.name, first.run.seed, first.run.time_ms) == ("brunel", 2, 5.0)
    assert (second.network.name, second.run.seed, second.run.time_ms) == ("pd14", 3, 5.0)


def test_config_of_a_run_repeats_it(chipemu: Command, pipeline: Pipeline, tmp_path: Path) -> None:
    chipemu(["run", "pd14", "--output", "a", "--quiet"])
    assert load_config(tmp_path / "a/config.yaml") == pipeline.configs[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "pd1"], "unknown network 'pd1'; did you mean 'pd14'?"),
        (["run", "loihi"], "unknown network 'loihi'; see: chipemu networks"),
        (["run"], "name a network (see: chipemu networks) or a configuration file"),
        (["run", "none.yaml"], "cannot read none.yaml: No such file or directory"),
        (["run", "a.yaml", "--config", "b.yaml"], "two configurations, a.yaml and b.yaml"),
        (["run", "pd14", "--machine", "spin5"], "unknown machine 'spin5'; did you mean 'spinn5'"),
        (["map", "pd14", "--machine", "spin5"], "unknown machine 'spin5'; did you mean 'spinn5'"),
        (["run", "pd14", "--time", "-5"], "run.time_ms should be greater than 0, got -5"),
        (["run", "pd14", "--time=-5 s"], "run.time_ms should be greater than 0, got -5000"),
        (["run", "pd14", "--dt", "0.00001"], "run.dt_ms: a time step of 1e-05 ms does not fit"),
        (["run", "pd14", "--scale", "2"], "network.scale should be less than or equal to 1, got 2"),
        (["run", "pd14", "--seed", "x"], "run.seed should be a whole number, got 'x'"),
        (["run", "pd14", "--set", "run.seed"], "--set takes KEY=VALUE"),
        (["run", "pd14", "--set", "run.sed=1"], "unknown key 'sed' in run; did you mean 'seed'"),
        (["run", "pd14", "--timing", "real"], "run.timing should be 'ideal' or 'full', got 'real'"),
        (["run", "pd14", "--set", "cores.costs=x"], "cores.costs: unknown table of costs 'x'; the"),
        (["run", "pd14", "--output", "file/a"], "cannot write run folder file/a: Not a directory"),
        (["run", "pd14", "--output", "earlier"], "run folder earlier exists; replace it with"),
        (["run", "pd14", "--output", "other"], "other exists and is no run folder; choose"),
        (["run", "pd14", "--output", "other", "--force"], "other exists and is no run folder"),
        (["run", "pd14", "--speed", "9"], "No such option: --speed"),
        (["simulate"], "No such command 'simulate'"),
    ],
)
def test_mistakes_end_with_one_line_before_the_work_starts(
    chipemu: Command, pipeline: Pipeline, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("")
    write_run(RESULTS, tmp_path / "earlier")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = chipemu(arguments)
    assert (code, out) == (ExitCode.USER, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1
    assert pipeline.configs == []
    assert sorted(tmp_path.rglob("*")) == before


def test_mistake_in_a_file_names_its_line(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("mapping:\n\n  neurons_per_cor: 80\n")
    code, _, err = chipemu(["map", "c.yaml"])
    assert code == ExitCode.USER
    message = "unknown key 'neurons_per_cor' in mapping; did you mean 'neurons_per_core'?"
    assert err == f"error: c.yaml:3: {message}\n"


def test_force_replaces_an_earlier_run(chipemu: Command, tmp_path: Path) -> None:
    write_run(replace(RESULTS, n_neurons=1), tmp_path / "a")
    assert chipemu(["run", "pd14", "--output", "a", "--force", "--quiet"])[0] == ExitCode.DONE
    assert load_run(tmp_path / "a").n_neurons == 77_169


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DoesNotFitError("cores", 9, 8, "take more boards"), 3, "cores: need 9, limit 8; take"),
        (SpecError("no population"), 2, "no population"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError("9 PiB"), 2, "this computer's memory does not suffice; use a smaller scale"),
    ],
)
def test_errors_of_the_pipeline(
    chipemu: Command, pipeline: Pipeline, error: BaseException, code: int, message: str
) -> None:
    pipeline.error = error
    ended, out, err = chipemu(["run", "pd14", "--output", "a", "--quiet"])
    assert (ended, out) == (code, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1
    assert not Path("a").exists()


@pytest.mark.parametrize("error", [KeyError("x"), CheckError("two\nlines")])
def test_our_fault_keeps_the_trace(
    chipemu: Command, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(Path.cwd()))
    pipeline.error = error
    code, _, err = chipemu(["map", "pd14", "--quiet"])
    assert code == ExitCode.INTERNAL
    assert err.count("\n") == 1
    assert f"error: {type(error).__name__}: " in err
    (trace,) = Path.cwd().glob("chipemu-*.txt")
    assert err.endswith(f"our fault, trace in {trace}\n")
    assert "_called" in trace.read_text()


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("networks", ["pd14", "mesocircuit", "brunel"]),
        ("machines", [*PRESETS, "spinnaker1-Nboards", "spinnaker2-WxH"]),
        ("machines --energy", ["neuroaix", "spinnaker1", "spinnaker2", "template"]),
    ],
)
def test_lists(chipemu: Command, command: str, names: list[str]) -> None:
    code, out, err = chipemu(command.split())
    assert (code, out) == (ExitCode.DONE, "")
    assert all(name in err for name in names)
    code, out, err = chipemu([*command.split(), "--json"])
    assert (code, err) == (ExitCode.DONE, "")
    found = json.loads(out)
    assert found.pop("schema").startswith("chipemu.")
    assert found.pop("version") == 1
    listed = next(iter(found.values()))
    assert set(listed) == set(names)


def test_machines_and_tables_are_printed_to_be_copied(chipemu: Command) -> None:
    code, out, err = chipemu(["machines", "template"])
    assert (code, err) == (ExitCode.DONE, "")
    Path("mine.yaml").write_text(out)
    code, out, err = chipemu(["machines", "mine.yaml", "--json"])
    assert (code, err) == (ExitCode.DONE, "")
    assert json.loads(out)["name"] == "mine"
    assert chipemu(["machines", "spinnaker1-3boards"])[1].startswith("extends: spinnaker1\n")
    code, out, err = chipemu(["machines", "--energy", "template"])
    assert (code, err) == (ExitCode.DONE, "")
    Path("prices.yaml").write_text(out)
    code, out, err = chipemu(["machines", "--energy", "prices.yaml", "--json"])
    assert (code, err) == (ExitCode.DONE, "")
    assert json.loads(out)["chip"]["unit"] == "W"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("templat", "unknown machine 'templat'; did you mean 'template'?"),
        ("--energy templat", "unknown table of energy 'templat'; did you mean 'template'?"),
        ("none.yaml", "cannot read none.yaml: No such file or directory"),
        ("--energy none.yaml", "cannot read none.yaml: No such file or directory"),
    ],
)
def test_wrong_names_of_machines_and_tables(chipemu: Command, given: str, said: str) -> None:
    code, out, err = chipemu(["machines", *given.split()])
    assert (code, out, err) == (ExitCode.USER, "", f"error: {said}\n")


def test_help_lists_commands_and_options(chipemu: Command) -> None:
    code, out, _ = chipemu(["--help"])
    assert code == ExitCode.DONE
    assert all(name in out for name in ("run", "map", "machines", "networks"))
    code, out, _ = chipemu(["run", "--help"])
    assert code == ExitCode.DONE
    assert "--neurons-per-core" in out


def test_without_arguments_the_help_is_shown(chipemu: Command) -> None:
    code, out, err = chipemu([])
    assert code == ExitCode.USER
    assert "machines" in out + err
    assert "error" not in out + err


def test_version(chipemu: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "1.2.3")
    assert chipemu(["--version"]) == (ExitCode.DONE, "chipemu 1.2.3\n", "")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, host.cli\n"
        "host.cli.main(['--help'])\n"
        "heavy = {'numpy', 'numba', 'h5py', 'ruamel', 'networkx', 'simpy'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.stderr == "\n" or ended.stderr == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HostError(), ExitCode.USER),
        (DoesNotFitError("cores", 2, 1, "more"), ExitCode.DOES_NOT_FIT),
        (CheckError(), ExitCode.INTERNAL),
        (ValueError(), ExitCode.INTERNAL),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_exit_codes(error: BaseException, code: ExitCode) -> None:
    assert exit_code(error) == code


def test_errors_of_every_package_are_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("chipemu", "router", "fixedpoint"):
        kind: Any = type("SomeError", (ValueError,), {"__module__": f"{package}.errors"})
        assert exit_code(kind("x")) == ExitCode.USER


def test_did_you_mean_says_nothing_if_nothing_is_close() -> None:
    assert did_you_mean("zzz", ["pd14"]) == ""
