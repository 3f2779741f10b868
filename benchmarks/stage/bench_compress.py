"""Entries and time of each compressor, by router and by order of keys, on the full microcircuit.

For comparison: the SpiNNaker tool chain (sPyNNaker 7.4.1, 64 neurons per core, 3 to 4 synapse
cores) needs 21,133 entries, 91 on a chip, with its pair compressor, and 21,944, 103 on a chip, with
its ordered covering, for 35,132 before.
"""

from functools import cache

import numpy as np
import pytest

from host.config import Config
from host.machines import build_machine, load_machine
from host.networks import build_network
from mapping.check import check
from mapping.compress import COMPRESSORS, first_difference
from mapping.keys import KEY_ALLOCATORS
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Search
from mapping.route import ROUTERS
from mapping.tables import MadeTables, build_tables
from router import RoutingTables

pytestmark = pytest.mark.bench

COPIES = 40
"""Of the microcircuit's chips, to see what compression of 17,000 tables takes."""


@cache
def mapped(router):
    """Machine, graph, placement and forest."""
    config, options = Config(), MappingOptions(synapse_cores=3)
    spec = build_network(config)
    machine = build_machine(load_machine(config.machine), spec, options)
    graph = cut_network(spec, machine.budgets, options)
    placement = PLACERS["hilbert"](graph, machine, Search())
    return machine, graph, placement, ROUTERS[router](graph, placement, machine)


@cache
def made_by(router, allocator):
    """Keys, and the tables before compression."""
    machine, graph, _, forest = mapped(router)
    keys = KEY_ALLOCATORS[allocator](graph, forest)
    return keys, build_tables(graph, forest, keys, machine.topology.n_chips)


def figures(tables):
    used = tables.n_entries[tables.n_entries > 0]
    return {
        "entries": int(used.sum()),
        "entries_mean": round(float(used.mean()), 1),
        "entries_max": int(used.max()),
    }


@pytest.mark.parametrize("compressor", COMPRESSORS)
@pytest.mark.parametrize("allocator", KEY_ALLOCATORS)
@pytest.mark.parametrize("router", ["ner", "shared"])
def test_compress(benchmark, router, allocator, compressor):
    machine, graph, placement, _ = mapped(router)
    keys, made = made_by(router, allocator)
    compress = COMPRESSORS[compressor]
    compress(made, machine)  # compiles
    tables = benchmark.pedantic(compress, (made, machine), rounds=3)
    benchmark.group = f"compress {router} {allocator}"
    benchmark.extra_info.update(is_baseline=compressor == "pair", **figures(tables))
    assert first_difference(made, tables) is None
    check(graph, placement, keys, tables, machine)
    assert (tables.n_entries <= made.tables.n_entries).all()
    if (router, allocator, compressor) == ("shared", "tree", "ordered"):
        assert tables.n_entries.max() < 91


@pytest.mark.benchmark(group="compress 17,000 chips")
@pytest.mark.parametrize(
    ("router", "compressor"), [("ner", "pair"), ("shared", "pair"), ("shared", "ordered")]
)
def test_many_chips(benchmark, router, compressor):
    machine = mapped(router)[0]
    _, made = made_by(router, "tree")
    many = _copies(made, COPIES)
    compress = COMPRESSORS[compressor]
    one = compress(made, machine)
    tables = benchmark.pedantic(
        compress, (many, Machine(machine.topology)), rounds=1, warmup_rounds=1
    )
    benchmark.extra_info.update(items=len(many.is_default))
    assert tables.n_entries.tolist() == one.n_entries.tolist() * COPIES


def _copies(made, n):
    tables = made.tables
    indptr = np.append(0, np.cumsum(np.tile(tables.n_entries, n)))
    columns = (np.tile(column, n) for column in (tables.key, tables.mask, tables.route))
    return MadeTables(RoutingTables(indptr, *columns), np.tile(made.is_default, n))
