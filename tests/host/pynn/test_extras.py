"""What scripts say besides PyNN becomes configuration, a notice or a refusal."""

import pytest

import host.pynn as sim
from host.config import Config
from host.errors import ConfigError
from host.pynn import external_devices, extra_models, extras
from host.pynn.extras import Extras, interpret_population
from host.pynn.layout import PlacedPopulation, lay_out, layout_keys
from host.pynn.notices import NOTICES
from host.pynn.setup_options import COMMAND, interpret_setup
from host.pynn.splitters import (
    SplitterPopulationVertexFixed,
    SplitterPopulationVertexNeuronsSynapses,
)
from host.pynn.unsupported import EXTRA_MODELS, SIMULATOR


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.delenv("CHIPEMU_MACHINE", raising=False)
    NOTICES.clear()
    extras.forget_models()
    yield
    NOTICES.clear()
    extras.forget_models()


def neurons(size=1000, model="IF_curr_exp", **said):
    return PlacedPopulation(model, size, True, Extras(**said))


def sources(size=100, **said):
    return PlacedPopulation("SpikeSourcePoisson", size, False, Extras(**said))


# --- setup ------------------------------------------------------------------------------------


def test_setup_options_become_configuration_keys():
    given = {"time_scale_factor": 10, "machine": "spinn5", "timing": "full", "mapping.placer": "sa"}
    assert interpret_setup(given) == {
        "run.slowdown": 10,
        "machine": "spinn5",
        "run.timing": "full",
        "mapping.placer": "sa",
    }
    assert NOTICES.sentences == ()


def test_setup_takes_a_mapping_of_keys():
    assert interpret_setup({"config": {"mapping.delays": "clip"}}) == {"mapping.delays": "clip"}
    with pytest.raises(ConfigError, match="config takes a dict"):
        interpret_setup({"config": "clip"})


def test_what_has_no_counterpart_is_told_once(capsys):
    for _ in range(2):
        assert interpret_setup({"n_boards_required": 3, "db_name": "x.sqlite"}) == {}
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(any(name in line for line in told) for name in ("n_boards_required=3", "x.sqlite"))


def test_arguments_of_other_simulators_are_told():
    assert interpret_setup({"filename": "va.xml", "label": "VA"}) == {}
    assert len(NOTICES.sentences) == 2
    assert all("known to other simulators" in sentence for sentence in NOTICES.sentences)


def test_arguments_of_the_script_itself_are_told():
    assert interpret_setup({"sim_duration": 1000.0}) == {}
    assert NOTICES.sentences == ("setup(sim_duration=1000.0): known to nobody here, of no effect",)


def test_misspelt_arguments_of_setup_are_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"time_scale_fator=2; did you mean 'time_scale_factor'"):
        interpret_setup({"time_scale_fator": 2})


def test_contradictions_are_refused():
    with pytest.raises(ConfigError, match="slowdown and time_scale_factor contradict"):
        interpret_setup({"slowdown": 2, "time_scale_factor": 3})


def test_live_sockets_are_refused_and_none_are_fine():
    assert interpret_setup({"database_socket_addresses": None}) == {}
    assert interpret_setup({"database_socket_addresses": []}) == {}
    with pytest.raises(ConfigError, match="nothing is live"):
        interpret_setup({"database_socket_addresses": ["here"]})


def test_command_prevails_over_script_and_script_over_environment(monkeypatch):
    monkeypatch.setenv("CHIPEMU_MACHINE", "spinn3")
    assert interpret_setup({}) == {"machine": "spinn3"}
    assert interpret_setup({"machine": None}) == {"machine": "spinn3"}
    assert interpret_setup({"machine": "spinn5"}) == {"machine": "spinn5"}
    token = COMMAND.set({"machine": "spinnaker2"})
    assert interpret_setup({"machine": "spinn5"}) == {"machine": "spinnaker2"}
    COMMAND.reset(token)


# --- populations ------------------------------------------------------------------------------


def test_rates_are_each_population_s_own():
    found = interpret_population({"max_rate": 50.0, "seed": 3})
    assert found["max_rate_hz"] == 50.0
    assert found["rates"] == {"expected_rate_hz": 50.0}
    assert "seed" in NOTICES.sentences[0]
    assert "max_rate_hz" not in interpret_population({})


@pytest.mark.parametrize(
    ("splitter", "synapse_cores"),
    [
        (SplitterPopulationVertexFixed(), 0),
        (SplitterPopulationVertexNeuronsSynapses(3), 3),
    ],
)
def test_splitters_say_how_many_synapse_cores(splitter, synapse_cores):
    assert interpret_population({"splitter": splitter})["extras"].synapse_cores == synapse_cores


