"""A tenth of the cortical microcircuit: keys along the tree save entries."""

import pytest

from host.config import Config, NetworkConfig
from host.networks import build_network
from mapping import Budgets, Machine
from mapping.compress import COMPRESSORS
from mapping.keys import KEY_ALLOCATORS
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Search
from mapping.route import ROUTERS
from mapping.tables import build_tables
from router import spinn5_boards


@pytest.fixture(scope="module")
def entries():
    """Entries on all chips by key allocator and compressor."""
    machine = Machine(spinn5_boards(1))
    spec = build_network(Config(network=NetworkConfig(scale=0.1)))
    graph = cut_network(spec, Budgets(), MappingOptions(synapse_cores=3))
    placement = PLACERS["hilbert"](graph, machine, Search())
    forest = ROUTERS["shared"](graph, placement, machine)
    found = {}
    for name, allocate in KEY_ALLOCATORS.items():
        made = build_tables(graph, forest, allocate(graph, forest), machine.topology.n_chips)
        for compressor, compress in COMPRESSORS.items():
            found[name, compressor] = int(compress(made, machine).n_entries.sum())
    return found


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_tree_needs_at_most_what_population_does(entries, compressor):
    assert entries["tree", compressor] <= entries["population", compressor]


def test_order_and_keys_save_together(entries):
    assert entries["tree", "ordered"] < 0.85 * entries["tree", "pair"]
    assert entries["tree", "ordered"] < entries["flat", "pair"] / 2
