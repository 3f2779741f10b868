"""Trees that are not what they say."""

from dataclasses import replace

import numpy as np
import pytest

from mapping import CheckError
from mapping.check import check_forest


@pytest.fixture
def checked(mapped):
    """Check the forest of the small microcircuit, changed."""
    machine, mapping = mapped(router="ner")

    def run(**changes):
        forest = replace(mapping.forest, **changes)
        check_forest(mapping.graph, mapping.placement, forest, machine.topology)

    return mapping.forest, run


def test_a_good_forest_passes(checked):
    _, run = checked
    run()


def test_links_that_lead_elsewhere_are_found(checked):
    forest, run = checked
    turned = np.where(forest.node_in_link < 0, -1, (forest.node_in_link + 1) % 6).astype(np.int8)
    with pytest.raises(CheckError, match=r"chip \(\d+, \d+\) by link \d, where its parent is not"):
        run(node_in_link=turned)


def test_nets_that_enter_elsewhere_are_found(checked):
    forest, run = checked
    moved = forest.entry_of_net.copy()
    moved[3] += 1
    with pytest.raises(CheckError, match="net 3 does not enter its tree"):
        run(entry_of_net=moved)


def test_missing_nets_are_found(checked):
    forest, run = checked
    few = {"tree_of_net": forest.tree_of_net[:-1], "entry_of_net": forest.entry_of_net[:-1]}
    with pytest.raises(CheckError, match="trees for 16 nets, of which there are 17"):
        run(**few)
