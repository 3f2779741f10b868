"""Experiments: how they are found, what their options may be, and what the command does."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from host import experiments
from host.cli import main
from host.errors import ConfigError, ExitCode, OutputError, UnknownNameError
from host.experiments import (
    Experiment,
    Finding,
    find_experiment,
    list_experiments,
    option_defaults,
    parse_options,
    prepare_folder,
)

Command = Callable[[Sequence[str]], tuple[int, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    scale: Annotated[float, Field(gt=0, le=1)] = 0.5
    time_ms: float = 10.0
    sizes: tuple[int, ...] = (1, 2)
    mode: Literal["fast", "slow"] = "fast"
    label: str = "12"
    is_loud: bool = False
    most: int | None = None


def run(options: Options, *, progress: Any, output: Path) -> Finding:
    with progress.phase("counting"):
        (output / "count.txt").write_text(options.label)
    rows = tuple((f"size {n}", n, None) for n in options.sizes)
    return Finding(
        columns=("name", "size", "nothing"),
        rows=rows,
        sentences=(f"scale {options.scale:g}",),
        files=(output / "count.txt",),
    )


STUDY = Experiment(name="study", question="How many?", options=Options, run=run)


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Offer objects, by the name of their entry points, instead of what is installed."""

    def offered(**objects: object) -> None:
        module = ModuleType("fake_plugins")
        points = []
        for key, value in objects.items():
            setattr(module, key, value)
            points.append(EntryPoint(key, f"fake_plugins:{key}", experiments.GROUP))
        points.append(EntryPoint("torn", "no_such_module:EXPERIMENT", experiments.GROUP))
        monkeypatch.setitem(sys.modules, "fake_plugins", module)
        found = EntryPoints(points)
        monkeypatch.setattr(experiments, "entry_points", lambda group: found.select(group=group))

    return offered


