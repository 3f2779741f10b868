"""From the file of a sweep to its points."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from host.errors import ConfigError, UnknownNameError
from host.sweep.plan import Plan, plan_sweep, renumbered

Write = Callable[[str], Path]
BASE = "base: {network: {scale: 0.002}, run: {time_ms: 5 ms, warmup_ms: 0 ms}}\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def columns(plan: Plan, *keys: str) -> list[tuple[object, ...]]:
    return [tuple(point.values[key] for key in keys) for point in plan.points]


def test_points_are_all_combinations_and_the_last_key_varies_fastest(write: Write) -> None:
    text = BASE + (
        "grid: {run.slowdown: [1x, 20x], mapping.neurons_per_core: {range: [32, 96, 32]}}\n"
        "zip:\n"
        "  - mapping.layout: [homogeneous, ensemble]\n"
        "    mapping.synapse_cores: [null, 3]\n"
        "repeats: 2\n"
    )
    plan = plan_sweep(write(text))
    assert plan.name == "mine"
    assert plan.keys == (
        "run.slowdown",
        "mapping.neurons_per_core",
        "mapping.layout",
        "mapping.synapse_cores",
        "run.seed",
    )
    pairs = (("homogeneous", None), ("ensemble", 3))
    expected = [
        (s, n, *pair, seed) for s, n, pair, seed in product((1, 20), (32, 64, 96), pairs, (1, 2))
    ]
    assert columns(plan, *plan.keys) == expected
    assert [point.number for point in plan.points] == list(range(1, 25))
    assert {point.config.run.time_ms for point in plan.points} == {5.0}
    assert all(point.config.output is None for point in plan.points)


def test_samples_are_seeded(write: Write) -> None:
    def text(seed: int) -> str:
        return BASE + (
            f"samples: {{n: 4, seed: {seed}, keys: {{run.slowdown: {{loguniform: [1x, 100x]}},"
            " network.drive: {choice: [poisson, dc]}}}\n"
        )

    keys = ("run.slowdown", "network.drive")
    first, again, other = (plan_sweep(write(text(seed))) for seed in (1, 1, 2))
    assert columns(first, *keys) == columns(again, *keys) != columns(other, *keys)
    slowdowns = sorted(point.config.run.slowdown or 0 for point in first.points)
    quarters = [(10 ** (k / 2), 10 ** ((k + 1) / 2)) for k in range(4)]
    assert all(low <= s <= high for s, (low, high) in zip(slowdowns, quarters, strict=True))
    assert [p.config.network.drive for p in first.points].count("dc") == 2


def test_combinations_that_are_the_same_are_run_once(write: Write) -> None:
    plan = plan_sweep(write(BASE + "grid: {run.time_ms: [5 ms, 5, 0.005 s, 10 ms]}\n"))
    assert columns(plan, "run.time_ms") == [(5.0,), (10.0,)]
    assert plan.n_alike == 2


def test_points_keep_their_numbers_when_the_file_is_edited(write: Write) -> None:
    before = plan_sweep(write(BASE + "grid: {run.slowdown: [1x, 20x]}\n"))
    known = {point.digest: point.number for point in before.points}
    after = plan_sweep(write(BASE + "grid: {run.slowdown: [20x, 5x, 1x], run.seed: [1, 2]}\n"))
    numbers = [point.number for point in renumbered(after, known).points]
    assert numbers == [2, 3, 4, 5, 1, 6]


def test_what_has_no_effect_on_results_is_no_other_point_unless_it_varies(write: Write) -> None:
    one, other = (
        plan_sweep(write(BASE + "grid: {run.seed: [1]}\n"), {"run.threads": n}) for n in (1, 2)
    )
    assert one.points[0].digest == other.points[0].digest
    assert len(plan_sweep(write(BASE + "grid: {run.threads: [1, 2]}\n")).points) == 2


def test_a_machine_file_counts_by_what_it_says(write: Write, tmp_path: Path) -> None:
    def digest(name: str, boards: int) -> str:
        (tmp_path / name).write_text(
            f"name: mine\nextends: spinnaker1\ntopology: {{boards: {boards}}}\n", encoding="utf-8"
        )
        text = BASE + f"grid: {{machine: [{tmp_path / name}]}}\n"
        return plan_sweep(write(text)).points[0].digest

    assert digest("a.yaml", 3) == digest("b.yaml", 3) != digest("c.yaml", 6)


def test_the_base_may_be_a_file_or_extend_one(write: Write, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "network: {scale: 0.002}\nrun: {seed: 7}\n", encoding="utf-8"
    )
    plan = plan_sweep(write("base: base.yaml\nrepeats: 2\n"))
    assert columns(plan, "run.seed") == [(7,), (8,)]
    plan = plan_sweep(write("base: {extends: base.yaml, run: {time_ms: 1 s}}\n"))
    assert len(plan.points) == 1
    assert (plan.base.run.seed, plan.base.run.time_ms) == (7, 1000.0)


def test_a_mapping_counts_by_what_it_says(write: Write, tmp_path: Path) -> None:
    def digest(name: str, text: str) -> str:
        (tmp_path / name).mkdir()
        (tmp_path / name / "placement.json").write_text(text, encoding="utf-8")
        path = write(BASE + f"grid: {{mapping.folder: [{tmp_path / name}]}}\n")
        return plan_sweep(path).points[0].digest

    assert digest("a", "1") == digest("b", "1") != digest("c", "2")


def test_a_base_alone_is_one_point(write: Write) -> None:
    plan = plan_sweep(write(BASE))
    assert plan.keys == ()
    assert [point.values for point in plan.points] == [{}]


def test_relative_files_become_absolute(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text("extends: spinn5\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    plan = plan_sweep(write(BASE + "grid: {machine: [small.yaml, spinn5]}\n"))
    assert [p.config.machine for p in plan.points] == [str(tmp_path / "small.yaml"), "spinn5"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("gird: {}\n", 1, "did you mean 'grid'"),
        ("grid:\n  run.slodown: [1x]\n", 2, "unknown key 'slodown' in run"),
        ("grid:\n  run.slowdown: 5x\n", 2, "grid.run.slowdown should be a list"),
        ("grid:\n  run.slowdown: []\n", 2, "at least 1"),
        ("grid:\n  run.slowdown: [1x, -3x]\n", 2, r"greater than 0, got -3.*\(point 2: "),
        ("grid:\n  run.slowdown: [1x, 3 ms]\n", 2, "run.slowdown should be a number or a quantity"),
        ("grid:\n  run.slowdown: {linspace: [1, 2]}\n", 2, "grid.run.slowdown"),
        ("grid:\n  run.slowdown: {linspce: [1, 2, 3]}\n", 2, "linspce"),
        ("grid:\n  run.seed: {linspace: [1, 2, 3]}\n", 2, "run.seed should be a whole number"),
        ("grid:\n  output: [a, b]\n", 2, "leave it out"),
        ("grid:\n  run.seed: [1]\n  run: [{seed: 2}]\n", 3, "varies already, as run.seed at"),
        ("grid:\n  run.seed: [1]\nrepeats: 2\n", 3, "run.seed varies already"),
        (
            "zip:\n  - run.seed: [1, 2]\n    run.slowdown: [1]\n",
            2,
            "2 of run.seed, 1 of run.slowdown",
        ),
        ("grid:\n  network.name: [pd14, pd41]\n", 2, "unknown network 'pd41'"),
        ("grid:\n  machine: [spinn5, spinaker]\n", 2, "unknown machine 'spinaker'"),
        ("grid:\n  network.g: [5]\n", 2, "pd14 has no g"),
        ("grid:\n  record.v:\n    - {L4E: 1}\n    - {L7: 1}\n", 4, "no neuron population 'L7'"),
        ("grid:\n  mapping.folder: [nowhere]\n", 2, "no such folder"),
        ("base:\n  run: {dt_ms: 0.1}\ngrid:\n  run.time_ms: [1, 1.25]\n", 4, "no whole number"),
        ("base:\n  run: {dt_ms: -1}\n", 2, "run.dt_ms"),
        ("base:\n  extends: 3\n", 2, "should name a file"),
        ("samples:\n  n: 2\n  keys:\n    run.slowdown: {uniform: [2, 1]}\n", 4, "less than"),
        ("samples:\n  n: 2\n  keys:\n    run.slowdown: {normal: [2, 1]}\n", 4, "normal"),
        ("samples:\n  n: 2\n  keys: {}\n", 3, "at least 1"),
    ],
)
def test_mistakes_are_told_with_their_line(write: Write, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        plan_sweep(write(text))
    assert f"mine.yaml:{line}: " in str(caught.value)


def test_files_that_are_not_there(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"mine.yaml:1: base: cannot read .*b.yaml"):
        plan_sweep(write("base: b.yaml\n"))
    with pytest.raises(UnknownNameError, match="cannot read"):
        plan_sweep(tmp_path / "none.yaml")


def test_too_many_points(write: Write) -> None:
    text = "grid: {run.seed: {range: [1, 1000, 1]}, run.slowdown: {range: [1, 1000, 1]}}\n"
    with pytest.raises(ConfigError, match="1,000,000 points, limit 100,000"):
        plan_sweep(write(text))


def test_an_override_changes_the_base_but_nothing_that_varies(write: Write) -> None:
    path = write(BASE + "grid:\n  run.slowdown: [1x, 20x]\n")
    assert plan_sweep(path, {"run.time_ms": "10 ms"}).points[1].config.run.time_ms == 10.0
    for key in ("run.slowdown", "run"):
        with pytest.raises(ConfigError, match=f"--set {key}: it varies at .*mine.yaml:3"):
            plan_sweep(path, {key: 3})
