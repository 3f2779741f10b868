"""Every page is followed from top to bottom: all of its commands and Python, as they stand.

Commands are made small by `tests.docs.small`, and run in a folder that has what the page takes for
granted (`tests.docs.scratch`). ``chipemu`` is called in-process, so that the exit code is that of
the command itself. What is not run is listed here, with the reason.
"""

import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import typer

from host.cli import app, main
from tests.docs.pages import HELP, PAGES, ROOT, Block, Command, steps
from tests.docs.python import given, run_block
from tests.docs.scratch import Library, files_of, provide
from tests.docs.small import command_path, is_usage, small

MAKE = {
    ".venv": "makes the environment in which this runs",
    "bench": "measures speed",
    "bench-peers": "needs NEST and Brian2",
    "bench-scaling": "measures speed",
    "docs": "is a target of its own: warnings are errors",
    "lint": "is a target of its own",
    "parity": "is a target of its own",
    "peers": "installs NEST and Brian2",
    "pynn-peers": "installs NEST and Brian2",
    "pynn-scenarios": "fetches PyNN's sources",
    "references": "needs NEST, half an hour",
    "soak": "takes two hours",
    "test": "is what runs this",
    "work-counts": "changes what tests expect",
}
"""Targets that are not run, and why; that they exist is checked."""
PYTHON = {
    "try_perfect.py": "is run by test_neuron_model.py, in a copy of the source",
    "-m benchmarks.measure": "measures speed; that the options are known is checked",
    "-m pytest": "is what runs this; that the files exist is checked",
}
"""Likewise, programs in Python."""
DRAWING = (
    "balanced_network",
    "design_space",
    "downscaled_pd14",
    "pd14_accuracy",
    "spike_loss",
    "surrogates",
    "weight_resolution",
)
UNSEEN = (*(f"experiments.{name}.run.draw" for name in DRAWING), "typer.launch")
"""Left out: figures, a second each, which tests of their own draw; and opening a browser."""
IS_FILE = re.compile(r"/|\.[a-z]\w*$")
"""What a word has that names a file: such commands depend on what their page did before."""
CODES = {"validate": {0, 4}}
"""Exit codes of a command that did its work, other than 0: small networks may not be valid."""


