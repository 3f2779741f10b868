"""Ledgers: sums by hand, exact additivity, and which lines a change moves."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.energy import (
    ACTIONS,
    ActionCount,
    PhaseCounts,
    RunActions,
    default_table,
    energy_summary,
    price,
)
from host.energy.flowwords import rounded
from host.energy.ledger import is_idle
from host.energy.report import ledger_json
from host.energy.vocabulary import Kind, Per, Phase

PS = 10**12


def run_actions(*phases: PhaseCounts, **changes: object) -> RunActions:
    values = {
        "cycle_ps": 5000,
        "slowdown": 1.0,
        "load": 0.9,
        "n_boards_on": 12,
        "synaptic_events": 10**9,
        "deadline": "met",
        "is_reckoned": False,
        "phases": phases,
    }
    return RunActions(**(values | changes))  # type: ignore[arg-type]


def phase(name: Phase, wall_s: float, *counts: tuple[str, str, int]) -> PhaseCounts:
    return PhaseCounts(
        phase=name,
        wall_ps=round(wall_s * PS),
        counts=tuple(ActionCount(*count) for count in counts),
    )


RUN = phase(
    Phase.RUNNING,
    10,
    ("chip", "in use", 404 * 10 * PS),
    ("chip", "unused", 172 * 10 * PS),
    ("board", "", 12 * 10 * PS),
    ("core_cycle", "synapse", 3630 * 4 * PS),
    ("core", "synapse", 3630 * 6 * PS),
    ("core", "neuron", 1210 * 3 * PS),
    ("router_bit", "", 4 * 10**9),
    ("synaptic_event", "", 10**9),
)


def test_lines_by_hand() -> None:
    table = default_table()
    ledger = price(run_actions(RUN), table)
    energy_j = {(line.action, line.what): line.energy_j.nominal for line in ledger.lines}
    assert energy_j["chip", "in use"] == 4040 * Fraction(repr(table.chip.nominal))
    # 170 pJ a cycle of 5 ns are 34 mW
    assert energy_j["core_cycle", "synapse"] == Fraction("0.034") * 3630 * 4
    assert energy_j["core_poll_cycle", "synapse"] == Fraction("0.034") * 3630 * 6
    assert energy_j["core_asleep", "neuron"] == 0  # it sleeps while it waits
    assert float(energy_j["router_bit", ""]) == pytest.approx(0.1)  # 1 nJ for 40 bits
    assert ledger.total_j().nominal == sum(energy_j.values())


def test_lines_come_in_the_order_of_the_table_and_nothing_is_no_line() -> None:
    shuffled = replace(RUN, counts=(ActionCount("box", "", 0), *reversed(RUN.counts)))
    ledger = price(run_actions(phase(Phase.EXTRACTION, 1), shuffled), default_table())
    assert {line.action for line in ledger.lines} >= {"chip", "core_poll_cycle", "router_bit"}
    places = [list(ACTIONS).index(line.action) for line in ledger.lines]
    assert places == sorted(places)
    assert all(line.amount for line in ledger.lines)


def test_energy_per_synaptic_event_is_of_the_run_without_the_host() -> None:
    warmup = phase(Phase.WARMUP, 1, ("chip", "in use", PS))
    run = replace(RUN, counts=(*RUN.counts, ActionCount("host", "", 10 * PS)))
    ledger = price(run_actions(warmup, run), default_table())
    alone = price(run_actions(RUN), default_table())
    assert ledger.e_syn_j() == alone.e_syn_j()
    e_syn = ledger.e_syn_j()
    assert e_syn is not None
    assert e_syn.nominal * 10**9 == alone.total_j().nominal
    assert e_syn.low < e_syn.nominal < e_syn.high
    assert ledger.total_j().nominal > alone.total_j().nominal


def test_no_events_no_energy_per_event() -> None:
    ledger = price(run_actions(RUN, synaptic_events=0), default_table())
    assert ledger.e_syn_j() is None
    summary = energy_summary(ledger)
    assert summary["e_syn_uj"] is None
    assert summary["e_syn_idle_uj"] is None
    assert summary["total_j"] > 0


def test_idle_is_all_but_work() -> None:
    ledger = price(run_actions(RUN), default_table())
    kinds = {kind: ledger.total_j(lambda line, kind=kind: line.kind is kind) for kind in Kind}  # type: ignore[misc]
    idle = ledger.total_j(is_idle)
    assert idle == kinds[Kind.STANDING] + kinds[Kind.WAITING]
    assert idle + kinds[Kind.WORK] == ledger.total_j()
    assert all(band.nominal > 0 for band in kinds.values())
    summary = energy_summary(ledger)
    assert summary["e_syn_idle_uj"] == pytest.approx(float(idle.nominal) / 1e9 * 1e6)


def moved(before: RunActions, after: RunActions) -> set[tuple[str, str]]:
    """Lines whose energy differs."""
    was, is_now = (
        {(line.action, line.what): line.energy_j for line in price(a, default_table()).lines}
        for a in (before, after)
    )
    return {key for key in was | is_now if was.get(key) != is_now.get(key)}


def test_clock_moves_the_price_of_time_in_cores_alone() -> None:
    """At half the clock a second has half the cycles."""
    slow = run_actions(RUN, cycle_ps=10_000)
    assert moved(run_actions(RUN), slow) == {
        ("core_cycle", "synapse"),
        ("core_poll_cycle", "synapse"),
    }
    ledger = price(slow, default_table())
    polled = next(line for line in ledger.lines if line.action == "core_poll_cycle")
    assert polled.energy_j.nominal == Fraction("0.017") * 3630 * 6


@pytest.mark.parametrize("roles", [(), ("synapse",), ("neuron",), ("synapse", "neuron")])
def test_only_cores_that_poll_pay_for_waiting(roles: tuple[str, ...]) -> None:
    table = replace(default_table(), polling_roles=roles)
    waiting = {
        line.what for line in price(run_actions(RUN), table).lines if line.kind is Kind.WAITING
    }
    assert waiting == set(roles)


counts = st.integers(0, 10**18)
names = st.sampled_from([*ACTIONS, "core"])
phases = st.lists(
    st.builds(
        lambda name, entries: PhaseCounts(
            phase=name, wall_ps=PS, counts=tuple(ActionCount(a, w, n) for a, w, n in entries)
        ),
        st.sampled_from(Phase),
        st.lists(st.tuples(names, st.sampled_from(["", "synapse", "neuron"]), counts)),
    ),
    unique_by=lambda p: p.phase,
)


@given(phases, st.integers(1, 10**6))
def test_phases_add_up_to_the_run_exactly(found: list[PhaseCounts], cycle_ps: int) -> None:
    ledger = price(run_actions(*found, cycle_ps=cycle_ps), default_table())
    apart = [price(run_actions(p, cycle_ps=cycle_ps), default_table()).total_j() for p in found]
    assert ledger.total_j() == sum(apart, start=price(run_actions(), default_table()).total_j())


@given(st.lists(st.tuples(names, counts, counts)))
def test_two_parts_cost_what_the_whole_costs(entries: list[tuple[str, int, int]]) -> None:
    def total(pick: int) -> object:
        part = [(a, "synapse", (n, m, n + m)[pick]) for a, n, m in entries]
        return price(run_actions(phase(Phase.RUNNING, 1, *part)), default_table()).total_j()

    first, second, whole = (total(k) for k in range(3))
    assert first + second == whole  # type: ignore[operator]


@given(st.lists(st.fractions(0, 10**6)), st.sampled_from([Fraction(1), Fraction(1, 1000)]))
def test_rounded_figures_add_up(values: list[Fraction], quantum: Fraction) -> None:
    shown = rounded(values, quantum)
    assert abs(sum(shown) * quantum - sum(values)) <= quantum / 2
    for value, figure in zip(values, shown, strict=True):
        assert abs(figure * quantum - value) <= quantum


@given(phases)
def test_lines_of_json_add_up(found: list[PhaseCounts]) -> None:
    running = phase(Phase.RUNNING, 1, ("chip", "in use", PS))
    others = [p for p in found if p.phase is not Phase.RUNNING]
    account = ledger_json(price(run_actions(running, *others), default_table()))
    for part in account["phases"]:
        assert part["total_nj"] == sum(line["nj"] for line in part["lines"])
    for level in ("low_nj", "nj", "high_nj"):
        assert account[f"total_{level}"] == sum(p[f"total_{level}"] for p in account["phases"])


def test_actions_survive_json() -> None:
    actions = run_actions(RUN, phase(Phase.LOADING, 0.5, ("host", "", PS // 2)))
    assert RunActions.from_json(actions.to_json()) == actions


def test_every_action_has_a_price_of_its_dimension() -> None:
    table = default_table()
    for name, action in ACTIONS.items():
        unit = getattr(table, name).unit
        assert unit.endswith("W" if action.per is Per.SECOND else "J"), name
