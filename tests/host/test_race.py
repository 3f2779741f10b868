"""The race: published rows, runs, ranks, the table and the command."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console

from host.cli.race import race
from host.config import load_config
from host.errors import ConfigError, ExitCode, OutputError, exit_code
from host.networks.pd14 import SIZES
from host.race import Energy, Entry, load_published, race_account, rank, run_entries
from host.race.power import events_hz
from host.race.published import PUBLISHED
from host.race.tables import race_table
from host.race.words import band_text, energy_text, figure_text, footnotes
from host.results import Results
from host.runfolder import write_run

ENERGY = {
    "e_syn_uj": 0.61,
    "e_syn_low_uj": 0.45,
    "e_syn_high_uj": 0.78,
    "slowdown": 1.0,
    "load": 0.6,
    "deadline": "met",
    "n_boards_on": 12,
}
ROW = """source: somewhere
rows:
- study: A 2020
  simulator: S
  family: GPU
  system: card
  n_nodes: 1
  process_nm: 7
  q_rtf: 2
  drive: dc
"""


def written(
    folder: Path,
    energy: dict | None = None,
    *,
    n_neurons: int = sum(SIZES),
    n_synapses: int = 298_880_968,
    **settings: object,
) -> Path:
    """Folder of a run of the full microcircuit, 10 s, unless `settings` say otherwise."""
    chosen = {"run.time_ms": 10_000.0, "run.timing": "full"} | settings
    results = Results(
        config=load_config(None, chosen),
        machine="spinnaker1",
        n_neurons=n_neurons,
        n_synapses=n_synapses,
        n_cores=6050,
        n_chips=404,
        n_boards=9,
        rates_hz={"L4E": 4.4},
        losses={},
        counters={},
        wall_s={"simulate": 1.0},
        rtf=3.0,
        peak_rss_bytes=1 << 30,
        energy=ENERGY | (energy or {}),
    )
    write_run(results, folder)
    return folder


def entry(name: str = "a", **changes: object) -> Entry:
    base = Entry(
        name=name,
        simulator="chipemu",
        system="machine",
        family=None,
        process_nm=None,
        q_rtf=1.0,
        e_syn=Energy(0.5, 0.6, 0.7),
        drive="dc",
        slowdown=1.0,
        deadline="met",
        timing="full",
    )
    return replace(base, **changes)


# published rows


def test_published_rows_are_those_of_the_community():
    published = load_published()
    rows = {e.name: (e.q_rtf, e.e_syn and e.e_syn.nominal_uj) for e in published.entries}
    assert len(rows) == 14
    assert rows["van Albada 2018a"] == (2.465, 9.94133)
    assert rows["van Albada 2018c"] == (20.0, 4.4)
    assert rows["Rhodes 2019a"] == (1.0, 0.601)
    assert rows["Rhodes 2019b"] == (1.0, 0.628)
    assert rows["Knight 2021"] == (0.7, None)
    assert rows["Kauth 2023"] == (0.05, 0.04755)
    assert [e.name for e in published.entries if e.is_estimated] == ["Knight & Nowotny 2018"]
    assert "2505.21185" in published.source
    assert all(e.is_racing and not e.is_run for e in published.entries)


def test_powers_that_published_energies_stand_for_are_those_of_the_machines():
    """E_syn times events over q_RTF: 12 boards of SpiNNaker draw 565 to 682 W, six 161 to 227."""
    found = {e.name: e for e in load_published().entries}

    def watts(name):
        return found[name].e_syn.nominal_uj * 1e-6 * events_hz() / found[name].q_rtf

    assert 565 < watts("Rhodes 2019a") < 682
    assert 161 < watts("van Albada 2018c") < 227


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("q_rtf: 2", "q_rtf: -2", ":9: q_rtf should be greater than 0, got -2"),
        ("q_rtf: 2", "q_rft: 2", ":9: unknown key 'q_rft'"),
        ("family: GPU", "family: TPU", ":5: family should be"),
        ("  drive: dc\n", "", "lacks 'drive'"),
        ("  drive: dc\n", "  drive: dc\n- 3\n", ":11: a row should be a mapping"),
        ("source: somewhere\n", "", "lacks 'source'"),
        ("rows:", "rows: 1\nother:", "unknown key 'other'"),
    ],
)
def test_mistakes_in_the_file_are_told_with_their_line(tmp_path, old, new, words):
    path = tmp_path / "rows.yaml"
    path.write_text(ROW.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_published(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_stands_there_once(tmp_path):
    path = tmp_path / "rows.yaml"
    path.write_text(ROW + ROW[ROW.index("- study") :])
    with pytest.raises(ConfigError, match=r":11: study 'A 2020' is there twice"):
        load_published(path)


def test_the_file_of_rows_is_of_plain_numbers():
    assert "e_syn_uj: 0.04755" in PUBLISHED.read_text(encoding="utf-8")


# ranks


def test_equals_share_a_rank_and_those_without_come_last():
    entries = [
        entry("slow", q_rtf=20.0),
        entry("none", e_syn=None, q_rtf=0.5),
        entry("one", q_rtf=1.0),
        entry("other", q_rtf=1.0),
        entry("missed", q_rtf=None, deadline="missed"),
        entry("small", q_rtf=0.1, differs="scale 0.1"),
    ]
    by_time = [(r.rank, r.entry.name) for r in rank(entries, "q_rtf")]
    expected = [(1, "none"), (2, "one"), (2, "other"), (4, "slow"), (None, "small")]
    assert by_time == [*expected, (None, "missed")]
    by_energy = [(r.rank, r.entry.name) for r in rank(entries, "e_syn")]
    assert by_energy[:3] == [(1, "slow"), (1, "one"), (1, "other")]
    assert {name for place, name in by_energy if place is None} == {"none", "missed", "small"}


def test_an_entry_without_any_factor_cannot_be():
    with pytest.raises(ValueError, match="neither"):
        entry(q_rtf=None, slowdown=None)


# runs


def test_a_run_races_with_its_slow_down(tmp_path):
    (found,) = run_entries([written(tmp_path / "a", **{"run.slowdown": 1.0})])
    assert (found.name, found.q_rtf, found.e_syn) == ("a", 1.0, Energy(0.45, 0.61, 0.78))
    assert (found.drive, found.deadline, found.timing) == ("poisson", "met", "full")
    assert found.is_run
    assert found.is_racing
    assert found.system == "spinnaker1, 12 boards"
    assert found.notes == ()


def test_a_missed_deadline_leaves_no_factor(tmp_path):
    (found,) = run_entries([written(tmp_path / "a", {"deadline": "missed", "slowdown": 0.7})])
    assert (found.q_rtf, found.slowdown) == (None, 0.7)
    assert not found.is_racing
    said = "deadline missed at slow-down 0.7 (spikes lost or late): no valid q_RTF"
    assert said in found.notes


def test_more_work_than_time_leaves_no_factor_either(tmp_path):
    energy = {"deadline": "missed", "slowdown": 0.1, "load": 3.2}
    (found,) = run_entries([written(tmp_path / "a", energy, **{"run.timing": "ideal"})])
    assert (found.q_rtf, found.slowdown, found.timing) == (None, 0.1, "ideal")
    assert not found.is_racing
    (note,) = found.notes
    assert "at slow-down 0.1 (more work than time, 3.2 times as much" in note
    assert "lost" not in note


@pytest.mark.parametrize(
    ("settings", "differs"),
    [
        ({"network.scale": 0.1}, "scale 0.1"),
        ({"network.name": "mesocircuit"}, "mesocircuit"),
        ({"network.variant.weight_factor": 0.95}, "a variant"),
    ],
)
def test_another_network_is_not_in_the_race(tmp_path, settings, differs):
    (found,) = run_entries([written(tmp_path / "a", **settings)])
    assert found.differs == differs
    assert not found.is_racing
    assert any(note.startswith(f"{differs}: not in the race") for note in found.notes)


@pytest.mark.parametrize(
    ("own", "differs"),
    [
        ({"n_neurons": 120}, "another network, of 120 neurons and 298,880,968 synapses"),
        ({"n_synapses": 9_000}, "another network, of 77,169 neurons and 9,000 synapses"),
    ],
)
def test_a_network_of_ones_own_does_not_race_under_the_name_of_another(tmp_path, own, differs):
    (found,) = run_entries([written(tmp_path / "a", **own)])
    assert found.differs == differs
    assert [place for place, _ in rank([found], "q_rtf")] == [None]
    assert f"{differs}: not in the race, which full-scale pd14 runs alone" in found.notes


@pytest.mark.parametrize(
    ("setting", "note"),
    [
        ({"run.dt_ms": 0.2}, "time step of 0.2 ms; the published model has 0.1 ms"),
        (
            {"mapping.delays": "clip"},
            "mapping.delays: clip, so delays longer than a ring buffer holds are cut",
        ),
    ],
)
def test_what_else_is_not_as_published_is_told(tmp_path, setting, note):
    (found,) = run_entries([written(tmp_path / "a", **setting)])
    assert found.notes == (note,)
    assert found.is_racing


@pytest.mark.parametrize(
    ("n_boards", "system"),
    [(0, "spinnaker1"), (1, "spinnaker1, 1 board"), (2, "spinnaker1, 2 boards")],
)
def test_boards_are_told_of_machines_that_have_some(tmp_path, n_boards, system):
    (found,) = run_entries([written(tmp_path / "a", {"n_boards_on": n_boards})])
    assert found.system == system


def test_a_run_that_is_given_twice_is_listed_once(tmp_path, monkeypatch):
    folder = written(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    again = tmp_path / "elsewhere" / ".." / "a"
    (tmp_path / "elsewhere").mkdir()
    (found,) = run_entries([folder, Path("a"), again])
    assert found.name == "a"


def test_short_and_silent_runs_say_so(tmp_path):
    folder = written(
        tmp_path / "a",
        {"e_syn_uj": None, "e_syn_low_uj": None, "e_syn_high_uj": None},
        **{"run.time_ms": 1000.0, "run.warmup_ms": 20.0},
    )
    (found,) = run_entries([folder])
    assert found.e_syn is None
    assert "1000 ms of biological time; the recipe asks for 10000 ms" in found.notes
    assert "20 ms of warm-up; the recipe asks for 500 ms" in found.notes
    assert "no synaptic events: no energy per event" in found.notes


def test_runs_of_one_name_are_told_apart(tmp_path):
    folders = [written(tmp_path / part / "a") for part in ("x", "y")]
    assert [e.name for e in run_entries(folders)] == [str(folder) for folder in folders]


def test_a_run_of_an_older_version_cannot_race(tmp_path):
    folder = written(tmp_path / "a")
    path = folder / "summary.json"
    summary = json.loads(path.read_text())
    summary["energy"] = {"e_syn_uj": 0.6, "slowdown": 1.0}
    path.write_text(json.dumps(summary))
    with pytest.raises(OutputError, match="older version"):
        run_entries([folder])


# words and tables


def test_figures_are_written_without_exponents_where_they_need_none():
    written_as = [figure_text(v) for v in (0.04755, 20.0, 999.4, 12345.6, 2e9)]
    assert written_as == ["0.0476", "20", "999", "12346", "2e+09"]


def test_estimates_and_bands_are_told():
    assert energy_text(entry(is_estimated=True)) == "0.6 (est.)"
    assert energy_text(entry(e_syn=None)) == "-"
    assert band_text(Energy(0.5, 0.6, 0.7)) == "0.5\u20130.7"
    assert band_text(Energy(0.6, 0.6, 0.6)) == "-"


def test_a_note_stands_once_for_all_that_it_is_about():
    notes = footnotes([entry("a", notes=("n",)), entry("b", notes=("n", "m"))])
    assert notes == ["a, b: n", "b: m"]
    assert footnotes([entry("a")], with_systems=True) == ["a: on machine"]


def shown(entries, width=110, **kwargs):
    stream = io.StringIO()
    table = race_table(rank(entries, "q_rtf"), "source", width=width, **kwargs)
    Console(width=width, file=stream).print(table)
    return stream.getvalue()


def test_the_table_has_columns_of_runs_only_with_runs():
    published = load_published().entries
    alone = shown(published)
    assert "deadline" not in alone
    assert "slow-down" not in alone
    assert "published: source" in alone
    both = shown([*published, entry("mine", deadline="assumed")], left_out=["other"])
    assert "deadline" in both
    assert "q_RTF of a run is its slow-down" in both
    assert "left out: other" in both
    line = next(line for line in both.splitlines() if " mine " in line)
    assert "assumed" in line
    assert "0.5\u20130.7" in line


def test_all_names_and_figures_fit_in_80_columns():
    text = shown([*load_published().entries, entry("mine")], width=80)
    assert max(map(len, text.splitlines())) <= 80
    for words in (
        "0.04755",
        "0.47 (est.)",
        "9.941",
        "1.055",
        "0.628",
        "Poisson",
        "met",
        "full",
        "2018c",
    ):
        assert words in text
    assert "mine: on machine" in text


def test_a_wide_table_tells_systems():
    text = shown([*load_published().entries, entry("mine")], width=130)
    assert "48 x 18 x ARM968, 12 boards" in text
    assert "mine: on machine" not in text


def test_the_account_is_ready_for_json():
    account = race_account(rank([entry("a"), entry("b", e_syn=None)], "e_syn"), "e_syn", "s")
    assert json.loads(json.dumps(account)) == account
    first, second = account["entries"]
    assert (first["rank"], first["e_syn_uj"], first["e_syn_low_uj"]) == (1, 0.6, 0.5)
    assert (second["rank"], second["e_syn_uj"]) == (None, None)


# the command


@pytest.fixture
def command(capsys):
    app = typer.Typer()
    app.command()(race)

    def call(*arguments: object) -> tuple[str, str]:
        app(args=[str(a) for a in arguments], standalone_mode=False)
        captured = capsys.readouterr()
        return captured.out, captured.err

    return call


def test_without_runs_the_published_rows_are_shown(command):
    out, err = command()
    assert out == ""
    assert "Kauth 2023" in err
    assert "Senk et al. 2026" in err


def test_json_and_figure(command, tmp_path):
    folder, path = written(tmp_path / "mine"), tmp_path / "race.svg"
    out, err = command(folder, "--sort", "e_syn", "--figure", path, "--json")
    account = json.loads(out)
    assert err == ""
    assert account["sorted_by"] == "e_syn"
    mine = next(e for e in account["entries"] if e["name"] == "mine")
    assert (mine["rank"], mine["e_syn_uj"]) == (10, 0.61)
    drawn = path.read_bytes()
    command(folder, "--figure", path, "--quiet")
    assert path.read_bytes() == drawn


def test_a_drive_leaves_out_the_other_and_says_so(command, tmp_path):
    out, _ = command(written(tmp_path / "mine"), "--drive", "dc", "--json")
    account = json.loads(out)
    assert {e["drive"] for e in account["entries"]} == {"dc"}
    assert account["left_out"] == ["mine, its drive is poisson"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sort", "speed"], "--sort should be q_rtf or e_syn, got 'speed'"),
        (["--drive", "DC"], "--drive should be dc or poisson, got 'DC'"),
        (["--figure", "race.png"], "ends in .svg"),
        (["--figure", "nowhere/race.svg"], "there is no folder nowhere"),
        (["nowhere"], "nowhere is no run folder"),
    ],
)
def test_mistakes_are_one_line(command, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigError, OutputError)) as caught:
        command(*arguments)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert exit_code(caught.value) == ExitCode.USER
