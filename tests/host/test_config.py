"""Configuration: files with line numbers, overrides, units, bounds, and the way back to YAML."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.config import (
    Config,
    MappingConfig,
    NetworkConfig,
    RecordConfig,
    RunConfig,
    check_config,
    check_time_step,
    config_hash,
    load_config,
    to_yaml,
)
from host.errors import ConfigError, UnknownNameError
from host.units import parse_quantity
from host.yamlfile import Document, parse_scalar


def error_of(tmp_path: Path, text: str, **overrides: object) -> str:
    """Message of the error that a file with `text` gives, its folder left out."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, {key.replace("__", "."): v for key, v in overrides.items()})
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_defaults() -> None:
    assert load_config(None) == Config()


def test_file_with_units(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("run: {time_ms: 1 min, dt_ms: 100 us, slowdown: 20x}\nrecord: {v: {L4E: 3}}\n")
    config = load_config(path)
    assert (config.run.time_ms, config.run.dt_ms, config.run.slowdown) == (60_000.0, 0.1, 20.0)
    assert config.record.v == {"L4E": 3}
    assert (config.run.n_steps, config.run.n_warmup_steps) == (600_000, 5_000)


def test_empty_file_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("# nothing\n")
    assert load_config(path) == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "run: {}\nmapping:\n  layout: ensemble\n  neurons_per_cor: 80\n",
            "c.yaml:4: unknown key 'neurons_per_cor' in mapping; did you mean 'neurons_per_core'?",
        ),
        ("\nnetwrk:\n", "c.yaml:2: unknown key 'netwrk' in the file; did you mean 'network'?"),
        ("run:\n  time_ms: -1 s\n", "c.yaml:2: run.time_ms should be greater than 0, got -1000"),
        (
            "run:\n  time_ms: 1 kg\n",
            (
                "c.yaml:2: run.time_ms should be a number or a quantity in one of "
                "ps, ns, us, ms, s, min, h, got '1 kg'"
            ),
        ),
        (
            "mapping:\n\n  neurons_per_core: 2000\n",
            "c.yaml:3: mapping.neurons_per_core should be less than or equal to 1024, got 2000",
        ),
        (
            "mapping: {synapse_cores: 2}\n",
            (
                "c.yaml:1: mapping.synapse_cores: homogeneous cores have no synapse cores; "
                "choose layout ensemble or leave it out"
            ),
        ),
        (
            "mapping: {synapse_cores: 2.5}\n",
            "c.yaml:1: mapping.synapse_cores should be a whole number, got 2.5",
        ),
        (
            "mapping: {neurons_per_core: true}\n",
            "c.yaml:1: mapping.neurons_per_core should be a whole number, got True",
        ),
        (
            "mapping: {layout: homo}\n",
            "c.yaml:1: mapping.layout should be 'homogeneous' or 'ensemble', got 'homo'",
        ),
        ("mapping: 3\n", "c.yaml:1: mapping should be a mapping of names to values, got 3"),
        (
            "record:\n  v: {L4E: 0}\n",
            "c.yaml:2: record.v.L4E should be greater than or equal to 1, got 0",
        ),
        (
            "run:\n  seed: 18446744073709551616\n",
            "c.yaml:2: run.seed should be less than 18446744073709551616, got 18446744073709551616",
        ),
        ("run: {time_ms: .inf}\n", "c.yaml:1: run.time_ms should be a finite number, got inf"),
        ("run: {time_ms: .nan}\n", "c.yaml:1: run.time_ms should be a finite number, got nan"),
        ("- 1\n", "c.yaml:1: a file is a mapping of names to values, such as 'name: value'"),
        (
            "run:\n  dt_ms: 0.1\n  warmup_ms: 0.25\n",
            (
                "c.yaml:3: run.warmup_ms: 0.25 ms is no whole number of time steps of 0.1 ms; "
                "nearest: 0.2 ms"
            ),
        ),
        (
            "run:\n  time_ms: 1e15\n",
            (
                "c.yaml:2: run.time_ms: warm-up and run have 10000000000005000 time steps, "
                "limit 2147483647; shorten them or choose a longer time step"
            ),
        ),
        (
            "record:\n  interval_ms: 0.05\n",
            (
                "c.yaml:2: record.interval_ms: 0.05 ms is no whole number of time steps of 0.1 ms; "
                "nearest: 0.1 ms"
            ),
        ),
    ],
)
def test_error_names_line_value_and_limit(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text) == message