@pytest.fixture
def chipemu(
    offer: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    offer(study=STUDY)
    monkeypatch.chdir(tmp_path)

    def call(arguments: Sequence[str]) -> tuple[int, str, str]:
        code = main(["experiment", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


# finding


def test_the_package_offers_its_experiments() -> None:
    questions = list_experiments().questions
    assert {"network-test", "spike-loss"} <= set(questions)
    assert all(question.endswith("?") for question in questions.values())


@pytest.mark.parametrize("name", ["network-test", "spike-loss"])
def test_defaults_of_the_package_are_within_their_bounds(name: str) -> None:
    study = find_experiment(name)
    assert parse_options(study, []) == study.options()


def test_a_plug_in_is_found(offer: Callable[..., None]) -> None:
    offer(study=STUDY)
    assert list_experiments().questions == {"study": "How many?"}
    assert find_experiment("study") is STUDY


def test_a_broken_plug_in_is_named_in_a_line_of_its_own(offer: Callable[..., None]) -> None:
    offer(study=STUDY)
    broken = list_experiments().broken
    assert list(broken) == ["torn"]
    assert broken["torn"] == (
        "experiment 'torn' (no_such_module:EXPERIMENT) cannot be loaded: ModuleNotFoundError: "
        "No module named 'no_such_module'; mend or remove it"
    )


def test_what_is_no_experiment_is_broken(offer: Callable[..., None]) -> None:
    offer(other=3)
    assert "is no host.experiments.Experiment but a int" in list_experiments().broken["other"]


def test_an_experiment_of_another_name_is_broken(offer: Callable[..., None]) -> None:
    offer(other=STUDY)
    assert "calls itself 'study'" in list_experiments().broken["other"]


def test_an_unknown_experiment_is_answered_with_one_like_it(offer: Callable[..., None]) -> None:
    offer(study=STUDY)
    with pytest.raises(UnknownNameError, match=r"unknown experiment 'stud'; did you mean 'study'"):
        find_experiment("stud")


def test_options_must_be_a_dataclass() -> None:
    with pytest.raises(TypeError, match="no dataclass"):
        Experiment(name="x", question="?", options=dict, run=run)


# options


def test_options_are_read_as_in_a_configuration() -> None:
    given = ["scale=1", "time_ms=1 s", "sizes=3,4,5", "mode=slow", "label=007", "is_loud=true"]
    wanted = Options(
        scale=1.0, time_ms=1000.0, sizes=(3, 4, 5), mode="slow", label="007", is_loud=True
    )
    assert parse_options(STUDY, given) == wanted


@pytest.mark.parametrize(("text", "sizes"), [("[3, 4]", (3, 4)), ("3", (3,)), ("", ())])
def test_lists_with_and_without_brackets(text: str, sizes: tuple[int, ...]) -> None:
    assert parse_options(STUDY, [f"sizes={text}"]).sizes == sizes


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("scal=1", "study has no option 'scal'; did you mean 'scale'?"),
        (
            "zzz=1",
            "study has no option 'zzz'; known: scale, time_ms, sizes, mode, label, is_loud, most",
        ),
        ("scale", "options are KEY=VALUE, such as scale=0.5; got 'scale'"),
        ("scale=2", "study: scale should be less than or equal to 1, got 2"),
        ("sizes=1,x", "study: sizes[1] should be a whole number, got 'x'"),
        ("mode=hasty", "study: mode should be 'fast' or 'slow', got 'hasty'"),
    ],
)
def test_wrong_options_are_told_in_one_line(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options(STUDY, [assignment])
    assert str(caught.value) == message


def test_defaults_as_one_would_write_them() -> None:
    defaults = option_defaults(STUDY)
    assert defaults["sizes"] == "1,2"
    assert defaults["is_loud"] == "false"


def test_defaults_as_written_are_the_defaults() -> None:
    written = [f"{name}={text}" for name, text in option_defaults(STUDY).items()]
    assert parse_options(STUDY, written) == Options()


# folders and findings


def test_a_folder_with_files_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(OutputError, match="not empty"):
        prepare_folder(tmp_path)
    assert prepare_folder(tmp_path, force=True) == tmp_path


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(OutputError, match="cannot write folder"):
        prepare_folder(tmp_path / "mine")


def test_rows_are_as_long_as_the_columns() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells in a table of 2"):
        Finding(columns=("a", "b"), rows=((1,),))


# the command


def test_the_command_lists(chipemu: Command) -> None:
    code, out, err = chipemu([])
    assert (code, out) == (ExitCode.DONE, "")
    assert "How many?" in err
    assert err.count("experiment 'torn'") == 1


def test_the_list_as_json(chipemu: Command) -> None:
    code, out, _ = chipemu(["--json"])
    assert (code, json.loads(out)) == (
        ExitCode.DONE,
        {"schema": "chipemu.experiments", "version": 1, "experiments": {"study": "How many?"}},
    )


def test_the_command_shows_table_sentences_and_files(chipemu: Command) -> None:
    code, out, err = chipemu(["study", "sizes=1234", "scale=0.25", "--output", "here"])
    assert (code, out) == (ExitCode.DONE, "")
    assert "counting" in err
    assert "1,234" in err
    assert "scale 0.25" in err
    assert "here/count.txt" in err


def test_options_are_shown_with_their_defaults(chipemu: Command) -> None:
    code, out, err = chipemu(["study", "--options"])
    assert (code, out) == (ExitCode.DONE, "")
    assert "sizes" in err
    assert json.loads(chipemu(["study", "--options", "--json"])[1])["options"]["sizes"] == "1,2"


def test_each_run_has_a_new_folder(chipemu: Command, tmp_path: Path) -> None:
    for _ in range(2):
        assert chipemu(["study", "--quiet"]) == (ExitCode.DONE, "", "")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["study-1", "study-2"]


def test_json_is_what_is_kept_in_the_folder(chipemu: Command, tmp_path: Path) -> None:
    code, out, _ = chipemu(["study", "sizes=7", "--json", "--quiet", "--output", "here"])
    account = json.loads(out)
    assert code == ExitCode.DONE
    assert account["options"]["sizes"] == [7]
    assert account["table"] == [{"name": "size 7", "size": 7, "nothing": None}]
    assert account["files"] == ["here/count.txt"]
    assert json.loads((tmp_path / "here/experiment.json").read_text()) == account


@pytest.mark.parametrize("arguments", [["study", "scale=2"], ["stud"], ["torn"], ["study", "x"]])
def test_mistakes_are_one_line_and_leave_no_folder(
    chipemu: Command, tmp_path: Path, arguments: list[str]
) -> None:
    code, out, err = chipemu(arguments)
    assert (code, out) == (ExitCode.USER, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_fails_leaves_no_empty_folder(
    offer: Callable[..., None], chipemu: Command, tmp_path: Path
) -> None:
    def fail(options: Options, *, progress: Any, output: Path) -> Finding:
        raise ConfigError

    offer(study=Experiment(name="study", question="?", options=Options, run=fail))
    assert chipemu(["study", "--output", "here"])[0] == ExitCode.USER
    assert not (tmp_path / "here").exists()
