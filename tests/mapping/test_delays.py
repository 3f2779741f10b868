"""Delays beyond the ring buffers: stages, delay cores, their nets, keys and memory; clipping."""

from dataclasses import replace

import numpy as np
import pytest

from host.image import build_image
from host.networks.pd14 import pd14
from host.numerics import Numerics
from host.quantise import quantised_delays
from mapping import (
    Budgets,
    CheckError,
    DoesNotFitError,
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
    Role,
    SpecError,
    partition,
)
from mapping.check import check
from mapping.connectors import AllToAll, ExplicitList
from mapping.delays import Stages, expected_clipped, share_beyond
from mapping.distributions import Binomial, ClippedNormal, Constant, Exponential, Normal, Uniform
from mapping.keys import NO_KEY, population, stream_keys
from mapping.memory import row_synapses
from mapping.pipeline import MappingOptions, cut_network, map_network
from mapping.traffic import takers
from router import RoutingTables, mesh

EVEN = Uniform(0.05, 3.25)  # 1 to 32 steps of 0.1 ms, each as likely


def chain(far=Constant(4.0), connector=None, sizes=(20, 30)):  # noqa: B008
    """20 neurons that reach 30 others late, and themselves just within 16 steps."""
    populations = tuple(
        Population(name, size, PopulationKind.NEURON)
        for name, size in zip("AB", sizes, strict=True)
    )
    projections = (
        Projection("A", "B", connector or AllToAll(), Constant(1.0), far),
        Projection("A", "A", AllToAll(), Constant(1.0), Constant(1.6)),
    )
    return NetworkSpec("chain", populations, projections)


def listed(pre, post, delay_ms):
    return ExplicitList(
        np.array(pre, np.int32), np.array(post, np.int32), delay_ms=np.array(delay_ms)
    )


def cut(spec, **options):
    """Ten neurons to a core, which holds delays of 16 steps."""
    options = {"layout": Layout.HOMOGENEOUS, "neurons_per_core": 10, "delay_slots": 16} | options
    return cut_network(spec, Budgets(), MappingOptions(**options))


def mapped(spec, **options):
    options = {"layout": Layout.HOMOGENEOUS, "neurons_per_core": 10, "delay_slots": 16} | options
    machine = Machine(mesh(3, 3))
    return machine, map_network(spec, machine, MappingOptions(**options))


def delay_cores(graph):
    return np.flatnonzero(graph.role == Role.DELAY)


def nets_of(graph, vertices):
    return np.flatnonzero(np.isin(graph.net_vertex, vertices))


@pytest.mark.parametrize(
    ("delay_ms", "n_stages"), [(1.6, 1), (1.7, 2), (3.2, 2), (3.3, 3), (14.4, 9)]
)
def test_a_stage_adds_as_many_steps_as_a_ring_buffer_has_slots(delay_ms, n_stages):
    graph = cut(chain(Constant(delay_ms)))
    assert (graph.delay_slots, graph.n_stages, graph.stage_steps) == (16, n_stages, 16)
    assert graph.role.tolist().count(Role.DELAY) == (0 if n_stages == 1 else 2)
    assert set(graph.delay_stages[delay_cores(graph)].tolist()) <= {n_stages - 1}


def test_without_extension_a_stage_is_as_long_as_the_longest_delay():
    graph = cut(chain(), delay_slots=None)
    assert (graph.delay_slots, graph.n_stages, graph.stage_steps) == (64, 1, 63)
    assert not delay_cores(graph).size
    assert graph.longest_delay == 63


def test_slots_are_the_largest_power_of_two_allowed():
    graph = cut(chain(), delay_slots=31)
    assert (graph.delay_slots, graph.stage_steps) == (16, 16)


def test_the_bits_of_the_index_limit_the_slots_too():
    budgets = Budgets(ring_buffer_bits=8)  # 10 neurons take 4 bits, types 1
    graph = partition(chain(), budgets, layout=Layout.HOMOGENEOUS, neurons_per_core=10, dt_ms=0.1)
    assert (graph.delay_slots, graph.n_stages, graph.stage_steps) == (8, 5, 8)


def test_delays_beyond_eight_stages_do_not_fit():
    with pytest.raises(
        DoesNotFitError, match=r"stages of delay, of 16 steps.*clip the delays"
    ) as e:
        cut(chain(Constant(14.5)))
    assert (e.value.need, e.value.limit) == (9, 8)


def test_delays_that_hardly_ever_occur_are_cut_where_the_stages_end():
    # one of 600 exceeds 6.8 ms; draws reach to 8.8 ms
    graph = cut(chain(Normal(5.0, 0.6)), delay_slots=8)
    assert (graph.n_stages, graph.longest_delay) == (9, 72)


