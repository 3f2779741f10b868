"""The race: energy and speed of runs among the published ones (``docs/race.md``)."""

from host.race.entry import DRIVES, Energy, Entry
from host.race.published import PUBLISHED, Published, load_published
from host.race.ranking import ORDERS, Ranked, race_account, rank
from host.race.runs import run_entries

__all__ = [
    "DRIVES",
    "ORDERS",
    "PUBLISHED",
    "Energy",
    "Entry",
    "Published",
    "Ranked",
    "load_published",
    "race_account",
    "rank",
    "run_entries",
]
