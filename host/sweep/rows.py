"""A point as a row of the tidy table: what was set, what became of it, what it showed.

Cells come from ``summary.json`` of the run folder alone, so that a table of many points is quick.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from host.datatable import Cell
from host.timing import LOSSES

__all__ = ["columns_of", "key_cell", "read_summary", "summary_row"]

COUNTS = ("n_neurons", "n_synapses", "n_cores", "n_chips", "n_boards")
NOT_PACKETS = ("late", "skipped_synapses", "missed_transfers", "skipped_steps")
"""Causes that are no lost packets: late rows, synapses of these, what cores hand over."""


def key_cell(value: Any) -> Cell:
    """Value of a configuration key as a cell; lists and mappings as JSON.

    Examples
    --------
    >>> key_cell(True), key_cell(0.1), key_cell({"L4E": 10})
    ('true', 0.1, '{"L4E": 10}')
    """
    if value is None or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        return value
    return json.dumps(value)


def summary_row(summary: Mapping[str, Any]) -> dict[str, Cell]:
    """What a run showed, by column (``docs/sweeps.md``).

    Parameters
    ----------
    summary : mapping
        As in ``summary.json``.
    """
    energy = summary["energy"]
    row: dict[str, Cell] = {"fitted_machine": summary["machine"]}
    row |= {name: summary[name] for name in COUNTS}
    row |= {f"rate_hz.{name}": rate for name, rate in summary["rates_hz"].items()}
    row |= {f"losses.{cause}": count for cause, count in summary["losses"].items()}
    row |= _timing(summary.get("timing"))
    row |= {
        "deadline": energy.get("deadline"),
        "synaptic_events": energy.get("synaptic_events"),
        "e_syn_uj": energy.get("e_syn_uj"),
        "e_syn_low_uj": energy.get("e_syn_low_uj"),
        "e_syn_high_uj": energy.get("e_syn_high_uj"),
        "total_j": energy.get("total_j"),
        "mean_power_w": energy.get("mean_power_w"),
        "rtf": summary["rtf"],
        "wall_s": sum(summary["wall_s"].values()),
    }
    return row


def _timing(timing: Mapping[str, Any] | None) -> dict[str, Cell]:
    """Losses and margins in the time that counts; nothing with ideal timing."""
    if timing is None:
        return {}
    run = timing["stretches"]["run"]
    losses, received = run["losses"], run["packets_received"]
    lost = sum(losses[cause] for cause in LOSSES if cause not in NOT_PACKETS)
    worst = min(
        (m for m in run["margins"].values() if m["smallest_us"] is not None),
        key=lambda margins: margins["smallest_us"],
        default=None,
    )
    return {
        "step_us": timing["step_us"],
        "is_loss_free": int(run["is_loss_free"]),
        "packets_sent": run["packets_sent"],
        "packets_received": received,
        "lost_share": _share(lost, received),
        "lost_or_late_share": _share(lost + losses["late"], received),
        "overruns": losses["overruns"],
        "least_slack_us": worst and worst["smallest_us"],
        "least_slack_share": worst and worst["smallest_us"] / timing["step_us"],
        "least_slack_core": worst and worst["worst_core"],
        "busy_max": max((m["busy_max"] for m in run["margins"].values()), default=None),
    }


def _share(lost: int, received: int) -> float:
    """Part that is lost of what came or should have come; 0 if there was nothing."""
    return lost / received if received else float(lost > 0)


def columns_of(
    rows: Sequence[Mapping[str, Cell]], first: Iterable[str], last: Iterable[str]
) -> dict[str, list[Cell]]:
    """Columns of a table whose rows need not have the same cells.

    Those called `first` come first and those called `last` last, whether or not a row has them.
    The others come in the order in which rows have them: a column that a row is the first to have
    comes after the one before it in that row.
    """
    ends = tuple(last)
    order = list(dict.fromkeys(first))
    for row in rows:
        at = 0
        for name in row:
            if name in order:
                at = order.index(name) + 1
            elif name not in ends:
                order.insert(at, name)
                at += 1
    return {name: [row.get(name) for row in rows] for name in (*order, *ends)}


def read_summary(folder: Path) -> dict[str, Any]:
    """Account of the run in `folder`."""
    value = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value
