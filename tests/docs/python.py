"""The Python of the documentation, run as in one session for each page, on smaller networks."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mapping.connectors import AllToAll
from mapping.distributions import Constant
from router import RoutingTable, RoutingTables, mesh
from router.packets import Sends
from router.params import FabricParams
from tests.docs.pages import Block
from tests.docs.scratch import Library, provide

TOOL_CHAIN = "from pacman.data import PacmanDataView"
"""Begins what runs beside the SpiNNaker tool chain, which is not here: it is compiled, not run."""
FILES = re.compile(r"^# [\w./]+\.py\n")
"""A block that is a file of its own is run by the commands of its page."""
SMALL = (
    (r"scale=0\.\d+", "scale=0.005"),
    (r"(time_ms\W+)\d+\.\d+", r"\g<1>5.0"),
    (r"range\(10\)", "range(2)"),
)


def packet_traces() -> dict[str, Any]:
    """A packet on a board of four chips, from a core of the first to one of the second."""
    topology = mesh(2, 2)
    to_the_east = RoutingTable(*(np.array([word], np.uint32) for word in (16, ~np.uint32(0), 1)))
    to_core_1 = RoutingTable(*(np.array([word], np.uint32) for word in (16, ~np.uint32(0), 1 << 7)))
    nowhere = RoutingTable(*(np.zeros(0, np.uint32) for _ in range(3)))
    return {
        "topology": topology,
        "tables": RoutingTables.join([to_the_east, to_core_1, nowhere, nowhere]),
        "params": FabricParams(),
        "sends": Sends(
            np.array([1000]), np.array([2], np.int32), np.array([16], np.uint32), np.array([False])
        ),
    }


__all__ = ["given", "run_block"]

GIVEN: dict[str, Callable[[], dict[str, Any]]] = {
    "docs/trace.md": packet_traces,
    "docs/plasticity.md": lambda: {
        "connector": AllToAll(),
        "weight": Constant(0.1),
        "delay": Constant(1.0),
    },
}


def given(page: str) -> dict[str, Any]:
    """Names that a page takes for granted."""
    return GIVEN.get(page, dict)()


def run_block(block: Block, session: dict[str, Any], library: Library) -> None:
    """Run a block, with the names that those before it have made."""
    code = compile(small(block.text), f"{block.page}:{block.line}", "exec")
    if TOOL_CHAIN in block.text or FILES.match(block.text):
        return
    if "prepare_run_folder" not in block.text:
        provide(re.findall(r'"(runs/\w+)', block.text), block.page, Path(), library)
    exec(code, session)  # noqa: S102


def small(text: str) -> str:
    """`text` with smaller networks and shorter times."""
    for pattern, replacement in SMALL:
        text = re.sub(pattern, replacement, text)
    return text
