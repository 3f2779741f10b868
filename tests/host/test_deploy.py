"""Deployment: slices, keys, rows, clocks and choices of small networks, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from chipemu import compiled_engine
from chipemu.cores import CoreParams
from chipemu.deployment import NO_KEY
from chipemu.errors import ImageError
from chipemu.recording import Sampling
from fixedpoint.random.reference import philox4x32
from fixedpoint.streams import Stream
from host.config import Config, CoresConfig, MappingConfig, RunConfig, load_config
from host.costtables import load_costs
from host.deploy import build_deployment, core_params, fabric_params, spread_starts
from host.image import build_image
from host.machines import build_machine, load_machine
from host.numerics import Numerics
from mapping.connectors import ExplicitList, FixedTotalNumber, OneToOne
from mapping.distributions import Constant
from mapping.graph import Layout, Role
from mapping.memory import row_synapses, transfer_bytes
from mapping.pipeline import MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from router.errors import FabricError
from router.packets import CORES_PER_CHIP
from router.params import FabricParams

NEURON, POISSON, ARRAY = PopulationKind.NEURON, PopulationKind.POISSON, PopulationKind.SPIKE_ARRAY


def pairs(*listed, delays):
    pre, post = np.array(listed, np.int32).T.copy()
    return ExplicitList(pre, post, np.full(len(listed), 0.5), np.array(delays))


def network():
    """P drives A one to one; A and S send to B through lists, A twice; B sends to nobody."""
    a_to_b = pairs((0, 0), (0, 1), (0, 8), (9, 8), (19, 0), delays=[0.1, 0.4, 0.2, 0.3, 0.1])
    inhibitory = pairs((0, 0), (0, 0), delays=[0.1, 0.2])
    s_to_b = pairs((1, 3), delays=[0.2])
    return NetworkSpec(
        "deployed",
        (
            Population("P", 20, POISSON, {"rate": 2000.0}),
            Population("A", 20, NEURON),
            Population("S", 3, ARRAY, spike_times_ms=(np.array([0.2]), np.array([0.1]))),
            Population("B", 9, NEURON),
        ),
        (
            Projection("P", "A", OneToOne(), Constant(0.3), Constant(0.1)),
            Projection("A", "B", a_to_b, Constant(0.5), Constant(0.1)),
            Projection("A", "B", inhibitory, Constant(0.5), Constant(0.1), Receptor.INHIBITORY),
            Projection("S", "B", s_to_b, Constant(0.5), Constant(0.1)),
        ),
    )


def parts(
    layout="homogeneous",
    spec=None,
    machine_spec=None,
    *,
    is_timed=True,
    delay_slots=None,
    **sections,
):
    config = Config(
        mapping=MappingConfig(layout=layout, neurons_per_core=8),
        run=RunConfig(timing="full", time_ms=10.0, warmup_ms=0.0),
        **sections,
    )
    spec = spec or network()
    machine_spec = machine_spec or load_machine("spinn3")
    synapse_cores = 2 if layout == "ensemble" else None
    options = MappingOptions(
        layout=Layout(layout),
        neurons_per_core=8,
        synapse_cores=synapse_cores,
        delay_slots=delay_slots,
    )
    machine = build_machine(machine_spec, spec, options)
    mapped = map_network(spec, machine, options)
    image = build_image(
        spec,
        mapped.graph,
        mapped.placement,
        Numerics(),
        longest_delay=mapped.graph.longest_delay,
        is_timed=is_timed,
    )
    deployment = build_deployment(
        spec, image, mapped, machine=machine, machine_spec=machine_spec, config=config
    )
    return spec, image, mapped, deployment


# slices


def test_slices_of_combined_cores():
    _, image, _, deployment = parts()
    assert deployment.slice_lo.tolist() == [0, 8, 16, 20, 28, 29]
    combined = image.cores.role == Role.COMBINED
    assert deployment.core_slice[combined].tolist() == [0, 1, 2, 3, 4]
    assert set(deployment.core_slice[~combined].tolist()) == {-1}
    assert not deployment.slot_bytes.any()


def test_slices_of_ensembles():
    _, image, _, deployment = parts("ensemble")
    role = image.cores.role
    assert deployment.slice_lo.tolist() == [0, 8, 16, 20, 28, 29]
    assert deployment.core_slice[role == Role.NEURON].tolist() == [0, 1, 2, 3, 4]
    assert deployment.core_slice[role == Role.SYNAPSE].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert deployment.core_slice[role == Role.POISSON].tolist() == [0, 1, 2]
    assert deployment.core_slice[role == Role.SOURCE].tolist() == [-1]


def test_contributions_have_the_layout_of_the_longest_slice():
    _, image, _, deployment = parts("ensemble")
    contributes = np.isin(image.cores.role, (Role.SYNAPSE, Role.POISSON))
    assert set(deployment.slot_bytes[contributes].tolist()) == {transfer_bytes(8)}
    assert not deployment.slot_bytes[~contributes].any()


# sources


def test_kinds_are_populations():
    assert parts()[3].source_kind.tolist() == [1] * 20 + [3] * 9 + [0] * 20 + [2] * 3
    assert parts("ensemble")[3].source_kind.tolist() == [1] * 20 + [3] * 9 + [2] * 3


def test_keys_are_those_of_the_nets():
    _, image, mapped, deployment = parts()
    (key,) = deployment.key
    for net, vertex in enumerate(mapped.graph.net_vertex.tolist()):
        lo, hi = image.cores.lo[vertex], image.cores.hi[vertex]
        base = int(mapped.keys.key[net])
        assert key[lo:hi].tolist() == [base | i for i in range(hi - lo)]
    assert (key[20:29] == NO_KEY).all()  # B sends to nobody
    assert np.unique(key[key != NO_KEY]).size == 20 + 20 + 3


# rows


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_rows_are_counted_by_source_and_slice(layout):
    _, image, _, deployment = parts(layout)
    (counts,) = deployment.row_synapses
    assert counts.dtype == np.uint16
    assert counts[0].tolist() == [0, 0, 0, 4, 1]
    assert counts[9].tolist() == [0, 0, 0, 0, 1]
    assert counts[19].tolist() == [0, 0, 0, 1, 0]
    assert counts.sum() == image.matrix.n_synapses


def test_every_direct_source_has_a_row_of_one_synapse():
    counts = parts()[3].row_synapses[0, 29:49]
    assert counts.argmax(axis=1).tolist() == [0] * 8 + [1] * 8 + [2] * 4
    assert (counts.sum(axis=1) == 1).all()


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_rows_are_fetched_as_long_as_they_are_reserved(layout):
    """A row has three header words; of a list the longest row counts, one for each projection."""
    spec, _, _, deployment = parts(layout)
    (n_bytes,), (n_rows,) = deployment.row_bytes, deployment.n_rows
    direct = int(layout == "homogeneous")
    assert n_rows.tolist() == [[direct] * 3 + [0, 0], [0, 0, 0, 2, 2], [0, 0, 0, 1, 1], [0] * 5]
    one_to_one = 4 * (3 + row_synapses(spec, spec.projections[0], np.array([8, 8, 4], np.int32)))
    assert n_bytes[0].tolist() == [*(direct * one_to_one).tolist(), 0, 0]
    assert n_bytes[1].tolist() == [0, 0, 0, 4 * (3 + 2) + 4 * (3 + 2), 4 * (3 + 1) + 4 * 3]
    assert n_bytes[2].tolist() == [0, 0, 0, 4 * (3 + 1), 4 * 3]


# delay cores


def test_rows_of_each_stage_have_streams_of_their_own():
    """Two slots: A's delays of 1 and 2 are sent by A, those of 3 and 4 by its delay cores."""
    _, image, _, deployment = parts(delay_slots=2)
    assert (deployment.n_stages, deployment.stage_steps) == (2, 2)
    near, far = deployment.row_synapses
    assert near[0].tolist() == [0, 0, 0, 3, 1]
    assert far[0].tolist() == [0, 0, 0, 1, 0]
    assert (near[9].sum(), far[9].sum()) == (0, 1)
    assert near.sum() + far.sum() == image.matrix.n_synapses
    delay = image.cores.role == Role.DELAY
    assert list(zip(image.cores.lo[delay], image.cores.hi[delay], strict=True)) == [
        (0, 8), (8, 16), (16, 20),
    ]  # fmt: skip
    assert set(deployment.core_slice[delay].tolist()) == {-1}


