"""Proof that compressed tables give every key that is in use the route that it had."""

from mapping.compress import kernels
from mapping.compress.rows import to_rows
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["first_difference"]


def first_difference(made: MadeTables, compressed: RoutingTables) -> str | None:
    """Compare tables on all keys that the entries of `made` match.

    Parameters
    ----------
    made : MadeTables
    compressed : RoutingTables
        Tables of the same chips.

    Returns
    -------
    str or None
        What the first difference is; None if there is none, which is proved for every single key:
        an entry of `made` is cut in halves until each part is matched as a whole, or not at all.
    """
    before, after = made.tables, compressed
    if after.n_chips != before.n_chips:
        return f"there are tables for {after.n_chips} chips, expected {before.n_chips}"
    entry, key, found = kernels.find_difference(
        before.indptr, to_rows(before), made.is_default, after.indptr, to_rows(after)
    )
    if entry < 0:
        return None
    chip = int((before.indptr > entry).argmax()) - 1
    has = "no entry" if found < 0 else f"the route {after.route[found]:#08x}"
    return f"key {key:#010x} has {has} on chip {chip}, expected {before.route[entry]:#08x}"