def test_yaml_errors_name_the_line(tmp_path: Path) -> None:
    assert error_of(tmp_path, "run:\n  seed: 1\n  seed: 2\n").startswith("c.yaml:3: ")
    assert error_of(tmp_path, "run: [\n").startswith("c.yaml:2: ")


@pytest.mark.parametrize(
    "text",
    [
        "run: {seed: !!int many}\n",
        "run:\n  seed: !!int\n",
        "run: &a {seed: *a}\n",
        "run: {[1, 2]: 3}\n",
    ],
)
def test_odd_yaml_is_the_users_mistake(tmp_path: Path, text: str) -> None:
    assert error_of(tmp_path, text).startswith("c.yaml: not YAML: ")
    assert parse_scalar("!!int") == "!!int"


def test_override_does_not_hide_a_section_that_is_none(tmp_path: Path) -> None:
    message = error_of(tmp_path, "run:\n\nnetwork: [1]\n", network__scale=0.1)
    assert message == "c.yaml:3: network should be a mapping of names to values, got [1]"
    message = error_of(tmp_path, "run:\n  seed: 3\n", run__seed__x=1)
    assert message == "c.yaml:2: run.seed should be a mapping of names to values, got 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run:\n  seed: 1\n  seed: 2\n", "c.yaml:3: not YAML: key 'seed' stands twice; leave one"),
        ("run:\n\tseed: 1\n", "c.yaml:2: not YAML: a tab; indent with spaces"),
        ("run: {}\n---\nrun: {}\n", "c.yaml:2: not YAML: a second document begins with '---'"),
        ("run: a: b\n", "c.yaml:1: not YAML: a colon within a value; put it in quotes"),
        ("run: *other\n", "c.yaml:1: not YAML: alias *other has no anchor &other before it"),
        ("run: !!python/x {}\n", "c.yaml:1: not YAML: leave out the tag"),
        ("run: {[1]: 2}\n", "c.yaml: not YAML: a list or a mapping as a key; keys are names"),
        ("run: " + "[" * 1200, "c.yaml: not YAML: it is nested too deeply"),
        ("run:\r\n  seed: -1\r\n", "c.yaml:2: run.seed should be greater than or equal to 0"),
        ("run: &x {seed: -1}\ncores:\n  <<: *x\n", "c.yaml:1: unknown key 'seed' in cores"),
        ("run:\n", "c.yaml:1: run should be a mapping of names to values, got nothing"),
        ("1: 2\n", "c.yaml:1: a file is a mapping of names to values"),
        ("# " + "x" * (10 << 20), "c.yaml has more than 10 MiB; keep long lists in a file"),
    ],
    ids=range(13),
)
def test_yaml_that_is_hard_to_read(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text).startswith(message)


def test_a_few_lines_that_stand_for_billions_of_values(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    message = error_of(tmp_path, "\n".join(lines) + "\n")
    assert message.startswith("c.yaml: not YAML: its aliases stand for 12,345,679,0")
    assert message.endswith("limit 1,000,000; repeat less")


def test_merged_values_have_the_line_they_stand_on(tmp_path: Path) -> None:
    text = "run: &x\n  time_ms: 5\n  seed: 1\ncores: {}\nrecord: {v: {}}\nmapping:\n  <<: *x\n"
    assert error_of(tmp_path, text).startswith("c.yaml:2: unknown key 'time_ms' in mapping")


def test_folders_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Is a directory"):
        load_config(tmp_path)


def test_binary_file(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnknownNameError, match=r"cannot read .*c\.yaml"):
        load_config(tmp_path / "c.yaml")
    assert error_of(tmp_path, "a: \x07\n").startswith("c.yaml: not YAML: ")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"cannot read .*none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml")


