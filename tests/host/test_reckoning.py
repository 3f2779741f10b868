"""What ideal timing reckons against what full timing counts; conservation; what a change moves."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from host import reckoning
from host.config import load_config
from host.energy import RunActions
from host.energy.vocabulary import Phase
from host.pipeline import run
from host.results import Results
from mapping.connectors import ExplicitList, FixedInDegree, OneToOne, PairwiseBernoulli
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router.topology import spinn5_boards

SMALL = {
    "network.scale": 0.02,
    "run.time_ms": 40.0,
    "run.warmup_ms": 20.0,
    "run.slowdown": 20.0,
    "mapping.layout": "ensemble",
    "record.spikes": False,
}


def results(**changes: object) -> Results:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return run(load_config(None, SMALL | named))


TIMES = tuple(np.arange(3.0 + 0.1 * k, 60.0, 7.0) for k in range(60))
LISTED = ExplicitList(pre=np.arange(0, 60, 2), post=np.arange(0, 30))


def amounts(actions: RunActions | None, *phases: Phase) -> Counter[tuple[str, str]]:
    """What was counted in all of `phases` together; what was not, is left out."""
    assert actions is not None
    total: Counter[tuple[str, str]] = Counter()
    for phase in actions.phases:
        if phase.phase in phases:
            total.update({(c.action, c.what): c.n for c in phase.counts})
    return +total


@pytest.mark.parametrize(
    ("layout", "slots", "tolerance"),
    [
        ("ensemble", None, 0.002),
        ("ensemble", 16, 0.03),  # packets that delay cores still hold at the end
        ("homogeneous", 16, 0.04),  # and here a source that fires twice in a step sends two packets
    ],
)
def test_reckoned_is_what_is_counted(layout: str, slots: int | None, tolerance: float) -> None:
    common = {"mapping__layout": layout, "mapping__delay_slots": slots}
    ideal, full = results(**common), results(**common, run__timing="full")
    assert ideal.energy["is_reckoned"]
    assert full.energy["deadline"] == "met"
    assert full.energy["slowdown"] == 20
    expected = amounts(full.actions, Phase.RUNNING)
    found = amounts(ideal.actions, Phase.RUNNING)
    assert found.keys() == expected.keys()
    for (action, what), n in found.items():
        if layout == "homogeneous" and action == "router_bit":
            continue  # payloads of 32 bits instead of further packets
        assert n == pytest.approx(expected[action, what], rel=tolerance), (action, what)
    assert ideal.energy["e_syn_uj"] == pytest.approx(full.energy["e_syn_uj"], rel=1e-3)


def test_full_timing_tells_a_deadline_that_is_missed() -> None:
    found = results(run__timing="full", run__slowdown=0.3, run__warmup_ms=0.0)
    assert found.energy["deadline"] == "missed"
    assert not found.energy["is_reckoned"]


def test_what_is_recorded_is_read_back() -> None:
    quiet, recording = results(), results(record__spikes=True)
    wall = [{p.phase: p.wall_ps for p in r.actions.phases} for r in (quiet, recording) if r.actions]
    assert wall[0][Phase.EXTRACTION] == 0 < wall[1][Phase.EXTRACTION]
    assert {p for p in Phase if wall[0][p] != wall[1][p]} == {Phase.EXTRACTION}


def test_links_between_boards_are_apart() -> None:
    boards = {
        "machine": "spinnaker1-3boards",
        "network__scale": 0.05,
        "mapping__neurons_per_core": 16,
        "mapping__synapse_cores": 2,
    }
    ideal, full = results(**boards), results(**boards, run__timing="full")
    found, expected = (amounts(r.actions, Phase.RUNNING) for r in (ideal, full))
    for action in ("router_bit", "link_bit", "board_link_bit"):
        assert found[action, ""] == expected[action, ""] > 0
    assert ideal.actions is not None
    assert ideal.actions.n_boards_on == 3


def test_rules_of_all_kinds() -> None:
    """Lists beside rules that can connect all with all, from one population and to one."""
    network = NetworkSpec(
        "mixed",
        (
            Population("S", 60, PopulationKind.SPIKE_ARRAY, spike_times_ms=TIMES),
            Population("A", 100, PopulationKind.NEURON),
            Population("B", 100, PopulationKind.NEURON),
        ),
        (
            Projection("S", "A", LISTED, Constant(3.0), Constant(0.5)),
            Projection("S", "B", FixedInDegree(20), Constant(1.0), Constant(0.5)),
            Projection("A", "B", OneToOne(), Constant(0.5), Constant(0.4)),
            Projection("A", "A", PairwiseBernoulli(0.1), Constant(0.1), Constant(0.6)),
        ),
    )
    for layout in ("ensemble", "homogeneous"):
        config = load_config(
            None, SMALL | {"mapping.layout": layout, "mapping.neurons_per_core": 16}
        )
        timed = load_config(
            None,
            SMALL
            | {"mapping.layout": layout, "mapping.neurons_per_core": 16, "run.timing": "full"},
        )
        ideal, full = run(config, network=network), run(timed, network=network)
        found, expected = (amounts(r.actions, Phase.RUNNING) for r in (ideal, full))
        assert sum(full.counters["spikes"].values()) > 100
        assert found.keys() == expected.keys()
        for key, n in found.items():
            assert n == pytest.approx(expected[key], rel=0.02), (layout, key)


@pytest.mark.parametrize("changes", [{"cores__tick_offset_ms": 1.0}, {"cores__drift_ppm": 500.0}])
def test_time_is_accounted_for_with_clocks_that_are_off(changes: dict[str, float]) -> None:
    found = results(**changes, run__timing="full")
    assert found.actions is not None
    n_cores = spinn5_boards(1).n_cores
    for phase in found.actions.phases[-3:-1]:
        all_cores = sum(c.n for c in phase.counts if c.action.startswith("core"))
        assert all_cores == n_cores * phase.wall_ps


@pytest.mark.parametrize("timing", ["ideal", "full"])
def test_busy_and_waiting_time_of_cores_is_the_time_of_the_run(timing: str) -> None:
    found = results(run__timing=timing)
    assert found.actions is not None
    n_roles: Counter[str] = Counter()
    for phase in found.actions.phases[-3:-1]:
        assert phase.phase in (Phase.WARMUP, Phase.RUNNING)
        of_role: Counter[str] = Counter()
        for count in phase.counts:
            if count.action in ("core_cycle", "core"):
                of_role[count.what] += count.n
        for role, time_ps in of_role.items():
            n_cores, rest = divmod(time_ps, phase.wall_ps)
            assert rest == 0
            assert n_roles[role] in (0, n_cores)
            n_roles[role] = n_cores
        all_cores = sum(c.n for c in phase.counts if c.action.startswith("core"))
        assert all_cores == spinn5_boards(1).n_cores * phase.wall_ps
    assert sum(n_roles.values()) == found.n_cores


def test_a_run_in_two_parts_does_what_the_whole_does() -> None:
    full = {"run__timing": "full"}
    parts = results(**full)
    whole = results(**full, run__time_ms=60.0, run__warmup_ms=0.0)
    both = amounts(parts.actions, Phase.WARMUP, Phase.RUNNING)
    assert both == amounts(whole.actions, Phase.WARMUP, Phase.RUNNING)
    assert amounts(parts.actions, Phase.WARMUP) != amounts(parts.actions, Phase.RUNNING)


def test_the_whole_of_a_reckoned_run_is_its_parts() -> None:
    parts, whole = results(), results(run__time_ms=60.0, run__warmup_ms=0.0)
    both = amounts(parts.actions, Phase.WARMUP, Phase.RUNNING)
    for key, n in amounts(whole.actions, Phase.RUNNING).items():
        assert n == pytest.approx(both[key], abs=4 * 5000), key  # each part is rounded to a cycle


def moved(before: Results, after: Results) -> set[tuple[str, str]]:
    """What differs in the time that counts."""
    was, is_now = (amounts(r.actions, Phase.RUNNING) for r in (before, after))
    return {key for key in was | is_now if was[key] != is_now[key]}


def test_half_the_clock_takes_twice_the_time_for_the_same_cycles(tmp_path: Path) -> None:
    file = tmp_path / "slow.yaml"
    file.write_text("extends: spinnaker1\ncores: {cycle_ps: 10 ns}\n")
    fast, slow = results(), results(machine=str(file))
    roles = ("neuron", "synapse", "poisson")
    assert moved(fast, slow) == {(a, r) for a in ("core_cycle", "core") for r in roles}
    was, is_now = (amounts(r.actions, Phase.RUNNING) for r in (fast, slow))
    for role in roles:
        assert is_now["core_cycle", role] == pytest.approx(2 * was["core_cycle", role], abs=10_000)
    # the same cycles cost the same; only polling has fewer of them
    parts = fast.energy["parts_j"], slow.energy["parts_j"]
    differ = {name for name in parts[0] if parts[0][name] != pytest.approx(parts[1][name])}
    assert differ == {"core_poll_cycle"}
    assert parts[1]["core_poll_cycle"] < 0.51 * parts[0]["core_poll_cycle"]


def test_twice_the_hops_move_routers_and_links_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    near = results()
    load = reckoning.link_load
    monkeypatch.setattr(reckoning, "link_load", lambda *given: 2 * load(*given))
    far = results()
    assert moved(near, far) == {("router_bit", ""), ("link_bit", "")}
    was, is_now = (amounts(r.actions, Phase.RUNNING) for r in (near, far))
    assert is_now["link_bit", ""] == 2 * was["link_bit", ""] > 0
    assert is_now["router_bit", ""] - was["router_bit", ""] == was["link_bit", ""]


def test_cores_that_fetch_empty_rows_have_more_to_do() -> None:
    filtering, fetching = results(), results(cores__bit_fields=False)
    assert moved(filtering, fetching) == {
        ("core_cycle", "synapse"),
        ("core", "synapse"),
        ("sdram_byte", ""),
    }
