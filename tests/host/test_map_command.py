"""The command ``chipemu map``: options, files, comparisons, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from host.cli import main
from host.errors import ExitCode

Command = Callable[[str], tuple[int, str, str]]

SMALL = "map pd14 --scale 0.002 --mapping homogeneous --neurons-per-core 8 --machine spinn5"


@pytest.fixture
def chipemu(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(line: str) -> tuple[int, str, str]:
        code = main(line.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_mapping_is_shown_and_nothing_written(chipemu: Command, tmp_path: Path) -> None:
    code, out, err = chipemu(f"{SMALL} --placer sequential --router ner --keys flat")
    assert (code, out) == (ExitCode.DONE, "")
    for text in ("kernels", "placer sequential, router ner, keys flat", "links per spike"):
        assert text in err
    assert not any(tmp_path.iterdir())


def test_options_reach_the_mapping(chipemu: Command) -> None:
    line = f"{SMALL} --placer anneal --budget 300ms --seed 5 --compressor none --json --quiet"
    code, out, err = chipemu(line)
    assert (code, err) == (ExitCode.DONE, "")
    account = json.loads(out)
    assert account["algorithms"]["compressor"] == "none"
    assert account["entries_after"] == account["entries_made"]
    assert account["check"]["passed"]
    assert 0.2 < account["stage_s"]["place"] < 2.0


def test_the_seed_is_that_of_the_search(chipemu: Command) -> None:
    def links(seed: int) -> Any:
        code, out, _ = chipemu(f"{SMALL} --placer anneal --seed {seed} --json --quiet")
        assert code == ExitCode.DONE
        account = json.loads(out)
        return [account[key] for key in ("link_load", "entries_made", "depth_per_net")]

    assert links(1) == links(1)
    assert any(links(1) != links(seed) for seed in (2, 3, 4))


def test_picture_and_files_are_written(chipemu: Command, tmp_path: Path) -> None:
    code, _, err = chipemu(f"{SMALL} --picture a.svg --output files")
    assert code == ExitCode.DONE
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "files/routing_tables.json").is_file()
    assert "written: a.svg" in err
    assert "written: files" in err
    code, out, err = chipemu(f"{SMALL} --from files --json --quiet")
    assert (code, err) == (ExitCode.DONE, "")
    account = json.loads(out)
    assert (account["origin"], account["algorithms"]) == ("files", None)


def test_a_mapping_of_something_else_is_refused(chipemu: Command) -> None:
    assert chipemu(f"{SMALL} --output files --quiet") == (ExitCode.DONE, "", "")
    code, _, err = chipemu(f"{SMALL} --from files --set mapping.neurons_per_core=9 --quiet")
    assert code == ExitCode.USER
    assert "files/placements.json" in err
    tables = Path("files/routing_tables.json")
    entries = json.loads(tables.read_text())
    for chip in entries:
        chip["entries"] = []
    tables.write_text(json.dumps(entries))
    code, _, err = chipemu(f"{SMALL} --from files --quiet")
    assert code == ExitCode.USER
    assert err.startswith("error: files: this mapping does not do what the network needs: ")


def test_variants_side_by_side(chipemu: Command) -> None:
    code, out, err = chipemu(f"{SMALL} --compare hilbert,sequential/shared/none")
    assert (code, out) == (ExitCode.DONE, "")
    for text in ("hilbert (1 of 2)", "sequential/", "links per spike", "* best of a row"):
        assert text in err
    code, out, err = chipemu(f"{SMALL} --router ner --compare hilbert,shared --json --quiet")
    assert (code, err) == (ExitCode.DONE, "")
    first, second = json.loads(out)["variants"]
    assert (first["variant"], first["algorithms"]["router"]) == ("hilbert", "ner")
    assert (second["variant"], second["algorithms"]["router"]) == ("shared", "shared")


@pytest.fixture
def few_entries(tmp_path: Path) -> str:
    (tmp_path / "few.yaml").write_text("extends: spinn5\nbudgets: {table_entries: 14}\n")
    return f"{SMALL} --machine few.yaml"


def test_what_does_not_fit_leaves_no_folder(
    chipemu: Command, few_entries: str, tmp_path: Path
) -> None:
    code, _, _ = chipemu(f"{few_entries} --compressor none --output files")
    assert code == ExitCode.DOES_NOT_FIT
    assert not (tmp_path / "files").exists()


def test_a_variant_that_does_not_fit(chipemu: Command, few_entries: str) -> None:
    code, out, err = chipemu(f"{few_entries} --compare none,ordered")
    assert (code, out) == (ExitCode.DONE, "")
    assert "compress:" in err
    assert "none: routing table of chip" in err
    code, out, _ = chipemu(f"{few_entries} --compare none,ordered --json --quiet")
    assert code == ExitCode.DONE
    assert [account.get("exit_code") for account in json.loads(out)["variants"]] == [3, None]


def test_no_variant_fits(chipemu: Command, few_entries: str) -> None:
    code, out, err = chipemu(f"{few_entries} --compare none,flat/none --json")
    assert code == ExitCode.DOES_NOT_FIT
    assert len(json.loads(out)["variants"]) == 2
    assert "error: routing table of chip" in err
    assert err.count("error: ") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--placer hilbrt", "mapping.placer: unknown placer 'hilbrt'; did you mean 'hilbert'?"),
        ("--router 7", "mapping.router: unknown router '7'; known: dijkstra, "),
        ("--set mapping.keys=x", "mapping.keys: unknown key allocator 'x'; known: flat, pop"),
        ("--compressor x", "mapping.compressor: unknown compressor 'x'; known: default, none"),
        ("--budget 3", "hilbert does not search; leave out --budget, or take anneal"),
        ("--budget 3 --compare hilbert,rcm", "hilbert and rcm do not search; leave out --budget"),
        ("--output .", "folder . is not empty; write into it with --force"),
        ("--budget 0", "mapping.budget_s should be greater than 0, got 0"),
        ("--budget fast", "mapping.budget_s should be a number or a quantity in one of ps"),
        ("--compare x", "--compare: unknown algorithm 'x'"),
        ("--compare rcm --picture a.svg", "--picture and --output show one mapping; leave"),
        ("--compare rcm --output a", "--picture and --output show one mapping; leave"),
        ("--picture a.png", "--picture a.png: choose a name that ends in .svg"),
        ("--picture none/a.svg", "cannot write none/a.svg: there is no folder none; make it"),
        ("--picture folder.svg", "cannot write folder.svg: it is no file; choose another name"),
        ("--output file/a", "cannot write folder file/a: Not a directory; choose another"),
        ("--machine spinnaker2 --output a", "--output writes routes of 18 cores at most"),
        ("--from nothing", "--from nothing: there is no such folder"),
        ("--from folder.svg --placer rcm", "--from takes a finished mapping; leave out --placer"),
    ],
)
def test_mistakes_end_with_one_line_before_the_work_starts(
    chipemu: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.svg").mkdir()
    monkeypatch.setattr("host.mapper.prepare", None)
    monkeypatch.setattr("host.variants.prepare", None)
    code, out, err = chipemu(f"map pd14 {options}")
    assert (code, out) == (ExitCode.USER, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.svg"]


def test_an_interrupted_search_says_so(chipemu: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> Any:
        def proceed(share: float, cost: float) -> bool:
            raise KeyboardInterrupt

        return proceed

    monkeypatch.setattr("host.mapper.watch", interrupt)
    code, out, err = chipemu(f"{SMALL} --placer anneal --quiet")
    assert (code, out, err) == (ExitCode.INTERRUPTED, "", "error: interrupted\n")


def test_help_tells_where_the_algorithms_are_listed(chipemu: Command) -> None:
    code, out, _ = chipemu("map --help")
    assert code == ExitCode.DONE
    assert "chipemu algorithms" in " ".join(out.split())


def test_a_run_is_no_mapping(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/manifest.json").touch()
    code, _, err = chipemu(f"{SMALL} --from mine")
    assert code == ExitCode.USER
    assert "that is a run, not a mapping; map its configuration by: chipemu map mine" in err
