"""What the columns of the tidy table are, in words; shown in ``about`` of ``tables.sqlite``."""

__all__ = ["column_words"]

_COUNTED = "in the time that counts (full timing)"
COLUMNS = {
    "point": "number of the point",
    "status": "done, does_not_fit, failed or missing",
    "folder": "its folder, under that of the sweep",
    "fitted_machine": "machine, with its number of boards settled",
    "n_neurons": "neurons of the network",
    "n_synapses": "synapses of the network",
    "n_cores": "cores in use",
    "n_chips": "chips in use",
    "n_boards": "boards in use",
    "step_us": "wall time of a step of the emulated machine (full timing)",
    "is_loss_free": f"1: nothing was lost or late {_COUNTED}",
    "packets_sent": f"packets that cores sent {_COUNTED}",
    "packets_received": f"packets that cores took {_COUNTED}",
    "lost_share": f"lost per packet received {_COUNTED}",
    "lost_or_late_share": f"lost, or processed late, per packet received {_COUNTED}",
    "overruns": f"ticks handled, or updates begun, late {_COUNTED}",
    "least_slack_us": f"smallest time left to a deadline {_COUNTED}",
    "least_slack_share": "the same as a share of the step",
    "least_slack_core": "core where that was",
    "busy_max": f"share of its time that the busiest core worked {_COUNTED}",
    "deadline": "assumed (ideal timing), met or missed",
    "synaptic_events": "synaptic events after the warm-up",
    "e_syn_uj": "energy per synaptic event; none: there was no event",
    "e_syn_low_uj": "low end of its band",
    "e_syn_high_uj": "high end of its band",
    "total_j": "energy of the emulated machine in the time that counts",
    "mean_power_w": "its mean power in that time",
    "rtf": "of the emulator: wall over biological time of the simulation",
    "wall_s": "of the emulator: wall time of all phases",
    "error_type": "class of the error, if the point failed or does not fit",
    "error": "what it says",
}
"""Words for each column but those of populations, causes and keys."""
TABLE = "points of a sweep, a row for each"


def column_words(table: str, column: str | None) -> str | None:  # noqa: ARG001 - there is but one
    """What a column of the table ``points`` is; the table itself, if None.

    Examples
    --------
    >>> column_words("points", "run.slowdown")
    'configuration key that varies'
    """
    if column is None:
        return TABLE
    head, _, name = column.partition(".")
    if head == "rate_hz":
        return f"mean rate of a neuron of {name} after the warm-up (spikes/s)"
    if head == "losses":
        return f"events lost or late in the whole run: {name} (docs/timing.md)"
    return COLUMNS.get(column, "configuration key that varies")
