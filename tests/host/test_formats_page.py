"""The page on formats tells of all that runs leave behind, and its programs run."""

import json
import re
from pathlib import Path
from typing import Any

import h5py
import pytest

from host.cli import main
from host.export import FORMATS
from host.manifest import FORMAT
from host.results import Results
from host.runfolder import load_run
from host.tablefile import FORMAT as TABLES_FORMAT
from host.tablewords import COLUMNS, TABLES, column_unit

PAGE = Path(__file__).parents[2] / "docs/formats.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
NETWORK = """\
populations:
  noise: {size: 8, kind: poisson, rate_hz: 400}
  A: {size: 8, kind: neuron, model: IF_curr_exp}
projections:
  - {pre: noise, post: A, rule: one_to_one, receptor: excitatory, weight: 5 nA, delay_ms: 0.1}
"""
TIMES = "--time 5 --warmup 1 --threads 1 --quiet"
RECORDED = "--set record.v.L4E=2 --set record.currents.L4E=1"
RUNS = {
    "mine": f"pd14 --scale 0.002 --checkpoint-every 3 {RECORDED}",
    "full": "pd14 --scale 0.002 --mapping ensemble --timing full --slowdown 1",
    "file": "two.yaml",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "two.yaml").write_text(NETWORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, options in RUNS.items():
            assert main(f"run {options} {TIMES} --output runs/{name}".split()) == 0
    return folder


@pytest.fixture(params=list(RUNS))
def run(folder: Path, request: pytest.FixtureRequest) -> Path:
    return folder / "runs" / request.param


def section(title: str) -> str:
    """Text below a heading, to the next one of its level or above."""
    level, _ = title.split(" ", 1)
    start = TEXT.index(f"\n{title}\n")
    end = re.search(rf"\n#{{1,{len(level)}}} ", TEXT[start + len(title) + 2 :])
    return TEXT[start:][: end.start() + len(title) + 2] if end else TEXT[start:]


def told(text: str) -> set[str]:
    """What stands as code in the first column of tables."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_all_files(run: Path) -> None:
    listed = told(TEXT.partition("## Repeating")[0])
    assert {path.name + "/" * path.is_dir() for path in run.iterdir()} <= listed


def test_files_that_are_always_there(run: Path) -> None:
    rows = [line.split("|") for line in TEXT.splitlines() if line.endswith("| always |")]
    assert rows
    assert {row[1].strip(" `") for row in rows} <= {path.name for path in run.iterdir()}


@pytest.mark.parametrize("name", ["manifest", "summary", "counters", "actions", "network"])
def test_all_keys_of_json(run: Path, name: str) -> None:
    account = json.loads((run / f"{name}.json").read_text())
    assert set(account) == told(section(f"## `{name}.json`"))


def test_all_tables_and_columns(run: Path) -> None:
    results = load_run(run)
    for name, table in results.tables.items():
        assert set(table.columns) == set(COLUMNS[name]), name


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_its_unit_and_words(name: str) -> None:
    text = section(f"### `{name}`")
    words = TABLES[name]
    assert f"{words[0].upper()}{words[1:]}." in text
    rows = [f"| `{c}` | {column_unit(c) or ''} | {words} |" for c, words in COLUMNS[name].items()]
    assert rows == [line for line in text.splitlines() if line.startswith("| `")]


def test_every_table_there_may_be_is_in_a_run(folder: Path) -> None:
    found = {name for run in RUNS for name in load_run(folder / "runs" / run).tables}
    assert found == set(TABLES) == set(COLUMNS)


def test_all_data_sets(folder: Path) -> None:
    with h5py.File(folder / "runs/mine/spikes.h5") as file:
        group = file["spikes/L4E"]
        text = section("## `spikes.h5`")
        for name in (*group, *group.attrs, *file.attrs):
            assert name in text
    with h5py.File(folder / "runs/mine/recordings.h5") as file:
        assert set(file) == {"v", "i_exc", "i_inh"}
        for name in (*file, *file["v/L4E"], *file["v/L4E"].attrs):
            assert name in section("## `recordings.h5`")


def test_formats_of_other_tools() -> None:
    assert set(FORMATS) <= told(section("## Formats of other tools"))


def test_format_numbers() -> None:
    assert f"| `format` | | {FORMAT}, of the run folder |" in TEXT
    assert f"user_version` is the format of the file, {TABLES_FORMAT}." in TEXT


@pytest.mark.filterwarnings("ignore:unclosed database")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_programs(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block runs as it stands, and what it reads is what the run has."""
    monkeypatch.chdir(folder)
    found: dict[str, Any] = {}
    exec("import host\n" + BLOCKS[number], found)  # noqa: S102
    check(found, load_run(folder / "runs/mine"))


def check(found: dict[str, Any], run: Results) -> None:
    """Hold what a program found against the run."""
    assert run.spikes is not None
    assert run.network is not None
    expected = {
        "manifest": lambda value: value["seed"] == run.config.run.seed,
        "config": lambda value: value["network"]["scale"] == run.config.network.scale,
        "summary": lambda value: value["rates_hz"] == run.rates_hz,
        "counters": lambda value: value == run.counters,
        "actions": lambda value: run.actions is not None and value == run.actions.to_json(),
        "network": lambda value: value["populations"][0]["name"] == run.network.populations[0].name,
        "l5e_ms": lambda value: value.size == run.spikes.of("L5E")[0].size,
        "v": lambda value: value.shape == (60, 2),
        "chips": lambda value: tuple(value["x"]) == run.tables["chips"].columns["x"],
        "by_action": lambda value: (
            sum(j for _, j in value) == pytest.approx(run.energy["phases_j"]["running"])
        ),
        "results": lambda value: value.rates_hz == run.rates_hz,
        "block": lambda value: len(value.segments[0].spiketrains) == run.n_neurons,
    }
    checked = [name for name in expected if name in found]
    assert checked
    assert all(expected[name](found[name]) for name in checked)