def test_stages_are_there_for_every_delay_that_can_be_drawn():
    # one of 600 exceeds 4.8 ms, which is within 3 stages; draws reach to 5.3 ms
    graph = cut(chain(Normal(4.36, 0.15)))
    assert graph.n_stages == 4


def test_only_sources_with_long_delays_have_delay_cores():
    graph = cut(chain())
    cores = delay_cores(graph)
    assert graph.population[cores].tolist() == [0, 0]
    assert list(zip(graph.lo[cores], graph.hi[cores], strict=True)) == [(0, 10), (10, 20)]


def test_a_delay_core_is_a_group_beside_that_of_its_source():
    graph = cut(chain())
    assert graph.role.tolist() == [0, 5, 0, 5, 0, 0, 0]
    assert graph.group.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_sources_reach_their_delay_core_and_that_the_late_targets():
    graph = cut(chain())
    a, b = [0, 2], [4, 5, 6]
    assert graph.net_vertex.tolist() == [0, 2, 1, 3]
    assert graph.targets_of(0).tolist() == sorted([*a, *b, 1])
    assert graph.targets_of(1).tolist() == sorted([*a, *b, 3])
    assert graph.targets_of(2).tolist() == b
    assert graph.targets_of(3).tolist() == b


def test_a_slice_without_late_targets_does_not_bother_its_delay_core():
    graph = cut(chain(connector=listed([3, 15], [7, 8], [4.0, 4.0])))
    assert nets_of(graph, delay_cores(graph)).size == 2
    connector = listed([3], [7], [4.0])
    graph = cut(chain(connector=connector))
    assert graph.net_vertex.tolist() == [0, 2, 1]
    assert graph.targets_of(2).tolist() == [4]
    assert 3 not in graph.targets.tolist()


def test_a_delay_core_sends_each_spike_once_a_stage():
    graph = cut(chain())  # 40 steps: two stages beyond the first 16
    assert graph.net_rate_hz.tolist() == [300.0, 300.0, 600.0, 600.0]
    assert graph.n_streams.tolist() == [1, 2, 1, 2, 1, 1, 1]


def test_delay_core_memory_by_hand():
    graph = cut(chain())
    # reserve, spike buffer, counts of 10 sources in 33 steps (64), and 8 words in SDRAM
    assert graph.dtcm_bytes[delay_cores(graph)].tolist() == [8192 + 1024 + 10 * 64] * 2
    assert graph.sdram_bytes[delay_cores(graph)].tolist() == [32, 32]


def test_a_delay_core_that_counts_too_much_does_not_fit():
    with pytest.raises(DoesNotFitError, match="DTCM of a delay core of A"):
        cut(chain(Constant(110.0), sizes=(64, 64)), delay_slots=128, neurons_per_core=64)


def test_rows_of_one_stage_are_reserved_once():
    combined = np.array([4, 5, 6])
    by_stage = [cut(chain(Constant(d))).sdram_bytes[combined] for d in (1.7, 4.0)]
    # 20 rows of 3 header words and 10 synapses; 10 neurons of 15 words
    assert [b.tolist() for b in by_stage] == [[20 * 4 * 13 + 600] * 3] * 2


def test_rows_of_several_stages_are_each_as_long_as_they_are_likely_to_be():
    spec = chain(EVEN)
    lengths = np.array([10, 10, 10], np.int32)
    quarter = Binomial(10, 0.25).quantile(0.01 / (20 * 3))
    assert quarter < 10
    for stage in range(4):
        stages = Stages(4, 8, 0.1)
        rows = row_synapses(spec, spec.projections[0], lengths, stages=stages, stage=stage)
        assert rows.tolist() == [quarter] * 3
    assert row_synapses(spec, spec.projections[0], lengths).tolist() == [10] * 3
    graph = cut(spec, delay_slots=8)
    assert graph.sdram_bytes[4] == 4 * 20 * 4 * (3 + quarter) + 600


