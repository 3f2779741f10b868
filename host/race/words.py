"""How figures of the race are written, in tables and pictures alike."""

from collections.abc import Iterable

from host.race.entry import DRIVES, Energy, Entry

__all__ = [
    "RTF_OF_RUNS",
    "band_text",
    "energy_text",
    "figure_text",
    "footnotes",
    "kind_text",
    "rtf_text",
]

RTF_OF_RUNS = (
    "q_RTF of a run is its slow-down on the emulated machine, not the speed of the emulator"
)


def figure_text(value: float, digits: int = 3) -> str:
    """So many digits, without an exponent unless it saves many.

    >>> figure_text(0.04755), figure_text(20), figure_text(12345.6)
    ('0.0476', '20', '12346')
    """
    return f"{value:.0f}" if 1000 <= value < 1e7 else f"{value:.{digits}g}"


def rtf_text(entry: Entry) -> str:
    """Real-time factor of an entry."""
    return "none" if entry.q_rtf is None else figure_text(entry.q_rtf, 4)


def energy_text(entry: Entry) -> str:
    """Energy per synaptic event (uJ) of an entry, an estimate marked as such."""
    if entry.e_syn is None:
        return "-"
    nominal = figure_text(entry.e_syn.nominal_uj, 3 if entry.is_run else 4)
    return nominal + (" (est.)" if entry.is_estimated else "")


def band_text(energy: Energy | None) -> str:
    """From low to high (uJ); a published figure has no band."""
    if energy is None or not energy.has_band:
        return "-"
    return f"{figure_text(energy.low_uj)}\u2013{figure_text(energy.high_uj)}"


def kind_text(entry: Entry) -> str:
    """Words that tell an entry from others, below its name."""
    if not entry.is_run:
        estimated = ", energy estimated" if entry.is_estimated else ""
        return f"{entry.simulator}, {DRIVES[entry.drive]}{estimated}"
    return ", ".join(
        filter(None, (entry.differs, DRIVES[entry.drive], f"deadline {entry.deadline}"))
    )


def footnotes(entries: Iterable[Entry], *, with_systems: bool = False) -> list[str]:
    """Notes of entries, a line for each note, which names all that it is about.

    Parameters
    ----------
    entries : iterable of Entry
    with_systems : bool
        Whether to tell on what machine runs were made.
    """
    about: dict[str, list[str]] = {}
    for entry in entries:
        systems = (f"on {entry.system}",) if with_systems and entry.is_run else ()
        for note in (*systems, *entry.notes):
            about.setdefault(note, []).append(entry.name)
    return [f"{', '.join(names)}: {note}" for note, names in about.items()]
