"""The page about ``--json`` tells every form, and the keys of each."""

import json
import re
from pathlib import Path

import pytest

from host.cli import main
from host.errors import ExitCode
from host.jsonforms import FORMS

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
SMALL = "pd14 --scale 0.005 --threads 1"
RUN = f"run {SMALL} --time 2 --warmup 0"
SWEEP = """
base: {network: {scale: 0.005}, run: {time_ms: 2, warmup_ms: 0, threads: 1}}
grid: {run.seed: [1]}
"""
HEAD = {"schema", "version"}

COMMANDS = {
    "run": f"{RUN} --output other",
    "map": "map pd14 --scale 0.005",
    "load": "load pd14 --scale 0.005",
    "traffic": "traffic --machine spinn3 --rate 4e4 --timestep 10",
    "energy": "energy mine",
    "race": "race mine",
    "validation": "validate mine --reference mine",
    "doctor": "doctor",
    "comparison-of-runs": "compare mine mine",
    "report": "report mine --output page.html",
    "export": "export mine --to csv --output tables",
    "sweep-plan": "sweep sweep.yaml --dry-run",
    "sweep": "sweep sweep.yaml --quiet",
}
"""A command for each form whose keys the page has in a table."""


def told_keys(kind: str) -> set[str]:
    """Keys in the first column of the table below the heading of a form."""
    _, _, after = PAGE.partition(f"## chipemu.{kind}\n")
    section = after.partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


def test_every_form_is_told() -> None:
    told = set(re.findall(r"chipemu\.([a-z-]+)", PAGE))
    assert told >= set(FORMS)


@pytest.mark.parametrize("kind", COMMANDS)
def test_keys_are_those_of_the_page(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sweep.yaml").write_text(SWEEP)
    if "mine" in COMMANDS[kind]:
        assert main([*RUN.split(), "--output", "mine", "--quiet"]) == ExitCode.DONE
    capsys.readouterr()
    main([*COMMANDS[kind].split(), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["version"]) == (f"chipemu.{kind}", FORMS[kind])
    assert set(found) - HEAD == told_keys(kind)
