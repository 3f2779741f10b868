"""The published rows: a file of data, checked like any other file.

Source: Senk et al. 2026, "Constructive community race: full-density spiking neural network model
drives neuromorphic computing", Neuromorph. Comput. Eng. 6:012001 (arXiv:2505.21185), and the data
that its authors keep beside the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, FiniteFloat

from host.errors import ConfigError
from host.race.entry import Drive, Energy, Entry, Family
from host.validation import build
from host.yamlfile import Document, read_document

__all__ = ["PUBLISHED", "Published", "PublishedRow", "load_published"]

PUBLISHED = Path(__file__).parent / "published.yaml"

Positive = Annotated[FiniteFloat, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One measurement of the full-scale microcircuit.

    Attributes
    ----------
    study : str
        Authors and year, with a letter if they measured more than once.
    simulator, system : str
    family : {"CPU", "GPU", "FPGA", "SpiNNaker"}
        Kind of the machine.
    n_nodes : int
        How many of `system`; boards of SpiNNaker.
    process_nm : float
        Process node (nm).
    q_rtf : float
        Wall time over biological time.
    e_syn_uj : float or None
        Energy per synaptic event (uJ), at the socket; None: none was published.
    drive : {"dc", "poisson"}
        External input while energy was measured.
    is_estimated : bool
        Whether the energy was estimated by its authors, not measured.
    note : str
    """

    study: Annotated[str, Field(min_length=1)]
    simulator: str
    family: Family
    system: str
    n_nodes: Annotated[int, Field(ge=1)]
    process_nm: Positive
    q_rtf: Positive
    drive: Drive
    e_syn_uj: Positive | None = None
    is_estimated: bool = False
    note: str = ""

    def entry(self) -> Entry:
        """Row as an entry of the race."""
        uj = self.e_syn_uj
        counted = "boards" if self.family == "SpiNNaker" else "nodes"
        many = f", {self.n_nodes} {counted}" if self.n_nodes > 1 else ""
        return Entry(
            name=self.study,
            simulator=self.simulator,
            system=f"{self.system}{many}",
            family=self.family,
            process_nm=self.process_nm,
            q_rtf=self.q_rtf,
            e_syn=None if uj is None else Energy(uj, uj, uj),
            drive=self.drive,
            is_estimated=self.is_estimated,
            notes=(self.note,) if self.note else (),
        )


class Published(NamedTuple):
    """Rows and where they come from."""

    source: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    source: Annotated[str, Field(min_length=1)]
    rows: list[Any]


def load_published(path: Path = PUBLISHED) -> Published:
    """Rows of the file `path`.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    ConfigError
        If a row lacks something, says something wrong, or is there twice: names the line.
    """
    document = read_document(path)
    head = build(_Head, document)
    entries: dict[str, Entry] = {}
    for at, row in _rows(document, len(head.rows)):
        if row.study in entries:
            where = document.where(("rows", at, "study"))
            msg = f"{where}study {row.study!r} is there twice; tell them apart by a letter"
            raise ConfigError(msg)
        entries[row.study] = row.entry()
    return Published(head.source, tuple(entries.values()))


def _rows(document: Document, n: int) -> Iterator[tuple[int, PublishedRow]]:
    for at in range(n):
        data = document.get(("rows", at))
        if not isinstance(data, dict):
            where = document.where(("rows", at))
            msg = f"{where}a row should be a mapping of names to values, got {data!r}"
            raise ConfigError(msg)
        lines = {key[2:]: line for key, line in document.lines.items() if key[:2] == ("rows", at)}
        yield at, build(PublishedRow, Document(data, lines))