def test_override_wins_and_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    text = "mapping:\n  neurons_per_core: 80\n  layout: homogeneous\n"
    path = tmp_path / "c.yaml"
    path.write_text(text)
    config = load_config(path, {"mapping.neurons_per_core": 128, "run.time_ms": "2 s"})
    assert config.mapping == MappingConfig(layout="homogeneous", neurons_per_core=128)
    assert config.run.time_ms == 2000.0
    message = error_of(tmp_path, text, mapping__neurons_per_core=0)
    assert message == "mapping.neurons_per_core should be greater than or equal to 1, got 0"


def test_unknown_override() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'time' in run; did you mean 'time_ms'"):
        load_config(None, {"run.time": 5})


@pytest.mark.parametrize("dt_ms", [1e-6, 2.0**-16, 65536.0, 1e9])
def test_time_step_out_of_range(dt_ms: float) -> None:
    with pytest.raises(ConfigError, match=r"s16\.15, which holds 3\.05176e-05 to 65536 ms; choose"):
        check_time_step(dt_ms)


def test_time_step_of_a_fraction_of_a_picosecond() -> None:
    with pytest.raises(ConfigError, match=r"no whole number of ps; nearest: 0\.123456789 ms"):
        check_time_step(0.1234567891)


@pytest.mark.parametrize("dt_ms", [0.1, 0.025, 1.0, 1 / 512, 30_518e-9, 65535.999])
def test_time_step_that_fits(dt_ms: float) -> None:
    check_time_step(dt_ms)


@given(n_steps=st.integers(1, 10**7), dt_ms=st.sampled_from([0.1, 0.05, 0.025, 0.2, 1.0, 1 / 3e3]))
def test_whole_numbers_of_steps_pass_despite_rounding(n_steps: int, dt_ms: float) -> None:
    dt_ms = round(dt_ms, 9)
    config = Config(run=RunConfig(time_ms=n_steps * dt_ms, warmup_ms=0.0, dt_ms=dt_ms))
    assert check_config(config).run.n_steps == n_steps


def test_python_configurations_are_checked_too() -> None:
    with pytest.raises(ConfigError, match=r"network\.scale should be less than or equal to 1"):
        check_config(Config(network=NetworkConfig(scale=1.5)))


@given(
    scale=st.floats(0.001, 1.0),
    seed=st.integers(0, 2**64 - 1),
    name=st.sampled_from(["pd14", "on", "null", "1e3", "a: b", "'"]),
    synapse_cores=st.none() | st.integers(1, 9),
    v=st.dictionaries(st.sampled_from(["L4E", "L5I"]), st.integers(1, 100)),
)
def test_yaml_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    scale: float,
    seed: int,
    name: str,
    synapse_cores: int | None,
    v: dict[str, int],
) -> None:
    config = Config(
        network=NetworkConfig(scale=scale, name=name),
        mapping=MappingConfig(layout="ensemble", synapse_cores=synapse_cores),
        run=RunConfig(seed=seed),
        record=RecordConfig(v=v),
    )
    path = tmp_path_factory.mktemp("yaml") / "c.yaml"
    path.write_text(to_yaml(config))
    assert load_config(path) == config


def test_hash_depends_on_what_results_depend_on() -> None:
    base = config_hash(Config())
    assert base == config_hash(Config(output="elsewhere", run=RunConfig(threads=7)))
    assert base != config_hash(Config(run=RunConfig(seed=2)))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.1 ms", "ms", 0.1),
        ("1 s", "ms", 1000.0),
        (".5s", "ms", 500.0),
        ("100us", "ms", 0.1),
        ("20x", "x", 20.0),
        ("1.8 nJ", "pJ", 1800.0),
        ("34 mW", "W", 0.034),
        ("64 KiB", "B", 65536.0),
        ("-1e-3 s", "ms", -1.0),
    ],
)
def test_quantities(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit) == value


def test_too_large_a_quantity() -> None:
    for text in ("1e400ms", "1e9999 h"):
        with pytest.raises(ConfigError, match=r"should be below 1\.8e\+308 ms, got"):
            parse_quantity(text, "ms")
    with pytest.raises(ConfigError, match="should be a number or a quantity"):
        parse_quantity("1e999999999ms", "ms")


