"""The command ``chipemu validate``, on small networks and made-up runs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from host.analysis import load_sample, save_sample
from host.analysis.delays import with_delays
from host.analysis.sample import Model, Window
from host.analysis.seeds import BROKEN, broken, default_folder, expected_sample, run_seeds
from host.cli import main
from host.config import Config, NetworkConfig, RunConfig, VariantConfig, config_hash, load_config
from host.errors import ConfigError, ExitCode, OutputError
from host.pipeline import run
from host.progress import SilentProgress
from host.results import Results
from host.runfolder import load_run, write_run
from tests.host.analysis.made import WINDOW, sample, spikes

TINY = ["pd14", "--scale", "0.002", "--time", "0.1", "--set", "run.warmup_ms=50", "--threads", "1"]


def made_run(folder: Path, seed: int, *, factor: float = 1.0, **network: object) -> Path:
    """Run folder of made-up spikes."""
    settings = {f"network.{key}": value for key, value in network.items()}
    times = {"run.time_ms": WINDOW.time_ms, "run.warmup_ms": WINDOW.warmup_ms, "run.seed": seed}
    results = Results(
        config=load_config(None, settings | times),
        machine="spinnaker1",
        n_neurons=17,
        n_synapses=0,
        n_cores=1,
        n_chips=1,
        n_boards=1,
        rates_hz={},
        losses={},
        counters={},
        wall_s={},
        rtf=1.0,
        peak_rss_bytes=0,
        energy={},
        spikes=spikes(seed, factor=factor),
    )
    write_run(results, folder)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three runs, seven of the same model, three with more spikes."""
    root = tmp_path_factory.mktemp("runs")
    tests = [str(made_run(root / f"t{k}", k)) for k in range(3)]
    references = [str(made_run(root / f"r{k}", 10 + k)) for k in range(7)]
    others = [str(made_run(root / f"o{k}", 20 + k, factor=1.5)) for k in range(3)]
    return tests, references, others


def against(references):
    return [part for path in references for part in ("--reference", path)]


