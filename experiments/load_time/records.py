"""Loads of the full microcircuit that were recorded, and the host programs that did them.

2017: run reports of van Albada et al. 2018, ``latest_run_reports.tar.gz``. 2020: means of
``speed_aggregated_results.ods``, branch ``paper_tests``, runs on the server; both in the repository
SpiNNakerManchester/microcircuit_model. README.md says how each setting is known.
"""

from dataclasses import dataclass, replace

from experiments.load_time import RecordName
from host.load import LoadingParams

__all__ = ["RECORDS", "Quantity", "Record"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something recorded.

    Attributes
    ----------
    name : str
        ``generation``, ``transfer``, ``expansion`` (seconds), or ``link`` (bytes).
    recorded : float
    is_calibrated : bool
        Whether a figure of the model comes from this very number, alone or with others.
    """

    name: str
    recorded: float
    is_calibrated: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A load that was recorded, how the network was mapped, and by what it was loaded."""

    title: str
    settings: dict[str, object]
    params: LoadingParams
    quantities: tuple[Quantity, ...]


SLOTS_16: dict[str, object] = {
    "network.name": "pd14",
    "mapping.layout": "homogeneous",
    "mapping.delay_slots": 16,
}
"""Combined cores whose ring buffers have 16 slots, and delay cores."""
SCP_2017 = LoadingParams(
    method="host",
    padding="all",
    parallel_boards=1,
    packet_bytes=256,
    packet_us=64.0,
    forward_byte_us=0.5,
    window=1,
)
"""Writes of 256 bytes that are each waited for."""
PYTHON_2020 = LoadingParams(blocks="slices", block_us=6_000.0, parallel_boards=1, packet_us=557.0)
"""The fast protocol, from Python, a board after the other."""
JAVA_2020 = replace(PYTHON_2020, parallel_boards=4, packet_us=50.0)
"""The same from Java, boards in parallel."""

RECORDS: dict[RecordName, Record] = {
    "host-2017": Record(
        "van Albada et al. 2018: matrices by the host",
        SLOTS_16 | {"mapping.neurons_per_core": 80, "network.drive": "dc"},
        SCP_2017,
        (Quantity("generation", 4_845.8, is_calibrated=True), Quantity("transfer", 32_543.8)),
    ),
    "host-2020": Record(
        "2020: matrices by the host, Python",
        SLOTS_16 | {"mapping.neurons_per_core": 255},
        replace(PYTHON_2020, method="host"),
        (
            Quantity("generation", 6_033.0, is_calibrated=True),
            Quantity("transfer", 11_277.0, is_calibrated=True),
            Quantity("link", 5_255_862_244.0),
        ),
    ),
    "cores-2020": Record(
        "2020: expansion on the cores, Python",
        SLOTS_16 | {"mapping.neurons_per_core": 255},
        PYTHON_2020,
        (
            Quantity("generation", 550.1, is_calibrated=True),
            Quantity("transfer", 89.7, is_calibrated=True),
            Quantity("expansion", 359.9, is_calibrated=True),
            Quantity("link", 32_591_480.0),
        ),
    ),
    "cores-2020-java": Record(
        "2020: expansion on the cores, Java",
        SLOTS_16 | {"mapping.neurons_per_core": 255},
        JAVA_2020,
        (
            Quantity("generation", 548.5, is_calibrated=True),
            Quantity("transfer", 18.56),
            Quantity("expansion", 363.7, is_calibrated=True),
            Quantity("link", 32_657_792.0),
        ),
    ),
}