def test_only_projections_with_long_delays_have_rows_in_later_stages():
    _, _, _, deployment = parts(delay_slots=2)
    assert deployment.n_rows[1].tolist() == [[0] * 5, [0, 0, 0, 1, 1], [0] * 5, [0] * 5]
    assert deployment.row_bytes[1, 1].tolist() == [0, 0, 0, 4 * (3 + 1), 4 * (3 + 1)]


def test_keys_of_stages_are_those_of_the_delay_cores():
    _, image, mapped, deployment = parts(delay_slots=2)
    for net, vertex in enumerate(mapped.graph.net_vertex.tolist()):
        if image.cores.role[vertex] == Role.DELAY:
            lo, hi = image.cores.lo[vertex], image.cores.hi[vertex]
            base = int(mapped.keys.key[net])
            assert deployment.key[1, lo:hi].tolist() == [base | i for i in range(hi - lo)]
    assert (deployment.key[1, 20:] == NO_KEY).all()
    sent = deployment.key[deployment.key != NO_KEY]
    assert np.unique(sent).size == sent.size == 20 + 20 + 20 + 3


# images for full timing


def test_direct_sources_that_send_packets_give_the_same_spikes_and_potentials():
    neurons = Sampling(np.arange(29))
    direct = compiled_engine.run(parts(is_timed=False)[1], 100, sampling=neurons)
    packets = compiled_engine.run(parts()[1], 100, sampling=neurons)
    for name in ("v_raw", "i_exc_raw", "i_inh_raw"):
        np.testing.assert_array_equal(getattr(packets, name), getattr(direct, name))
    assert direct.v_raw.std() > 0
    spikes = [raw.spike_source[raw.spike_source < 29] for raw in (direct, packets)]
    np.testing.assert_array_equal(*spikes)
    arriving = packets.spike_source[: packets.spike_start[99]]  # the last step's arrive too late
    n_poisson = np.count_nonzero((arriving >= 29) & (arriving < 49))
    assert n_poisson == direct.direct_emitted[:, 1].sum() > 0


