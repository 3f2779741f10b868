"""Networks in files: what they become, what is said of wrong ones, and back to a file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.config import load_config
from host.errors import ConfigError
from host.networks import build_network
from host.networks.file.read import is_network_file, read_network
from host.networks.file.template import template_text
from host.networks.file.write import network_text
from mapping.connectors import (
    AllToAll,
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    PairwiseBernoulli,
)
from mapping.distributions import (
    ClippedNormal,
    Constant,
    Distribution,
    Exponential,
    LogNormal,
    Normal,
    Uniform,
)
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from tests.host.network_files import SMALL, written

HEAD = "populations:\n  A: {size: 4}\n  B: {size: 3}\nprojections:\n"
END = "{pre: A, post: B, rule: all_to_all"


def error_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_network(written(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


def same(one: NetworkSpec, other: NetworkSpec) -> bool:
    """Whether two networks are equal: their values show all that they are made of."""

    def shown(spec: NetworkSpec) -> list[str]:
        with np.printoptions(threshold=100_000, floatmode="unique"):
            return [repr(part) for part in (*spec.populations, *spec.projections)]

    return one.name == other.name and shown(one) == shown(other)


def test_a_small_network(tmp_path: Path) -> None:
    spec = read_network(written(tmp_path, SMALL))
    excitatory, inhibitory, noise = spec.populations
    assert spec.name == "net"
    assert excitatory.parameters == {"cm": 0.25, "tau_m": 10.0, "v_thresh": -50.0}
    assert excitatory.initial == {"v": Uniform(-65.0, -50.0)}
    assert (inhibitory.size, inhibitory.expected_rate_hz) == (10, 30.0)
    assert (noise.kind, noise.parameters) == (PopulationKind.POISSON, {"rate": 8000.0})
    assert noise.expected_rate_hz == 8000.0
    ends = [(p.pre, p.post) for p in spec.projections]
    assert ends == [("noise", "E"), ("E", "E"), ("E", "I"), ("I", "E")]
    assert spec.projections[1].connector == FixedInDegree(8, allow_autapses=False)
    assert spec.projections[1].weight_na == Normal(0.0878, 0.00878)
    assert spec.projections[1].delay_ms == ClippedNormal(1.5, 0.75, 0.1)
    assert spec.projections[3].receptor is Receptor.INHIBITORY


def test_the_template_is_right_and_is_a_network(tmp_path: Path) -> None:
    path = written(tmp_path, template_text())
    spec = read_network(path)
    assert spec.n_neurons == 1000
    assert is_network_file(path)
    assert not is_network_file(written(tmp_path, "network: {}\n", "config.yaml"))
    assert not is_network_file(tmp_path / "none.yaml")


@pytest.mark.parametrize("drive", ["poisson", "dc"])
@pytest.mark.parametrize("name", ["brunel", "pd14"])
def test_built_in_networks_are_the_same_from_a_file(tmp_path: Path, name: str, drive: str) -> None:
    network = {"network.name": name, "network.drive": drive}
    spec = build_network(load_config(None, network))
    assert same(read_network(written(tmp_path, network_text(spec))), spec)


distributions: st.SearchStrategy[Distribution] = st.one_of(
    st.builds(Constant, st.floats(0, 10)),
    st.builds(Normal, st.floats(0, 10), st.floats(0.01, 1)),
    st.builds(ClippedNormal, st.floats(1, 2), st.floats(0.1, 1), st.floats(0, 0.9)),
    st.builds(Uniform, st.floats(0, 1), st.floats(1.5, 2)),
    st.builds(Exponential, st.floats(0.1, 2)),
    st.builds(LogNormal, st.floats(-1, 1), st.floats(0.1, 1)),
)
rules: st.SearchStrategy[Connector] = st.one_of(
    st.builds(AllToAll, st.booleans()),
    st.builds(PairwiseBernoulli, st.floats(0, 1), st.booleans()),
    st.builds(FixedTotalNumber, st.integers(0, 6), st.booleans(), st.booleans()),
    st.builds(FixedInDegree, st.integers(0, 2), st.booleans(), st.booleans()),
    st.builds(FixedOutDegree, st.integers(0, 2), st.booleans(), st.booleans()),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=5).map(
        lambda pairs: ExplicitList(*np.array(pairs, np.int32).T.copy())
    ),
)
parameters = st.one_of(
    st.floats(1, 20),
    st.lists(st.floats(1, 20), min_size=4, max_size=4).map(np.array),
    st.builds(Uniform, st.floats(1, 5), st.floats(6, 9)),
)
projections = st.builds(
    Projection,
    st.sampled_from(["stim", "times", "A"]),
    st.just("A"),
    rules,
    distributions,
    distributions,
    st.sampled_from(Receptor),
    st.none() | st.just(Stdp(w_max=0.3, dependence=WeightDependence.MULTIPLICATIVE)),
)


@given(tau_m=parameters, v=parameters, chosen=st.lists(projections, max_size=4))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, tau_m: object, v: object, chosen: list[Projection]
) -> None:
    populations = (
        Population("A", 4, PopulationKind.NEURON, {"tau_m": tau_m}, {"v": v}),  # type: ignore[dict-item]
        Population("stim", 3, PopulationKind.POISSON, {"rate": np.array([1.0, 2.0, 3.0])}),
        Population(
            "times",
            3,
            PopulationKind.SPIKE_ARRAY,
            spike_times_ms=(np.array([1.0, 5.0]), np.array([]), np.array([2.5])),
        ),
    )
    spec = NetworkSpec("any", populations, tuple(chosen))
    path = written(tmp_path_factory.mktemp("net"), network_text(spec, "a description", "a source"))
    assert same(read_network(path), spec)


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_synapses_in_a_file_beside(tmp_path: Path, suffix: str) -> None:
    pre, post, weight, delay_ms = [3, 0], [1, 2], [0.5, 0.25], [1.0, 2.5]
    (tmp_path / "lists").mkdir()
    path = tmp_path / "lists" / f"synapses.{suffix}"
    if suffix == "npz":
        np.savez(path, pre=pre, post=post, weight=weight, delay_ms=delay_ms)
    else:
        rows = zip(pre, post, weight, delay_ms, strict=True)
        lines = ["pre, post, weight, delay_ms", *(", ".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    text = f"{HEAD}  - {{pre: A, post: B, rule: list, file: lists/synapses.{suffix}}}\n"
    connector = read_network(written(tmp_path, text)).projections[0].connector
    assert isinstance(connector, ExplicitList)
    assert (connector.pre.tolist(), connector.post.tolist()) == (pre, post)
    assert connector.weight_na is not None
    assert connector.delay_ms is not None
    assert (connector.weight_na.tolist(), connector.delay_ms.tolist()) == (weight, delay_ms)


def test_spikes_in_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "spikes.csv").write_text("member,time_ms\n1,5\n0,2\n1,3.5\n")
    text = "populations: {S: {size: 3, kind: spike_array, file: spikes.csv}}\n"
    times = read_network(written(tmp_path, text)).populations[0].spike_times_ms
    assert [array.tolist() for array in times] == [[2.0], [3.5, 5.0], []]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pre,post\n0,1\n", "projections[0] weight stands neither here nor in list.csv; write it"),
        ("pre,post,weight,delay_ms\n0,9,1,1\n", "column 'post' has 9 in row 1; members are whole"),
        ("pre,post,weight,delay_ms\n0,1.5,1,1\n", "column 'post' has 1.5 in row 1; members are"),
        ("pre,post,weight,delay_ms\n0,x,1,1\n", "list.csv: line 2 should have numbers alone, got"),
        ("pre,post,weight,delay_ms\n0,1\n", "list.csv: line 2 has 2 values for 4 columns"),
        ("pre,post,wait\n", "list.csv: unknown column 'wait'; known: pre, post, weight, delay_ms"),
        ("pre\n", "list.csv lacks column 'post'; it has pre"),
        ("", "list.csv lacks column 'pre'; it has none"),
        ("pre,post,weight,delay_ms\n0,1,-1,1\n", "weight -1 nA; weights are magnitudes, choose"),
    ],
)
def test_wrong_lists(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "list.csv").write_text(content)
    said = error_of(tmp_path, f"{HEAD}  - {{pre: A, post: B, rule: list, file: list.csv}}\n")
    assert said.startswith("net.yaml:5: projections[0]")
    assert message in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("populations: {}\n", "net.yaml:1: populations should have at least 1 of them"),
        ("name: x\n", "net.yaml: the file lacks 'populations'; write it"),
        ("populations: {A: {}}\n", "net.yaml:1: populations.A lacks 'size'; write it"),
        (
            "populations: {A: {size: 0}}\n",
            "populations.A.size should be greater than or equal to 1",
        ),
        (
            "populations: {a/b: {size: 1}}\n",
            "populations.a/b its name should have no '/', got 'a/b'",
        ),
        (
            "populations:\n  A: {size: 1, kind: poison}\n",
            "net.yaml:2: populations.A.kind should be 'neuron', 'poisson' or 'spike_array', got",
        ),
        (
            "populations:\n  A: {size: 1, kind: poisson}\n",
            "net.yaml:2: populations.A of kind 'poisson' lacks 'rate_hz'; write it",
        ),
        (
            "populations:\n  A: {size: 1, rate_hz: 5}\n",
            "net.yaml:2: populations.A.rate_hz has no meaning for kind 'neuron', only for poisson",
        ),
        (
            "populations:\n  A: {size: 1, model: IF_cur_exp}\n",
            "net.yaml:2: populations.A.model should be one of IF_curr_exp, IF_cond_exp",
        ),
        (
            "populations:\n  A:\n    size: 1\n    parameters: {tau: 1 ms}\n",
            "net.yaml:4: populations.A.parameters.tau should be a number without a unit",
        ),
        (
            "populations:\n  A:\n    size: 1\n    parameters: {tau_n: 1}\n",
            "net.yaml:4: populations.A.parameters.tau_n: IF_curr_exp has no parameter 'tau_n'; did",
        ),
        (
            "populations:\n  A:\n    size: 1\n    parameters: {tau_m: 10 mV}\n",
            "net.yaml:4: populations.A.parameters.tau_m should be a number or a quantity in one of",
        ),
        (
            "populations:\n  A:\n    size: 1\n    parameters:\n      tau_m: 0\n",
            "net.yaml:5: populations.A.parameters.tau_m = 0.0: must be",
        ),
        (
            "populations:\n  A:\n    size: 2\n    initial: {v: [1, 2, 3]}\n",
            "net.yaml:4: populations.A.initial.v should have one value, or one for each of 2",
        ),
        (
            "populations:\n  A:\n    size: 2\n    initial: {v: [1, x]}\n",
            "net.yaml:4: populations.A.initial.v[1] should be a number or a quantity in one of uV",
        ),
        (
            "populations:\n  A:\n    size: 2\n    initial: {v: {distribution: normal, mu: 1}}\n",
            "net.yaml:4: populations.A.initial.v of distribution 'normal' lacks 'sigma'; write it",
        ),
        (
            "populations:\n  A:\n    size: 2\n    initial: {v: {distribution: norm, mu: 1}}\n",
            "net.yaml:4: populations.A.initial.v.distribution should be 'normal', 'normal_clipped'",
        ),
        (
            "populations:\n  A:\n    size: 2\n    initial: {v: {distribution: normal, mean: 1}}\n",
            "net.yaml:4: unknown key 'mean' in populations.A.initial.v; known: distribution, mu",
        ),
        (
            f"{HEAD}  - {{pre: A, post: C, rule: one_to_one, weight: 1 nA, delay_ms: 1}}\n",
            "net.yaml:5: projections[0].post names no population of this file: 'C'; there are A, B",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: one_to_one, weight: 1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0] projection A -> B: one-to-one needs equal sizes, got 4",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: fixed_in_degree, weight: 1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0] of rule 'fixed_in_degree' lacks 'k'; write it",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: all_to_all, k: 3, weight: 1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0].k has no meaning for rule 'all_to_all', only for fixed_in_",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: all_to_all, weight: 1 uS, delay_ms: 1}}\n",
            "net.yaml:5: projections[0].weight should be a number or a quantity in one of pA, nA",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: all_to_all, weight: -1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0].weight should be greater than or equal to 0",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: all_to_all, weight: 1}}\n",
            "net.yaml:5: projections[0] lacks 'delay_ms'; write it",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: list, weight: 1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0] of rule 'list' needs 'pairs' or 'file', one of them",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: list, pairs: [[0, 3]], weight: 1, delay_ms: 1}}\n",
            "net.yaml:5: projections[0] column 'post' has 3 in row 1; members are whole numbers",
        ),
        (
            f"{HEAD}  - {{pre: A, post: B, rule: list, file: ../x.csv}}\n",
            "net.yaml:5: projections[0] should lie beside the network file or in a folder below",
        ),
        (
            f"{HEAD}  - {END}, weight: 1, delay_ms: 1, plasticity: {{w_max: 1, w_min: 2}}}}\n",
            "net.yaml:5: projections[0].plasticity.w_max should be at least w_min, 2, got 1",
        ),
        (
            f"{HEAD}  - {END}, weight: {{distribution: exponential, beta: -1}}, delay_ms: 1}}\n",
            "net.yaml:5: projections[0].weight.beta should be greater than 0, got -1",
        ),
        (
            "populations:\n  S: {size: 1, kind: spike_array, times_ms: [[1], [2]]}\n",
            "net.yaml:2: populations.S.times_ms should have a list for each of 1 members, got 2",
        ),
        (
            "populations:\n  S: {size: 1, kind: spike_array, times_ms: [[-1]]}\n",
            "net.yaml:2: populations.S.times_ms[0][0] should be greater than or equal to 0, got -1",
        ),
        ("populations: {A: 3}\n", "populations.A should be a mapping of names to values, got 3"),
        ("populations: [A]\n", "net.yaml:1: populations should be a mapping of names to values"),
        (f"{HEAD}  A: 3\n", "net.yaml:4: projections should be a list"),
        (f"{HEAD}  - A\n", "net.yaml:5: projections[0] should be a mapping of names to values"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    assert message in error_of(tmp_path, text)


def test_weights_of_targets_with_different_units(tmp_path: Path) -> None:
    text = (
        "populations:\n  A: {size: 2}\n  C: {size: 2, model: IF_cond_exp}\nprojections:\n"
        "  - {pre: A, post: [A, C], rule: one_to_one, weight: 1 nA, delay_ms: 1}\n"
    )
    assert "net.yaml:5: projections[0].weight" in error_of(tmp_path, text)
    text = text.replace("[A, C]", "C").replace("1 nA", "10 nS")
    projection = read_network(written(tmp_path, text)).projections[0]
    assert projection.weight_na == Constant(0.01)
