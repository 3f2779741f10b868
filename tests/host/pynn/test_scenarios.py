"""PyNN's own system scenarios, where its source distribution is at hand (``make pynn-scenarios``).

It is not part of this repository; the table of outcomes with the reasons is in docs/pynn.md.
"""

from pathlib import Path

import pytest

from tests.system.pynn_scenarios import as_table, run_scenarios

FOLDER = Path(__file__).parents[3] / ".peers" / "pynn-0.13.0"
REFUSED = {
    "test_EIF_cond_alpha_isfa_ista", "test_HH_cond_exp",
    "test_composed_neuron_model_homogeneous_receptors", "test_issue652",
    "test_all_to_all_tsodyksmarkram",
    "test_fixed_number_pre_with_replacement_heterogeneous_parameters",
    "test_fixed_number_post_with_replacement_heterogeneous_parameters",
    "test_set_synaptic_parameters_fully_connected",
    "test_set_synaptic_parameters_partially_connected",
    "test_set_synaptic_parameters_multiply_connected", "test_issue505",
    "test_record_vm_and_gsyn_from_assembly", "test_scenario1a", "test_scenario4",
    "test_simple_stochastic_synapse",
}  # fmt: skip
"""Scenarios that need what the machine has not."""


def test_all_scenarios_pass_but_those_that_are_refused():
    if not FOLDER.is_dir():
        pytest.skip("PyNN's source distribution is not there; make pynn-scenarios fetches it")
    outcomes = run_scenarios(FOLDER, "float64")
    failed = {name.split("::")[1] for name, one in outcomes.items() if one["outcome"] == "failed"}
    assert failed <= REFUSED
    messages = [one["message"] for one in outcomes.values() if one["outcome"] == "failed"]
    assert all("UnsupportedError" in message or "SpecError" in message for message in messages)


def test_outcomes_become_a_table():
    accounts = {
        "float64": {"a::b": {"outcome": "passed", "message": ""}},
        "fixed": {"a::b": {"outcome": "failed", "message": "assert 1 | 2"}},
    }
    lines = as_table(accounts).splitlines()
    assert lines[2] == "| a::b | passed | failed | assert 1 / 2 |"
    assert lines[-1] == "fixed: 0 of 1 pass"