def test_rows_of_listed_delays_are_as_long_as_listed():
    connector = listed([0, 0, 0, 0, 1], [1, 2, 3, 15, 4], [0.1, 1.6, 1.7, 3.3, 3.2])
    spec = chain(connector=connector)
    lengths = np.array([10, 10, 10], np.int32)
    found = [
        row_synapses(spec, spec.projections[0], lengths, stages=Stages(3, 16, 0.1), stage=j)
        for j in range(3)
    ]
    assert [rows.tolist() for rows in found] == [[2, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_rows_of_a_list_with_drawn_delays_are_at_most_as_long_as_listed():
    pairs = np.zeros(8, np.int32), np.arange(8, dtype=np.int32)
    spec = chain(EVEN, ExplicitList(*pairs))
    rows = row_synapses(
        spec, spec.projections[0], np.array([10], np.int32), stages=Stages(4, 8, 0.1), stage=3
    )
    assert rows.tolist() == [Binomial(8, 0.25).quantile(0.01 / 20)]
    assert 0 < rows[0] < 8


def test_the_population_table_lists_delayed_sources_too():
    early, late = (cut(chain(Constant(d))) for d in (1.6, 1.7))
    b = (late.role == Role.COMBINED) & (late.population == 1)
    plain = early.dtcm_bytes[early.population == 1]
    assert (late.dtcm_bytes[b] - plain).tolist() == [20 + 4] * 3


def test_keys_have_the_stage_above_the_member():
    graph = cut(chain())
    keys = population.allocate(graph, forest=None)
    found = stream_keys(graph, keys, 0, 20)
    # the largest run first: two delay cores of 2 stages of 16 keys, then two sources of 16 keys
    member = np.r_[0:10, 0:10]
    core = np.repeat([0, 1], 10)
    assert found[0].tolist() == (64 + 16 * core + member).tolist()
    assert found[1].tolist() == (32 * core + member).tolist()
    assert found[2].tolist() == (32 * core + 16 + member).tolist()
    assert (~keys.mask).tolist() == [15, 15, 31, 31]
    assert stream_keys(graph, keys, 1, 30).tolist() == [[NO_KEY] * 30] * 3


def test_streams_have_no_keys_in_stages_that_their_source_does_not_reach():
    spec = chain()
    back = Projection("B", "A", AllToAll(), Constant(1.0), Constant(2.0))
    spec = replace(spec, projections=(*spec.projections, back))
    graph = cut(spec)
    assert graph.delay_stages[graph.role == Role.DELAY].tolist() == [2, 2, 1, 1, 1]
    keys = population.allocate(graph, forest=None)
    a, b = stream_keys(graph, keys, 0, 20), stream_keys(graph, keys, 1, 30)
    assert (a >= 0).all()
    assert (b >= 0).tolist() == [[True] * 30, [True] * 30, [False] * 30]
    every = np.concatenate([a.ravel(), b[:2].ravel()])
    assert len(set(every.tolist())) == every.size


def test_in_ensembles_one_core_takes_a_source_early_and_late():
    spec = chain()
    graph = cut(spec, layout=Layout.ENSEMBLE, neurons_per_core=5, synapse_cores=2)
    assert np.bincount(graph.role).tolist() == [0, 10, 20, 0, 0, 4]
    taker = takers(graph, 2)[:, 1]
    assert set(taker.tolist()) == {0, 1}
    for net in range(graph.n_nets):
        targets = graph.targets_of(net)
        synapse = targets[(graph.role[targets] == Role.SYNAPSE) & (graph.population[targets] == 1)]
        assert set(graph.synapse_core[synapse].tolist()) == {taker[net]}
    late = nets_of(graph, delay_cores(graph))
    of_slice = {int(graph.lo[v]): taker[n] for n, v in enumerate(graph.net_vertex[: late[0]])}
    assert [of_slice[int(graph.lo[graph.net_vertex[n]])] for n in late] == taker[late].tolist()


@pytest.mark.parametrize("layout", list(Layout))
def test_delayed_nets_are_proved_and_counted(layout):
    _, mapping = mapped(chain(), layout=layout)
    assert mapping.check.n_nets == 4
    assert mapping.check.n_keys == 20 + 2 * 20
    assert mapping.check.n_deliveries == mapping.graph.n_targets.sum()
    assert mapping.report.n_delay_cores == 2
    assert mapping.report.n_cores == mapping.graph.n_vertices


def split(tables, entry, bit):
    """`tables` with an entry as two: without and with the bit."""
    indptr = tables.indptr + (tables.indptr > entry)
    key = np.insert(tables.key, entry + 1, tables.key[entry] | np.uint32(bit))
    mask = np.insert(tables.mask, entry, tables.mask[entry])
    mask[[entry, entry + 1]] |= np.uint32(bit)
    route = np.insert(tables.route, entry, tables.route[entry])
    return RoutingTables(indptr, key, mask, route)


def test_the_check_follows_every_stage_that_an_entry_tells_apart():
    machine, mapping = mapped(chain(), keys="flat", compressor="none")
    net = int(nets_of(mapping.graph, delay_cores(mapping.graph))[0])
    key = mapping.keys.key[net]
    entry = int(np.flatnonzero(mapping.tables.key == key & mapping.tables.mask)[0])
    n_alike = int(np.count_nonzero(mapping.keys.key & mapping.tables.mask[entry] == key))
    tables = split(mapping.tables, entry, 16)  # first stage, second stage
    proof = check(mapping.graph, mapping.placement, mapping.keys, tables, machine)
    assert proof.n_packets == mapping.graph.n_nets + n_alike * (2 * 10 - 1)
    route = tables.route.copy()
    route[entry + 1] = 0
    wrong = RoutingTables(tables.indptr, tables.key, tables.mask, route)
    with pytest.raises(CheckError, match=f"net {net}: .*key {key | 16:#010x}"):
        check(mapping.graph, mapping.placement, mapping.keys, wrong, machine)


def test_keys_without_room_for_the_stages_are_caught():
    machine, mapping = mapped(chain())
    graph = replace(mapping.graph, delay_stages=2 * mapping.graph.delay_stages)
    with pytest.raises(CheckError, match="more than its mask leaves"):
        check(graph, mapping.placement, mapping.keys, mapping.tables, machine)


def test_clipped_networks_have_no_delay_cores():
    graph = cut(chain(), delays="clip")
    assert (graph.delay_slots, graph.n_stages, graph.stage_steps) == (16, 1, 16)
    assert graph.longest_delay == 16
    assert not delay_cores(graph).size


def test_clipping_changes_nothing_where_delays_are_short():
    graph = cut(chain(), delays="clip", delay_slots=64)
    assert (graph.delay_slots, graph.longest_delay) == (64, 63)


def test_clipped_synapses_are_expected_by_their_share():
    assert expected_clipped(chain(EVEN), 16, 0.1) == pytest.approx(600 * 0.5)
    assert expected_clipped(chain(), 16, 0.1) == 600
    assert expected_clipped(chain(), 40, 0.1) == 0


def test_clipped_synapses_of_a_list_are_counted():
    connector = listed([0, 1, 2, 3], [0, 1, 2, 3], [0.1, 1.6, 1.66, 5.0])
    assert expected_clipped(chain(connector=connector), 16, 0.1) == 2


@pytest.mark.parametrize(
    "delay_ms",
    [
        EVEN,
        Exponential(1.5),
        Normal(1.5, 0.75),
        ClippedNormal(1.5, 0.75, 0.05, 3.0),
        Constant(1.65),
    ],
)
def test_shares_count_delays_as_generation_rounds_them(delay_ms):
    projection = Projection("A", "B", AllToAll(), Constant(1.0), delay_ms)
    values_ms = delay_ms.ppf((np.arange(4000) + 0.5) / 4000)
    steps = quantised_delays(values_ms, 0.1, 1000)
    for n_steps in (0, 1, 8, 16, 17, 29, 30, 200):
        found = share_beyond(projection, n_steps, 0.1)
        assert found == pytest.approx(np.mean(steps > n_steps), abs=1 / 4000)


def test_shares_of_all_stages_make_up_the_whole():
    projection = Projection("A", "B", AllToAll(), Constant(1.0), Exponential(1.5))
    shares = [Stages(5, 16, 0.1).share(projection, j) for j in range(5)]
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) > 0


def test_the_generated_delays_are_those_that_the_graph_allows():
    connector = listed([0, 1, 2], [0, 1, 2], [0.1, 1.6, 4.0])
    populations = chain().populations
    spec = NetworkSpec(
        "list", populations, (Projection("A", "B", connector, Constant(1.0), Constant(1.0)),)
    )
    found = []
    for delays in ("extend", "clip"):
        _, mapping = mapped(spec, delays=delays)
        graph, placement = mapping.graph, mapping.placement
        image = build_image(spec, graph, placement, Numerics(), longest_delay=graph.longest_delay)
        found.append([image.matrix.row(row)[1].tolist() for row in range(3)])
        of_delay = image.cores.role == Role.DELAY
        assert image.cores.lo[of_delay].tolist() == ([0, 10] if delays == "extend" else [])
    assert found == [[[1], [16], [40]], [[1], [16], [16]]]


def test_refused_networks_name_what_is_missing():
    with pytest.raises(DoesNotFitError, match="extend or clip the delays") as caught:
        cut(chain(), delays="refuse")
    assert (caught.value.need, caught.value.limit) == (64, 16)
    assert not delay_cores(cut(chain(), delays="refuse", delay_slots=64)).size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delays": "ignore"}, "no way 'ignore' with long delays; there are extend, clip, refuse"),
        ({"delay_slots": 0}, "delay_slots must be at least 1, got 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(SpecError, match=message):
        MappingOptions(**options)


def test_ring_buffers_without_a_slot_name_the_slice_that_fits():
    with pytest.raises(DoesNotFitError, match="use at most 8 neurons per core"):
        partition(
            chain(),
            Budgets(ring_buffer_bits=4),
            layout=Layout.HOMOGENEOUS,
            neurons_per_core=10,
            dt_ms=0.1,
        )


def test_the_full_microcircuit_takes_the_cores_of_2018():
    """967 neuron cores and 967 delay cores (van Albada et al. 2018), whose drive was a current."""
    graph = cut(pd14(drive="dc"), neurons_per_core=80)
    assert np.bincount(graph.role).tolist() == [967, 0, 0, 0, 0, 967]
    assert graph.n_vertices == 1934
    assert (graph.n_stages, graph.stage_steps) == (4, 16)