def test_unknown_arguments_of_a_population_are_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"neuron_per_core=3; did you mean 'neurons_per_core'"):
        interpret_population({"neuron_per_core": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("neurons_per_core", 0),
        ("neurons_per_core", 2.5),
        ("n_synapse_cores", -1),
        ("max_rate", "many"),
        ("spikes_per_second", -2.0),
        ("incoming_spike_buffer_size", True),
        ("n_steps_per_timestep", 2),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        interpret_population({name: value})


# --- layout -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("dt_ms", "layout"), [(1.0, "homogeneous"), (0.1, "ensemble")])
def test_short_steps_get_synapse_cores_as_in_the_tool_chain(dt_ms, layout):
    keys = layout_keys([neurons(), sources()], dt_ms, set())
    assert keys == {"run.slowdown": 1.0, "mapping.layout": layout}


def test_no_synapse_cores_means_that_they_share_a_core():
    extras.set_number_of_synapse_cores("IF_curr_exp", 0)
    assert layout_keys([neurons()], 0.1, set())["mapping.layout"] == "homogeneous"


def test_a_population_prevails_over_its_model():
    extras.set_number_of_synapse_cores("IF_curr_exp", 3)
    extras.set_number_of_neurons_per_core("IF_curr_exp", 100.0)
    keys = layout_keys([neurons(synapse_cores=2, neurons_per_core=50)], 1.0, set())
    assert keys["mapping.synapse_cores"] == 2
    assert keys["mapping.neurons_per_core"] == 50
    assert NOTICES.sentences == ()


def test_the_strictest_limit_holds_for_all_and_is_told():
    extras.set_number_of_neurons_per_core("IF_cond_exp", 50)
    cells = [
        neurons(neurons_per_core=100),
        neurons(model="IF_cond_exp"),
        sources(neurons_per_core=9),
    ]
    assert layout_keys(cells, 1.0, set())["mapping.neurons_per_core"] == 50
    assert NOTICES.sentences == ("neurons per core: 50 for all populations (asked: 50, 100)",)


def test_limits_beyond_a_core_are_cut_and_told():
    assert (
        layout_keys([neurons(5000, neurons_per_core=2000)], 1.0, set())["mapping.neurons_per_core"]
        == 1024
    )
    assert len(NOTICES.sentences) == 1


def test_delays_are_cut_if_one_model_forbids_to_extend_them():
    extras.set_allow_delay_extensions("IF_curr_exp", False)
    assert layout_keys([neurons()], 1.0, set())["mapping.delays"] == "clip"


def test_what_setup_chose_stays():
    extras.set_number_of_neurons_per_core("IF_curr_exp", 10)
    chosen = {"run.slowdown", "mapping.layout", "mapping.neurons_per_core"}
    assert layout_keys([neurons()], 0.1, chosen) == {}
    assert layout_keys([neurons()], 1.0, {"mapping.synapse_cores"})["mapping.layout"] == "ensemble"


def test_a_configuration_is_laid_out():
    extras.set_number_of_neurons_per_core("IF_curr_exp", 32)
    cells = [neurons(drops_late_spikes=True, spike_buffer=1024), sources()]
    config = lay_out(Config(), (), cells)
    assert (config.mapping.neurons_per_core, config.mapping.layout) == (32, "ensemble")
    assert (config.cores.late_spikes, config.cores.spike_buffer) == ("drop", 1024)
    assert config.run.slowdown == 1.0


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIMULATOR)
def test_names_of_the_tool_chain_are_refused_with_what_is_nearest(name):
    with pytest.raises(NotImplementedError, match=f"{name} is not supported; nearest: "):
        getattr(sim, name)


@pytest.mark.parametrize("name", EXTRA_MODELS)
def test_extra_models_are_refused_with_what_is_nearest(name):
    with pytest.raises(NotImplementedError, match=f"{name} is not supported; nearest: "):
        getattr(extra_models, name)


def test_external_devices_are_refused():
    with pytest.raises(NotImplementedError, match=r"PushBotMotor is not supported; nearest: "):
        external_devices.PushBotMotor  # noqa: B018


def test_unknown_names_stay_attribute_errors():
    assert not hasattr(sim, "NoSuchThing")
    assert not hasattr(extra_models, "NoSuchThing")


def test_other_names_of_what_there_is():
    assert extra_models.IFCurDelta is sim.IF_curr_delta
    assert extra_models.AllButMeConnector().allow_self_connections is False
    with pytest.raises(ConfigError, match="nearest: FromListConnector"):
        extra_models.AllButMeConnector(n_neurons_per_group=2)
