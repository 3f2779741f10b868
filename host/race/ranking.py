"""Ranks of entries, and the account of a race."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from host.race.entry import Entry

__all__ = ["ORDERS", "Ranked", "race_account", "rank"]


def _q_rtf(entry: Entry) -> float | None:
    return entry.q_rtf


def _e_syn(entry: Entry) -> float | None:
    return None if entry.e_syn is None else entry.e_syn.nominal_uj


ORDERS: Mapping[str, Callable[[Entry], float | None]] = {"q_rtf": _q_rtf, "e_syn": _e_syn}
"""What entries can be sorted by; less is better."""


class Ranked(NamedTuple):
    """An entry and its place, from 1; None: it is not ranked."""

    rank: int | None
    entry: Entry


def rank(entries: Iterable[Entry], by: str) -> tuple[Ranked, ...]:
    """Sort entries.

    Parameters
    ----------
    entries : iterable of Entry
    by : {"q_rtf", "e_syn"}

    Returns
    -------
    tuple of Ranked
        Equals share the better place. Those that do not race, or lack the figure, come last, by
        figure; else entries that are equal stay in their order.
    """
    figure = ORDERS[by]

    def key(entry: Entry) -> tuple[bool, bool, float]:
        value = figure(entry)
        is_ranked = entry.is_racing and value is not None
        return not is_ranked, value is None, value or 0.0

    ordered = sorted(entries, key=key)
    ranked = [figure(entry) for entry in ordered if not key(entry)[0]]
    places = [ranked.index(value) + 1 for value in ranked]
    unranked = [None] * (len(ordered) - len(ranked))
    return tuple(map(Ranked, [*places, *unranked], ordered))


def race_account(ranked: Sequence[Ranked], by: str, source: str) -> dict[str, Any]:
    """Account of a race, ready for JSON.

    Returns
    -------
    dict
        ``source``, ``sorted_by``, and ``entries``: for each its ``rank`` and the fields of
        `Entry`, with ``e_syn`` as ``e_syn_uj``, ``e_syn_low_uj`` and ``e_syn_high_uj``.
    """
    return {
        "source": source,
        "sorted_by": by,
        "entries": [{"rank": place, **_account(entry)} for place, entry in ranked],
    }


def _account(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    low, nominal, high = fields.pop("e_syn") or (None, None, None)
    fields["notes"] = list(entry.notes)
    return fields | {"e_syn_uj": nominal, "e_syn_low_uj": low, "e_syn_high_uj": high}