@pytest.mark.parametrize("text", ["ms", "1 W", "1 2 ms", "1 parsec", "", "0x10 ms"])
def test_no_quantities_of_time(text: str) -> None:
    with pytest.raises(ConfigError, match="should be a number or a quantity"):
        parse_quantity(text, "ms")


def test_documents_merge_by_section_and_keep_the_lines_of_both() -> None:
    base = Document({"a": {"x": 1, "y": 2}, "b": 3}, {("a", "x"): "f:1", ("a", "y"): "f:2"})
    top = Document({"a": {"x": 9}}, {("a", "x"): "g:5"})
    merged = top.over(base)
    assert merged.data == {"a": {"x": 9, "y": 2}, "b": 3}
    assert merged.where(("a", "x")) == "g:5: "
    assert merged.where(("a", "y")) == "f:2: "
    assert merged.where(("b",)) == ""


def test_cores_are_as_the_machine_says_unless_told_otherwise() -> None:
    cores = Config().cores
    chosen = (cores.costs, cores.spike_buffer, cores.late_spikes, cores.colours, cores.bit_fields)
    assert chosen == (None,) * 5
    assert (cores.spread, cores.tick_offset_ms, cores.drift_ppm) == (0.0, 0.0, 0.0)


def test_cores_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("cores: {costs: polling, margin_ms: 10 us, late_spikes: drop, spread: 0.8}\n")
    cores = load_config(path).cores
    assert (cores.costs, cores.margin_ms, cores.late_spikes) == ("polling", 0.01, "drop")
    assert load_config(path, {"cores.reinject": True}).cores.reinject


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cores:\n  costs: poling\n", "c.yaml:2: cores.costs: unknown table of costs 'poling'; di"),
        ("cores: {spread: 1}\n", "c.yaml:1: cores.spread should be less than 1, got 1"),
        ("cores: {late_spikes: lose}\n", "c.yaml:1: cores.late_spikes should be 'keep' or 'drop'"),
        ("cores: {drift_ppm: -1}\n", "c.yaml:1: cores.drift_ppm should be greater than or equal"),
        (
            "run:\n  timing: full\n  slowdown: 1e-12\n",
            "c.yaml:3: run.slowdown: 15000 steps of 0 ps of wall time: a step takes 1 ps or more",
        ),
        (
            "run:\n  timing: full\n  slowdown: 1e10\n",
            "c.yaml:3: run.slowdown: 15000 steps of 1000000000000000000 ps of wall time: a step",
        ),
        (
            "run: {timing: full, slowdown: 2}\ncores:\n  margin_ms: 0.2\n",
            "c.yaml:3: cores.margin_ms: a margin of 0.2 ms leaves nothing of a step of 0.2 ms of w",
        ),
        (
            "cores:\n  router_wait_cycles: 481\n",
            (
                "c.yaml:2: cores.router_wait_cycles: no time-out register holds 481 cycles; "
                "the nearest it can hold: 480 or 512"
            ),
        ),
    ],
)
def test_wrong_cores(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text).startswith(message)


@pytest.mark.parametrize("cycles", [0, 240, 480])
def test_router_waits_that_a_register_holds(cycles: int) -> None:
    config = load_config(None, {"cores.router_wait_cycles": cycles})
    assert config.cores.router_wait_cycles == cycles


def test_a_margin_just_shorter_than_a_step() -> None:
    run = {"run.timing": "full", "run.slowdown": 2}
    assert load_config(None, run | {"cores.margin_ms": 0.199999}).cores.margin_ms == 0.199999


def test_a_margin_means_nothing_with_ideal_timing() -> None:
    assert load_config(None, {"run.slowdown": 2, "cores.margin_ms": 5}).cores.margin_ms == 5


def test_wall_time_of_a_step() -> None:
    run = RunConfig(dt_ms=0.1, slowdown=20.0)
    assert Config(run=run).period_ps == 2_000_000_000


def test_any_slow_down_goes_with_ideal_timing() -> None:
    check_config(Config(run=RunConfig(slowdown=1e-12)))
