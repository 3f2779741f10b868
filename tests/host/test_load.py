"""The load-time model: each term by hand on small networks, and what changes it."""

from dataclasses import replace

import numpy as np
import pytest

from host.load import LoadingParams, LoadReport, LoadTerm, predict_load
from host.loading.account import load_summary
from host.loading.expansion import draw_cycles
from host.loading.tables import duration_text
from host.loading.transfer import longest_lane, packet_us
from host.loading.volume import expected_longest
from mapping.connectors import (
    AllToAll,
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Normal, Uniform
from mapping.graph import Layout, Role
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from tests.host.load_stubs import CYCLE_PS, DT_MS, mapped, two_populations

HOST = LoadingParams(method="host")
CORES = LoadingParams()
SLICES = LoadingParams(blocks="slices")
TOTAL = FixedTotalNumber(1_000)


def load(
    spec: NetworkSpec, params: LoadingParams, *, recorded_bytes: int = 0, **how: object
) -> LoadReport:
    mapping, machine = mapped(spec, **how)  # type: ignore[arg-type]
    return predict_load(
        spec,
        mapping,
        machine,
        params,
        cycle_ps=CYCLE_PS,
        dt_ms=DT_MS,
        recorded_bytes=recorded_bytes,
    )


def terms(report: LoadReport) -> dict[str, LoadTerm]:
    return {term.name: term for term in report.terms}


# host


def test_the_host_makes_every_synapse() -> None:
    report = load(two_populations(TOTAL), HOST)
    term = terms(report)["host's synapses"]
    assert (term.phase, term.count, term.each_us) == ("generation", 1_000, 18.2)
    assert report.generation_s == pytest.approx(0.0182)
    assert report.core_busy_s == 0
    assert not any(name.startswith("expansion") for name in terms(report))


def test_matrices_of_the_host_are_padded_to_the_longest_row_of_a_block() -> None:
    report = load(two_populations(TOTAL), HOST)
    longest = expected_longest(1_000, 0.01, 50)  # 50 rows of 10 synapses on average
    assert 15 < longest < 20
    parameters = 150 * 60 + 2 * 24  # 15 words per neuron; a table entry for each slice of A
    assert report.link_bytes == round(parameters + 100 * 4 * (3 + longest))
    assert report.sdram_bytes == report.link_bytes


def test_stages_of_delay_have_rows_as_long_as_the_longest_of_them() -> None:
    def sent(params: LoadingParams, delay_ms: float) -> int:
        spec = two_populations(TOTAL, delay_ms=Uniform(0.1, delay_ms))
        return load(spec, params, delay_slots=16).link_bytes

    short = sent(HOST, 1.5)
    padded = sent(replace(HOST, padding="all"), 3.0)
    reached = sent(HOST, 3.0)
    assert short < reached < padded
    # one stage beyond the first is reached, seven more are not; half of the synapses are in it
    share = 1 - (1.65 - 0.1) / 2.9  # delays of more than 16.5 steps
    row = 4 * (3 + expected_longest(1_000, 0.01 * share, 50))
    assert padded - reached == pytest.approx(7 * 100 * row, abs=1)


def test_each_stage_has_its_own_synapses() -> None:
    spec = two_populations(TOTAL, delay_ms=Uniform(0.05, 4.85))  # 1 to 48 steps
    sent = load(spec, HOST, delay_slots=16).link_bytes
    first, later = (expected_longest(1_000, 0.01 / 3, 50) for _ in range(2))
    matrices = 100 * 4 * ((3 + first) + 2 * (3 + later))
    table = 2 * 2 * 24  # for each slice of A the entry of its own packets and of delayed ones
    delays = 2 * (32 + 2 * 2 * 4)  # a bit for each source and stage, in words, at two delay cores
    assert sent == pytest.approx(150 * 60 + table + delays + matrices, abs=1)


def test_the_last_slice_is_a_block_though_shorter() -> None:
    report = load(two_populations(TOTAL), HOST, per_core=30)  # A in 4 slices, B in 30 and 20
    rows = sum(3 + expected_longest(1_000, n / 5_000, 30) for n in (30, 20))
    assert report.link_bytes == round(150 * 60 + 2 * 4 * 24 + 100 * 4 * rows)


def test_no_block_has_more_rows_than_there_are_sources() -> None:
    report = load(two_populations(TOTAL), HOST, per_core=200)
    row = 3 + expected_longest(1_000, 0.01, 100)
    assert report.link_bytes == round(150 * 60 + 24 + 100 * 4 * row)


def test_the_longest_of_rows_is_reckoned_exactly() -> None:
    assert expected_longest(1, 0.5, 1) == pytest.approx(0.5)
    assert expected_longest(1, 0.5, 2) == pytest.approx(0.75)
    assert expected_longest(2, 0.5, 2) == pytest.approx((9 / 16 - 1 / 16) + 2 * 7 / 16)
    assert expected_longest(9, 0.0, 4) == 0
    draws = np.random.default_rng(1).binomial(1_000, 0.01, (4_000, 50)).max(axis=1)
    assert expected_longest(1_000, 0.01, 50) == pytest.approx(draws.mean(), abs=0.1)


def test_lists_are_made_by_the_host_whoever_makes_the_others() -> None:
    pre, post = np.arange(100, dtype=np.int32), np.arange(100, dtype=np.int32) % 50
    report = load(two_populations(ExplicitList(pre, post)), CORES)
    assert terms(report)["host's synapses"].count == 100
    assert "specifications" not in terms(report)
    assert report.core_busy_s == 0


# cores


@pytest.mark.parametrize(("params", "n_blocks"), [(CORES, 1), (SLICES, 2)])
def test_specifications_are_sent_by_block(params: LoadingParams, n_blocks: int) -> None:
    report = load(two_populations(TOTAL), params)
    assert terms(report)["specifications"].count == n_blocks
    assert report.generation_s == pytest.approx(n_blocks * 270e-6)
    assert report.link_bytes == 150 * 60 + 2 * 24 + n_blocks * 156
    assert report.sdram_bytes == report.link_bytes + 4 * (1_000 + 3 * 100)


@pytest.mark.parametrize(
    ("connector", "candidates"),
    [
        (TOTAL, 1_000),
        (PairwiseBernoulli(0.2), 100 * 50),
        (FixedInDegree(20), 20 * 50),
        (FixedOutDegree(10), 10 * 100),
        (AllToAll(), 0),
    ],
)
def test_candidates_of_each_rule(connector: Connector, candidates: int) -> None:
    spec = two_populations(connector, weight_na=Normal(0.1, 0.01))
    report = load(spec, CORES)
    found = terms(report)
    cycles = candidates * 60 + spec.expected_synapses(spec.projections[0]) * (320 + 165) + 100 * 300
    drawn = found["expansion: candidates"].count if "expansion: candidates" in found else 0
    assert drawn == candidates
    assert report.core_busy_s == pytest.approx(cycles * 5e-9)
    assert sum(t.seconds for t in report.terms if t.name.startswith("expansion")) == pytest.approx(
        report.core_busy_s
    )


def test_with_slices_a_row_draws_once_for_each_synapse_left() -> None:
    candidates = terms(load(two_populations(TOTAL), SLICES))["expansion: candidates"]
    # two blocks of 500 synapses and 50 rows, the first of which sees all, the last 1/50
    assert candidates.count == 2 * 500 * 51 / 2
    assert candidates.each_us == pytest.approx(340 * 0.005)


def test_delay_cores_go_through_what_their_sources_send() -> None:
    spec = two_populations(TOTAL, delay_ms=Uniform(0.1, 3.0))
    mapping, machine = mapped(spec, delay_slots=16)
    assert (mapping.graph.role == Role.DELAY).sum() == 2

    def busy_s(params: LoadingParams) -> float:
        report = predict_load(spec, mapping, machine, params, cycle_ps=CYCLE_PS, dt_ms=DT_MS)
        return report.core_busy_s

    receiver = 25_500 * 340 + 1_000 * (320 + 165) + 100 * 300
    delayers = 25_500 * 340 + 1_000 * (160 + 165) + 100 * 300
    assert busy_s(SLICES) == pytest.approx((receiver + delayers) * 5e-9)
    assert busy_s(CORES) == pytest.approx((1_000 * 60 + 1_000 * 485 + 100 * 300) * 5e-9)


def test_specifications_of_delays_go_to_delay_cores() -> None:
    spec = two_populations(TOTAL, delay_ms=Uniform(0.1, 3.0))
    report = load(spec, SLICES, delay_slots=16)
    parameters = 150 * 60 + 2 * 2 * 24 + 2 * (32 + 2 * 4)
    assert report.link_bytes == parameters + 2 * 156 + 2 * 96
    assert report.sdram_bytes - report.link_bytes == 4 * (1_000 + 2 * 3 * 100)


def test_delay_cores_leave_out_projections_without_stages() -> None:
    neuron, long_ms = PopulationKind.NEURON, Uniform(0.1, 3.0)
    spec = NetworkSpec(
        "long and short",
        (Population("A", 100, neuron), Population("B", 50, neuron)),
        (
            Projection("A", "B", TOTAL, Constant(0.1), long_ms),
            Projection("A", "A", FixedTotalNumber(10**4), Constant(0.1), Constant(1.0)),
        ),
    )
    slices = replace(SLICES, slice_trial_cycles=0, row_cycles=0)
    busy_s = load(spec, slices, delay_slots=16).core_busy_s
    assert busy_s == pytest.approx((1_000 * (485 + 325) + 10**4 * 320) * 5e-9)


def test_the_slowest_core_decides_and_is_named() -> None:
    spec = two_populations(TOTAL, delay_ms=Normal(1.0, 0.1))
    quick = replace(SLICES, core_us=1.0)  # expansion takes 43.5 ms, and 150 packets 7.5 ms
    assert load(spec, quick).critical.endswith("which expands synapses onto B 0:50")
    assert load(spec, SLICES).critical == "sending to board 0"  # three cores take 66 ms
    assert load(two_populations(TOTAL), HOST).critical == "sending to board 0"


def test_a_slow_sdram_is_waited_for() -> None:
    spec = two_populations(TOTAL)
    report = load(spec, replace(CORES, sdram_byte_ps=10**9))
    expanding_s = load(spec, CORES).core_busy_s
    term = terms(report)["expansion: waiting for SDRAM"]
    assert term.seconds == pytest.approx(4 * 1_300 * 1e-3 - expanding_s)
    assert "expansion: waiting for SDRAM" not in terms(load(spec, CORES))


def test_cores_of_a_chip_share_its_sdram() -> None:
    mapping, machine = mapped(two_populations(TOTAL), per_core=25)
    assert len(np.unique(mapping.placement.chip)) == 1
    spec, slow = two_populations(TOTAL), replace(CORES, sdram_byte_ps=10**9, trial_cycles=0)
    report = predict_load(spec, mapping, machine, slow, cycle_ps=CYCLE_PS, dt_ms=DT_MS)
    expanding_s = sum(t.seconds for t in report.terms if t.name.startswith("expansion"))
    assert expanding_s == pytest.approx(4 * (1_000 + 2 * 3 * 100) * 1e-3)  # two cores of B


def test_values_are_redrawn_until_they_are_in_bounds() -> None:
    assert draw_cycles(Constant(1.0), 165) == 0
    assert draw_cycles(Normal(1.0, 1.0), 165) == 165
    assert draw_cycles(ClippedNormal(0.0, 1.0, low=0.0), 165) == pytest.approx(330)


def test_synapse_cores_share_the_sources() -> None:
    spec = two_populations(TOTAL)
    alone, two = (load(spec, HOST, layout=Layout.ENSEMBLE, synapse_cores=n) for n in (1, 2))
    assert alone.link_bytes == two.link_bytes == load(spec, HOST).link_bytes
    assert terms(two)["host's synapses"].count == 1_000
    assert (terms(alone)["exchanges"].count, terms(two)["exchanges"].count) == (6, 9)


def test_sources_that_feed_through_memory_have_no_synapses() -> None:
    neuron, poisson = PopulationKind.NEURON, PopulationKind.POISSON
    spec = NetworkSpec(
        "driven",
        (Population("P", 50, poisson, {"rate": 100.0}), Population("A", 50, neuron)),
        (Projection("P", "A", OneToOne(), Constant(0.1), Constant(0.1)),),
    )
    through_memory = load(spec, HOST, layout=Layout.ENSEMBLE)
    by_packets = load(spec, HOST)
    assert "host's synapses" not in terms(through_memory)
    assert through_memory.link_bytes == 50 * (60 + 28)
    assert terms(by_packets)["host's synapses"].count == 50
    assert by_packets.link_bytes == 50 * (60 + 28) + 24 + 50 * 4 * (3 + 1)


@pytest.mark.parametrize(("per_core", "n_blocks"), [(50, 1), (6, 4)])
def test_listed_spikes_are_sent(per_core: int, n_blocks: int) -> None:
    """Member k has k spikes, each a word, and a word tells how many."""
    times = tuple(np.arange(k, dtype=np.float64) for k in range(10))
    spec = NetworkSpec(
        "listed",
        (
            Population("S", 10, PopulationKind.SPIKE_ARRAY, spike_times_ms=times),
            Population("B", 10, PopulationKind.NEURON),
        ),
        (Projection("S", "B", AllToAll(), Constant(0.1), Constant(1.0)),),
    )
    report = load(spec, CORES, per_core=per_core)
    n_cores_of_b = 1 if per_core == 50 else 2
    specifications = n_cores_of_b * 156
    assert report.link_bytes == 10 * 60 + 4 * (45 + 10) + n_blocks * 24 + specifications


# link


def test_the_parts_of_a_packets_way_add_up_or_overlap() -> None:
    wait = LoadingParams(
        window=1, packet_bytes=256, header_bytes=44, reply_bytes=50, forward_byte_us=0.5
    )
    there_us, back_us = 24.0, 4.0  # 300 and 50 bytes at 100 Mbit/s
    assert packet_us(wait, is_forwarded=False) == pytest.approx(there_us + 300 + back_us)
    assert packet_us(wait, is_forwarded=True) == pytest.approx(there_us + 300 + 128 + back_us)
    stream = replace(wait, window=1_000)
    assert packet_us(stream, is_forwarded=False) == pytest.approx(50)
    assert packet_us(stream, is_forwarded=True) == pytest.approx(128)
    assert packet_us(replace(stream, packet_us=0.0), is_forwarded=False) == pytest.approx(24)
    assert packet_us(replace(wait, window=4), is_forwarded=False) == pytest.approx(82)


def test_halving_the_link_moves_the_packets_alone() -> None:
    params = replace(HOST, window=1)
    spec = two_populations(TOTAL)
    fast, slow = (load(spec, replace(params, link_hz=hz)) for hz in (1e8, 5e7))
    moved = {n for n, term in terms(slow).items() if term.seconds != terms(fast)[n].seconds}
    assert moved == {"packets"}
    packets = terms(fast)["packets"]
    wire_us = (260 + 92 + 92) * 8 / 100
    assert terms(slow)["packets"].each_us - packets.each_us == pytest.approx(wire_us)


def test_boards_in_parallel_take_as_long_as_the_longest_lane() -> None:
    n_bytes = np.array([2_600.0, 260.0, 261.0, 5_200.0])
    board, near = np.array([0, 0, 1, 2]), np.array([True, False, False, True])
    params = replace(CORES, core_us=100.0, packet_us=10.0, window=1_000)
    # boards take 10 x 28.16 + 52 + 200, 2 x 52 + 100 and 20 x 28.16 + 100 us
    one = longest_lane(n_bytes, board, near, replace(params, parallel_boards=1))
    assert (one.boards, one.packets, one.cores) == ((0, 1, 2), 33, 4)
    two = longest_lane(n_bytes, board, near, replace(params, parallel_boards=2))
    assert (two.boards, two.cores) == ((1, 2), 2)
    assert two.packets_us == pytest.approx(2 * 52 + 20 * 28.16)
    many = longest_lane(n_bytes, board, near, replace(params, parallel_boards=9))
    assert many.boards == (2,)


def test_more_boards_at_once_are_faster_in_transfer_alone() -> None:
    spec = NetworkSpec(
        "large",
        (Population("A", 60_000, PopulationKind.NEURON),),
        (Projection("A", "A", FixedTotalNumber(100_000), Constant(0.1), Constant(1.0)),),
    )
    one, both = (load(spec, replace(CORES, parallel_boards=n), n_boards=3) for n in (1, 2))
    times = terms(both)
    moved = {name for name, term in terms(one).items() if term.seconds != times[name].seconds}
    assert moved == {"exchanges", "packets"}
    assert both.loading_s < one.loading_s
    assert both.link_bytes == one.link_bytes


# sums


def test_sums_are_of_their_terms() -> None:
    report = load(two_populations(TOTAL), CORES, recorded_bytes=1_000)
    assert report.mapping_s == pytest.approx(3 * 1_500e-6)
    assert report.extraction_s == pytest.approx(1_000 * 0.355e-6)
    sums = (report.mapping_s, report.generation_s, report.loading_s, report.extraction_s)
    assert sum(sums) == pytest.approx(report.total_s)
    summary = load_summary(report)
    assert summary["loading_s"] == report.loading_s
    assert sum(term["seconds"] for term in summary["terms"]) == pytest.approx(report.total_s)


def test_a_report_of_nothing_is_empty() -> None:
    report = LoadReport()
    assert report.total_s == report.mapping_s == report.core_busy_s == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5e-5, "0.05 ms"),
        (59.96, "60.0 s"),
        (400.0, "6 min 40 s"),
        (605, "10 min"),
        (5_441, "1 h 31 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
