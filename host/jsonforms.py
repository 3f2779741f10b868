"""The JSON objects that commands print: what each is, and in which version (``docs/json.md``)."""

from collections.abc import Mapping
from typing import Any

__all__ = ["FORMS", "form"]

FORMS = {
    "run": 1,
    "map": 1,
    "comparison-of-mappings": 1,
    "comparison-of-runs": 1,
    "algorithms": 1,
    "traffic": 1,
    "load": 1,
    "energy": 1,
    "report": 1,
    "race": 1,
    "export": 1,
    "validation": 1,
    "experiments": 1,
    "experiment": 1,
    "options": 1,
    "sweep": 1,
    "sweep-plan": 1,
    "machines": 1,
    "machine": 1,
    "energy-tables": 1,
    "energy-table": 1,
    "networks": 1,
    "network": 1,
    "schemas": 1,
    "schema": 1,
    "pynn": 1,
    "doctor": 1,
}
"""Version of each form of ``--json``, as documented in ``docs/json.md``.

It rises when a key goes, or comes to mean something else; not when one is added.
"""


def form(kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """`value`, of types that JSON has, headed by what it is and in which version.

    Parameters
    ----------
    kind : str
        One of `FORMS`.
    value : mapping
    """
    return {"schema": f"chipemu.{kind}", "version": FORMS[kind], **value}