def test_sources_of_ensembles_stay_direct():
    _, image, _, _ = parts("ensemble")
    assert [(d.lo, d.hi) for d in image.direct] == [(0, 20)]
    assert image.n_sources == 29 + 3


# clocks


def test_clocks_agree_by_default():
    _, _, _, deployment = parts()
    assert not deployment.offset_ps.any()
    assert not deployment.drift_ppb.any()
    assert deployment.period_ps == 2_000_000_000  # 0.1 ms, 20 times slower


def test_clocks_are_drawn_by_seed():
    cores = CoresConfig(tick_offset_ms=1.0, drift_ppm=10.0)
    _, _, _, deployment = parts(cores=cores)
    draws = [philox4x32(chip, 0, 0, Stream.CLOCK, 1, 0) for chip in range(4)]
    assert deployment.offset_ps.tolist() == [u * 10**9 >> 32 for u, *_ in draws]
    assert deployment.drift_ppb.tolist() == [(u * 20_001 >> 32) - 10_000 for _, u, *_ in draws]


def test_clocks_that_come_too_far_apart_are_refused():
    with pytest.raises(ImageError, match="use smaller offsets or drifts"):
        parts(cores=CoresConfig(tick_offset_ms=100.0))


@pytest.mark.parametrize(("n_cores", "starts"), [(3, [0, 3, 6]), (1, [0]), (0, [])])
def test_starts_are_spread_evenly(n_cores, starts):
    assert spread_starts(n_cores, 0.5, 20).tolist() == starts


def test_senders_are_spread_in_the_order_of_their_cores():
    _, image, mapped, deployment = parts(cores=CoresConfig(spread=0.5))
    number = CORES_PER_CHIP * image.cores.chip + image.cores.processor
    senders = sorted(mapped.graph.net_vertex.tolist(), key=lambda vertex: number[vertex])
    assert len(senders) == 3 + 3 + 1
    expected = [i * 10**9 // 7 for i in range(7)]
    assert deployment.spread_ps[senders].tolist() == expected
    assert deployment.spread_ps.sum() == sum(expected)


# choices


def test_machine_says_what_the_configuration_does_not():
    params = CoreParams(spike_buffer=512, drops_late=True, has_colours=False, margin_ps=7)
    assert core_params(params, CoresConfig()) == params
    fabric = FabricParams(is_reinjecting=True, wait1_cycles=480)
    assert fabric_params(fabric, CoresConfig()) == fabric


def test_configuration_wins_over_the_machine():
    cores = load_config(
        None,
        {
            "cores.costs": "polling", "cores.spike_buffer": 1024, "cores.late_spikes": "keep",
            "cores.colours": False, "cores.bit_fields": False, "cores.margin_ms": "10 us",
            "cores.reinject": True, "cores.router_wait_cycles": 480,
        },
    ).cores  # fmt: skip
    assert core_params(CoreParams(drops_late=True), cores) == CoreParams(
        costs=load_costs("polling"),
        spike_buffer=1024,
        drops_late=False,
        has_colours=False,
        filters_empty_rows=False,
        margin_ps=10_000_000,
    )
    fabric = fabric_params(FabricParams(), cores)
    assert fabric == replace(FabricParams(), is_reinjecting=True, wait1_cycles=480)


def test_wait_that_no_register_holds():
    with pytest.raises(FabricError, match="wait1_cycles"):
        fabric_params(FabricParams(), CoresConfig(router_wait_cycles=481))


def test_deployment_has_the_machines_tables_and_fabric():
    machine_spec = load_machine("spinn3")
    _, _, mapped, deployment = parts(machine_spec=machine_spec)
    assert deployment.tables is mapped.tables
    assert deployment.fabric == machine_spec.fabric
    assert deployment.params == machine_spec.cores
    assert (deployment.n_stages, deployment.stage_steps) == (1, 7)  # 8 slots


def test_rows_of_a_drawn_network_add_up():
    populations = (Population("A", 50, NEURON),)
    rule = FixedTotalNumber(3000)
    spec = NetworkSpec(
        "drawn", populations, (Projection("A", "A", rule, Constant(0.1), Constant(1.0)),)
    )
    _, image, _, deployment = parts(spec=spec)
    np.testing.assert_array_equal(
        deployment.row_synapses[0].sum(axis=1), image.matrix.out_degrees()
    )