def options(command: Any, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Options of all commands by name, which is of two words for those in a group."""
    yield name, {"--help", *(option for each in command.params for option in each.opts)}
    for child in getattr(command, "commands", {}):
        yield from options(command.commands[child], f"{name} {child}".lstrip())


OPTIONS = dict(options(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def done() -> set[tuple[str, ...]]:
    """Commands that have been run and depend on no file: one that says the same is not repeated."""
    return set()


@pytest.mark.parametrize("page", [HELP, *(page for page in PAGES if steps(page))])
def test_page(
    page: str,
    library: Library,
    done: set[tuple[str, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in UNSEEN:
        monkeypatch.setattr(name, lambda *_: ())
    files_of(page, tmp_path)
    session = given(page)
    for step in steps(page):
        if isinstance(step, Block):
            run_block(step, session, library)
            continue
        tool, *words = step.words
        if tool == "chipemu":
            run_chipemu(step, library, done, capsys)
        elif tool == "make":
            check_make(step, words, library, done, capsys)
        elif tool.startswith("python"):
            run_python(step, words, library)
        else:
            check_other(step, tool, words, monkeypatch)


def run_chipemu(
    command: Command,
    library: Library,
    done: set[tuple[str, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run a command, small; of one that is only named, see that it exists."""
    words = command.words
    name = command_path(words, OPTIONS)
    rest = words[1 + len(name.split()) :]
    if is_usage(words, name) or (command.is_inline and all(is_option(word) for word in rest)):
        assert name or rest[:1] in ([], ["COMMAND"], ["--help"], ["--version"]), str(command)
        known = OPTIONS[name]
        assert all(word in known for word in rest if is_option(word)), f"{command}: no such option"
        return
    words, target = redirected(words)
    arguments = small(words, name)
    if name == "validate" and "--reference" not in arguments:
        arguments += [
            part for seed in (11, 12, 13) for part in ("--reference", f"references/{seed}")
        ]
    if name == "resume" and "--time" not in arguments:
        arguments[1:1] = kill(arguments.pop(1), library)
    if "--scheduler" in arguments:  # tests/host/sweep starts one
        arguments.append("--dry-run")
    provide(arguments, command.page, Path(), library)
    if (said := tuple(arguments)) in done and target is None:
        return
    if not any(IS_FILE.search(word) for word in arguments):
        done.add(said)
    capsys.readouterr()
    code = main(arguments)
    told = capsys.readouterr()
    assert code in CODES.get(name, {0}), f"{command}\nas {arguments}\n{told.err[-2000:]}"
    if target is not None:
        Path(target).write_text(told.out, encoding="utf-8")
    if "--json" in arguments:
        assert json.loads(told.out)["schema"].startswith("chipemu."), str(command)


def is_option(word: str) -> bool:
    """Whether a word is an option, not its value nor an argument."""
    return word.startswith("--")


def redirected(words: list[str]) -> tuple[list[str], str | None]:
    """A command, and the file that its standard output goes to."""
    if ">" not in words:
        return words, None
    place = words.index(">")
    return words[:place], words[place + 1]


def kill(folder: str, library: Library) -> list[str]:
    """Let `folder` be a run that was killed."""
    provide([f"{folder}.unfinished"], "README.md", Path(), library)
    if Path(folder).exists():
        Path(folder).rename(f"{folder}.before")
    return [folder]


def check_make(
    command: Command,
    words: list[str],
    library: Library,
    done: set[tuple[str, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """See that a target exists, and run those of its steps that are commands of chipemu."""
    targets = [word for word in words if "=" not in word]
    shown = subprocess.run(
        ["make", "-C", str(ROOT), "--dry-run", "--no-print-directory", *words],
        capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )  # fmt: skip
    assert shown.returncode == 0, f"{command}\n{shown.stderr}"
    steps = re.findall(r"^\.venv/bin/(chipemu .*)$", shown.stdout, re.MULTILINE)
    for step in steps:
        run_chipemu(Command(command.page, command.line, step, False), library, done, capsys)
    unknown = [target for target in targets if target not in MAKE | {"help": ""} and not steps]
    assert not unknown, f"{command}: run {unknown}, or say in MAKE why not"


def run_python(command: Command, words: list[str], library: Library) -> None:
    """Run a script as ``python`` would, or see that what is not run exists."""
    for start in PYTHON:
        if " ".join(words).startswith(start):
            check_python(command, words)
            return
    provide(words, command.page, Path(), library)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    text = Path(words[0]).read_text(encoding="utf-8")
    Path(words[0]).write_text(text.replace("pyNN.spiNNaker", "host.pynn"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        patch.setattr(os, "environ", environment)
        runpy.run_path(words[0], run_name="__main__")


def check_python(command: Command, words: list[str]) -> None:
    """See that a benchmark knows its options, and that files of tests exist."""
    if words[0] != "-m":
        return
    if words[1] == "pytest":
        files = [word for word in words[2:] if "/" in word]
        assert files, f"{command}: tests of which files?"
        assert all((ROOT / file).exists() for file in files), str(command)
        return
    text = (ROOT / "benchmarks" / "measure.py").read_text(encoding="utf-8")
    own = set(re.findall(r'add_argument\("(--\w+)"', text))
    assert {word for word in words if is_option(word)} <= own | OPTIONS["run"], str(command)


def check_other(
    command: Command, tool: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Install the package that the page shows, or see that there are the extras it asks for."""
    if (tool, words[-1]) == ("pip", "."):
        install(Path.cwd(), monkeypatch)
        return
    extras = re.findall(r"chipemu\[(.*?)\]", " ".join(words))
    known = metadata("chipemu").get_all("Provides-Extra") or []
    assert tool == "git" or (extras and set(extras) <= set(known)), str(command)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package of ``pyproject.toml`` known as an editable installation does."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    known.mkdir()
    told = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (known / "METADATA").write_text(told, encoding="utf-8")
    points = [
        "\n".join((f"[{group}]", *(f"{name} = {value}" for name, value in names.items())))
        for group, names in project["entry-points"].items()
    ]
    (known / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    monkeypatch.syspath_prepend(folder)


def test_what_is_not_run_is_a_target() -> None:
    targets = re.findall(
        r"^([\w.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(MAKE) <= set(targets)