def test_runs_of_one_model_pass(runs, capsys):
    tests, references, _ = runs
    assert main(["validate", *tests, *against(references)]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "PASSED: 3 seeds against 7 seeds of the reference" in " ".join(captured.err.split())
    assert "all 120 groupings" in " ".join(captured.err.split())


def test_runs_of_another_model_are_rejected(runs, capsys, tmp_path):
    _, references, others = runs
    path = tmp_path / "a.svg"
    code = main(["validate", *others, *against(references), "--json", "--figure", str(path)])
    assert code == ExitCode.NOT_MET == 4
    account = json.loads(capsys.readouterr().out)
    assert account["verdict"] == "rejected"
    assert account["groupings"] == 120
    assert {"measure": "rate", "population": "all"} in account["apart"]
    assert len(account["tests"]) == 3
    assert {cell["distance"] for cell in account["distances"]} == {"ks", "kl", "emd", "mean"}
    means = {(m["measure"], m["population"]): m for m in account["means"]}
    rate = means["rate", "A"]
    assert 1.3 < rate["test"]["mean"] / rate["reference"]["mean"] < 1.7
    assert account["figure"] == str(path)
    assert "<svg" in path.read_text()


def test_one_reference_leaves_it_undecided(runs, capsys):
    tests, references, _ = runs
    code = main(["validate", tests[0], "--reference", references[0]])
    assert code == ExitCode.DONE
    told = " ".join(capsys.readouterr().err.split())
    assert "UNDECIDED: 1 seed against 1 seed of the reference can be grouped in 2 ways" in told
    assert "the reference has one seed, its spread is unknown" in told
    assert main(["validate", tests[0], "--reference", references[0], "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_part_of_the_time_is_compared(runs, capsys):
    tests, references, _ = runs
    # the first 500 ms are discarded: these runs have none beyond
    code = main(["validate", tests[0], "--reference", references[0], "--time", "100 ms"])
    assert code == ExitCode.USER
    assert "has 0.21 s in all, 0.1 s after 500 ms wanted" in capsys.readouterr().err


def test_files_may_be_compared_too(runs, tmp_path, capsys):
    tests, references, _ = runs
    paths = []
    for k, folder in enumerate((tests[0], *references[:1])):
        paths.append(str(tmp_path / f"{k}.npz"))
        save_sample(sample(30 + k), Path(paths[-1]))
        assert Path(folder).is_dir()
    assert main(["validate", paths[0], "--reference", paths[1], "--json"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert account["tests"][0]["name"] == load_sample(Path(paths[0])).name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-thing"], "unknown network 'no-such-thing'"),
        (["none.npz"], "no such run folder or file"),
        (["pd14", "pd14"], "pd14 is to be run; give nothing else, got pd14"),
        ([], "name a network"),
        (["pd14", "--time", "5 parsecs"], "--time: should be a number or a quantity"),
        (["pd14", "--set", "record.spikes=false"], "record.spikes is false"),
        (["pd14", "--scale", "0.3"], "no reference of pd14, scale 0.3, Poisson drive comes with"),
        (["pd14", "--scale", "0.1"], "1 s after 500 ms of biological time and 10 s after 500 ms"),
        (["pd14", "--scale", "0.1", "--drive", "dc"], "no reference of pd14, scale 0.1, DC drive"),
        (["pd14", "--figure", "a.txt"], "choose a name that ends in .svg, .pdf, .png"),
        (["pd14", "--figure", "no/a.svg"], "there is no folder no"),
        (["pd14", "--delays", "long"], "--delays long: should be aligned or nominal"),
        (["pd14", "--seeds", "0"], "greater than or equal to 1"),
        (["pd14", "--reference", "none"], "none: there is no such run folder or file"),
    ],
)
def test_mistakes_are_told_before_anything_runs(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["validate", *arguments]) == ExitCode.USER
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert words in told
    assert not list(tmp_path.iterdir())


def test_what_is_not_comparable_is_told(runs, tmp_path, capsys):
    tests, _, _ = runs
    other = str(made_run(tmp_path / "dc", 5, drive="dc"))
    assert main(["validate", tests[0], "--reference", other]) == ExitCode.USER
    assert "drive poisson and dc; compare the same drive" in capsys.readouterr().err
    assert main(["validate", tests[0], "--reference", tests[0]]) == ExitCode.USER
    assert "are the same simulation" in capsys.readouterr().err
    assert main(["validate", tests[0], "--drive", "dc"]) == ExitCode.USER
    assert "--drive dc: t0 has poisson drive" in capsys.readouterr().err
    assert main(["validate", tests[0], "--scale", "0.5", "--broken"]) == ExitCode.USER
    assert "leave out --scale, --broken" in capsys.readouterr().err
    assert main(["validate", tests[0], "--delays", "nominal"]) == ExitCode.USER
    assert "leave out --delays" in capsys.readouterr().err
    assert main(["validate", tests[0]]) == ExitCode.USER
    assert "no reference of pd14" in capsys.readouterr().err


@pytest.fixture(scope="module")
def counted_from_the_end(tmp_path_factory):
    """Two seeds of a network of 156 neurons, said to count delays from the end of a step."""
    root = tmp_path_factory.mktemp("references")
    settings = {
        "network.scale": 0.002,
        "run.time_ms": 100.0,
        "run.warmup_ms": 50.0,
        "run.threads": 1,
        "run.seed": 11,
    }
    config = with_delays(load_config(None, settings), 1)
    found = run_seeds(config, 2, root, run=run, progress=SilentProgress(), name="reference")
    paths = [root / f"{k}.npz" for k in range(2)]
    for one, path in zip(found.samples, paths, strict=True):
        model = replace(one.model, delay_counts_from="step end")
        save_sample(replace(one, model=model), path)
    return against([str(path) for path in paths])


def test_seeds_are_run_once_and_broken_networks_too(
    counted_from_the_end, tmp_path, capsys, monkeypatch
):
    names = ("delays one step too short", "refractory one step too short")
    monkeypatch.setattr("host.analysis.seeds.BROKEN", {name: BROKEN[name] for name in names})
    kept = tmp_path / "a"
    arguments = ["validate", *TINY, *counted_from_the_end, "--output", str(kept), "--seeds"]
    # one seed against two leaves statistics undecided, and known answers are met
    assert main([*arguments, "1", "--broken", "--json"]) == ExitCode.DONE
    account = json.loads(capsys.readouterr().out)
    assert (account["verdict"], account["told_apart_by"]) == ("undecided", [])
    assert all(answer["is_met"] for answer in account["known_answers"])
    assert {name: own["told_apart_by"] for name, own in account["broken"].items()} == {
        name: ["known answers"] for name in names
    }
    assert account["n_reused"] == 0
    assert [test["seed"] for test in account["tests"]] == [1]
    assert account["added_delay_steps"] == 1
    assert "one step of 0.1 ms was added" in account["delays"]
    variants = [load_run(path).config.network.variant for path in sorted(kept.iterdir())]
    assert variants == [
        VariantConfig(delay_steps=1),
        VariantConfig(),
        VariantConfig(delay_steps=1, refractory_steps=-1),
    ]
    before = {path: (path / "manifest.json").stat().st_mtime_ns for path in kept.iterdir()}
    assert main([*arguments, "2"]) == ExitCode.DONE
    told = " ".join(capsys.readouterr().err.split())
    assert "1 of them from before" in told
    assert "known answers: all of 3 met" in told
    assert before == {path: (path / "manifest.json").stat().st_mtime_ns for path in before}
    assert [path.name for path in kept.iterdir() if path not in before] == ["as-given-seed2"]
    assert main([*arguments, "1", "--set", "run.rounding=nearest"]) == ExitCode.USER
    assert "is of another configuration" in capsys.readouterr().err


def test_delays_may_be_left_as_they_are(counted_from_the_end, tmp_path, capsys):
    arguments = [*TINY, *counted_from_the_end, "--seeds", "1", "--output", str(tmp_path / "a")]
    assert main(["validate", *arguments, "--delays", "nominal", "--json"]) == ExitCode.DONE
    account = json.loads(capsys.readouterr().out)
    assert account["added_delay_steps"] == 0
    assert "spikes act 0.1 ms earlier here" in account["delays"]
    assert load_run(tmp_path / "a" / "as-given-seed1").config.network.variant == VariantConfig()


def test_a_wrong_answer_fails_though_statistics_do_not(counted_from_the_end, tmp_path, capsys):
    arguments = [*TINY, *counted_from_the_end, "--seeds", "1", "--output", str(tmp_path / "a")]
    wrong = ["--set", "network.variant.refractory_steps=-1"]
    assert main(["validate", *arguments, *wrong]) == ExitCode.NOT_MET
    told = " ".join(capsys.readouterr().err.split())
    assert "UNDECIDED" in told
    assert "known answers: 2 of 3 met; NOT MET: interval of spikes" in told
    assert "(29 steps, 30 expected)" in told


def test_runs_are_kept_by_configuration():
    one, other = Config(run=RunConfig(seed=3)), Config(run=RunConfig(seed=4))
    assert default_folder(one) == default_folder(other)
    assert default_folder(one) != default_folder(Config(run=RunConfig(rounding="nearest")))
    assert config_hash(one) != config_hash(other)


def test_a_broken_network_is_made_of_a_right_one():
    config = Config(network=NetworkConfig(variant=VariantConfig(lost_synapses=0.1)))
    with pytest.raises(ConfigError, match=r"network\.variant is set already"):
        broken(config, next(iter(BROKEN)))


def test_what_is_expected_of_a_run():
    expected = expected_sample(Config(network=NetworkConfig(scale=0.1, drive="dc")))
    assert sum(expected.sizes) == 7717
    assert expected.populations[0] == "L23E"
    assert (expected.model, expected.window) == (
        Model("pd14", 0.1, "dc", "step start"),
        Window(500.0, 1000.0),
    )
    assert all(not np.concatenate(parts).size for parts in expected.values.values())


def test_a_foreign_folder_is_not_written_to(tmp_path):
    folder = tmp_path / "as-given-seed1"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")

    def fail(*_: object, **__: object) -> Results:
        raise AssertionError

    with pytest.raises(OutputError, match=r"no run folder"):
        run_seeds(Config(), 1, tmp_path, run=fail, progress=SilentProgress())
